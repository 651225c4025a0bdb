"""Progress display of a command: one line per epoch, and on a terminal below them a bar over the whole run."""

import math
import sys
import time
from datetime import timedelta
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import ProgressBar
from tqdm import tqdm
from typing_extensions import override

from resnet_lab.model.history import EpochHistory
from resnet_lab.output import remark

TABLE_HEAD = """\
                training             validation
    epoch       loss  accuracy       loss  accuracy    images/s  time left"""
"""Head of the table of epochs; a line of the table is one :func:`epoch_row`."""
_LINES_PER_HEAD = 20

_SCORING = {"validate": ("scoring", "val"), "test": ("testing", "test"), "predict": ("predicting", "predict")}
"""Label of the bar and name of the split in the trainer's attributes, by what the trainer does."""


def progress_display(history: EpochHistory | None) -> ProgressBar:
    """Return a bar if standard error is a terminal, else lines that suit a log file.

    Args:
        history: The metrics of the fit; None for a command that does not fit.
    """
    return RunBar(history) if sys.stderr.isatty() else EpochLines(history)


def epoch_line(row: dict[str, float], epochs: int, elapsed: float, before: float = 0.0) -> str:
    """Return the metrics of an epoch, the elapsed time and the time left of the run, in one line.

    Args:
        row: The epoch's row of ``metrics.csv``.
        epochs: Epochs of the whole run; -1 if not known. Without it, the time left is not known either.
        elapsed: Seconds since training began or was resumed.
        before: Epochs that were done before that.

    >>> row = {"epoch": 2, "train/loss": 0.5, "train/accuracy": 0.75, "val/loss": 0.6, "val/accuracy": 0.7}
    >>> epoch_line(row, 10, 60)
    'epoch 2/10  train loss 0.5000 accuracy 0.7500  val loss 0.6000 accuracy 0.7000  elapsed 0:01:00  left 0:04:00'
    """
    epoch = int(row["epoch"])
    parts = [_position(epoch, epochs)]
    for split in ("train", "val"):
        if f"{split}/loss" in row:
            parts.append(f"{split} loss {row[f'{split}/loss']:.4f} accuracy {row[f'{split}/accuracy']:.4f}")
    if "time/images_per_second" in row:
        parts.append(f"{row['time/images_per_second']:.0f} images/s")
    parts.append(f"elapsed {_clock(elapsed)}")
    if (left := _seconds_left(epoch, epochs, elapsed, before)) is not None:
        parts.append(f"left {_clock(left)}")
    return "  ".join(parts)


def epoch_row(row: dict[str, float], epochs: int, left: float | None) -> str:
    """Return an epoch as a line of a table for a terminal of 80 columns, below :data:`TABLE_HEAD`.

    Args:
        row: The epoch's row of ``metrics.csv``. What it lacks is left empty.
        epochs: Epochs of the whole run; -1 if not known.
        left: Seconds until the end of the run; None if not known.
    """
    epoch = f"{int(row['epoch'])}/{epochs}" if epochs > 0 else f"{int(row['epoch'])}"
    cells = [f"{epoch:>9}"]
    for split in ("train", "val"):
        cells.append(_cell(row, f"{split}/loss", "9.4f") + _cell(row, f"{split}/accuracy", "10.4f"))
    cells.append(_cell(row, "time/images_per_second", "10.0f"))
    cells.append(f"{'' if left is None else _clock(left):>9}")
    return "  ".join(cells).rstrip()


def _cell(row: dict[str, float], key: str, form: str) -> str:
    return f"{row[key]:{form}}" if key in row else " " * int(form.split(".")[0])


def planned_epochs(trainer: Trainer) -> int:
    """Return the largest number of epochs that a fit may begin, whether epochs or steps limit it; -1 if not known."""
    epochs = trainer.max_epochs or -1
    if trainer.max_steps == -1:
        return epochs
    steps_per_epoch = math.ceil(trainer.num_training_batches / trainer.accumulate_grad_batches)
    by_steps = math.ceil(trainer.max_steps / steps_per_epoch)
    return by_steps if epochs < 1 else min(epochs, by_steps)


def _position(epoch: int, total: int) -> str:
    return f"epoch {epoch}/{total}" if total > 0 else f"epoch {epoch}"


def _seconds_left(epoch: int, epochs: int, elapsed: float, before: float) -> float | None:
    return elapsed / (epoch - before) * (epochs - epoch) if epochs > 0 else None


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))


class _Display(ProgressBar):
    """Progress bar of Lightning that can be turned off and knows how long the training takes.

    Args:
        history: The metrics of the fit; None for a command that does not fit.
    """

    def __init__(self, history: EpochHistory | None) -> None:
        super().__init__()
        self.history = history
        self._enabled = True
        self._start = self._before = 0.0

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._start = time.monotonic()
        self._before = _images_done(self.history, trainer) / max(_images_of(trainer, epochs=1) or 1, 1)

    @override
    def enable(self) -> None:
        self._enabled = True

    @override
    def disable(self) -> None:
        self._enabled = False

    def _latest_row(self) -> dict[str, float]:
        return self.history.rows[-1] if self.history is not None and self.history.rows else {}


class EpochLines(_Display):
    """One line per epoch on standard error, without control characters. A pass without training shows nothing."""

    @override
    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self._enabled and (row := self._latest_row()):
            elapsed = time.monotonic() - self._start
            remark(epoch_line(row, planned_epochs(trainer), elapsed, self._before))


class RunBar(_Display):
    """A table with one line per epoch, and below it a tqdm bar over all images of the run, with the time left.

    The time left follows from the mean pace since the start, so it includes validation. A pass without training has a
    bar of its own, and no table.
    """

    _bar: "tqdm[Any] | None" = None
    _lines = 0

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        super().on_train_start(trainer, pl_module)
        self._open("training", _images_of(trainer, planned_epochs(trainer)), _images_done(self.history, trainer))
        self._describe(trainer)  # a resumed epoch has no start

    @override
    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._describe(trainer)

    @override
    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self._bar is None or not (row := self._latest_row()):
            return
        epochs = planned_epochs(trainer)
        left = _seconds_left(int(row["epoch"]), epochs, time.monotonic() - self._start, self._before)
        head = [] if self._lines % _LINES_PER_HEAD else [TABLE_HEAD]
        self._lines += 1
        self._bar.write("\n".join([*head, epoch_row(row, epochs, left)]), file=sys.stderr)

    def _start_scoring(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if (fn := trainer.state.fn) in _SCORING:
            label, split = _SCORING[fn]
            batches = sum(getattr(trainer, f"num_{split}_batches"))
            self._open(label, _images(trainer, getattr(trainer, f"{split}_dataloaders"), batches))

    def _end_batch(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, *_: Any, **__: Any
    ) -> None:
        if self._bar is not None and _is_followed(trainer):
            self._bar.update(len(batch[1]) * trainer.world_size)  # other ranks have as many

    def _end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if _is_followed(trainer):
            self._close()

    on_validation_start = on_test_start = on_predict_start = _start_scoring
    on_train_batch_end = on_validation_batch_end = on_test_batch_end = on_predict_batch_end = _end_batch
    on_train_end = on_validation_end = on_test_end = on_predict_end = _end

    @override
    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        self._close()

    def _describe(self, trainer: Trainer) -> None:
        if self._bar is not None:
            self._bar.set_description_str(_position(trainer.current_epoch + 1, planned_epochs(trainer)))

    def _open(self, label: str, images: int | None, done: int = 0) -> None:
        # smoothing=0: the mean pace; leave=False: only the summary stays on the console.
        self._bar = tqdm(
            total=images,
            initial=done,
            desc=label,
            unit=" images",
            disable=not self._enabled,
            smoothing=0,
            leave=False,
            dynamic_ncols=True,
        )

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _is_followed(trainer: Trainer) -> bool:
    """Return whether a bar counts the images of the current pass: all passes but validation within a fit."""
    return trainer.training or trainer.state.fn != "fit"


def _images_of(trainer: Trainer, epochs: int) -> int | None:
    return _images(trainer, trainer.train_dataloader, trainer.num_training_batches, epochs)


def _images_done(history: EpochHistory | None, trainer: Trainer) -> int:
    """Return the number of images that a resumed fit was trained on before."""
    if history is None:
        return 0
    return history.epochs * (_images_of(trainer, epochs=1) or 0) + history.clock.images


def _images(trainer: Trainer, loader: Any, batches: float, epochs: int = 1) -> int | None:
    """Return the number of images in ``epochs`` passes of ``batches`` batches per rank; None if not known."""
    if epochs < 1:
        return None
    # For predict, Lightning (2.6) wraps the batch sampler, and the loader's own batch_size is then None.
    return epochs * min(len(loader.dataset), int(batches) * loader.batch_sampler.batch_size * trainer.world_size)
