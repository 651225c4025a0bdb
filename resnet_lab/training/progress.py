"""What is seen while a command works: a bar over the whole run on a terminal, a line an epoch elsewhere."""

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


def progress_display(history: EpochHistory | None) -> ProgressBar:
    """Return a bar if standard error is a terminal, else a display of single lines, fit for a log file.

    Args:
        history: Where the rows of a fit are found; None for a command that does not fit.
    """
    return RunBar(history) if sys.stderr.isatty() else EpochLines(history)


def epoch_line(row: dict[str, float], epochs: int, elapsed: float, before: float = 0.0) -> str:
    """Say in one line what an epoch measured, how long the run has taken and how long it will still take.

    Args:
        row: The epoch's row of ``metrics.csv``.
        epochs: Epochs of the whole run; -1 if not known, and then the time left is not known either.
        elapsed: Seconds since training began, or went on.
        before: Epochs that were done by then.

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
    if epochs > 0:
        parts.append(f"left {_clock(elapsed / (epoch - before) * (epochs - epoch))}")
    return "  ".join(parts)


def planned_epochs(trainer: Trainer) -> int:
    """Return how many epochs a fit will begin at most, whether epochs or steps end it; -1 if that is not known."""
    epochs = trainer.max_epochs or -1
    if trainer.max_steps == -1:
        return epochs
    steps_per_epoch = math.ceil(trainer.num_training_batches / trainer.accumulate_grad_batches)
    by_steps = math.ceil(trainer.max_steps / steps_per_epoch)
    return by_steps if epochs < 1 else min(epochs, by_steps)


def _position(epoch: int, total: int) -> str:
    return f"epoch {epoch}/{total}" if total > 0 else f"epoch {epoch}"


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))


class EpochLines(ProgressBar):
    """One line an epoch on standard error, without control characters; nothing for passes that only score."""

    def __init__(self, history: EpochHistory | None) -> None:
        super().__init__()
        self.history = history
        self._enabled = True
        self._start = self._before = 0.0

    @override
    def enable(self) -> None:
        self._enabled = True

    @override
    def disable(self) -> None:
        self._enabled = False

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._start = time.monotonic()
        self._before = _images_done(self.history, trainer) / max(_images_of(trainer, epochs=1) or 1, 1)

    @override
    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self._enabled and self.history is not None and self.history.rows:
            elapsed = time.monotonic() - self._start
            line = epoch_line(self.history.rows[-1], planned_epochs(trainer), elapsed, self._before)
            print(line, file=sys.stderr, flush=True)


class RunBar(ProgressBar):
    """A tqdm bar over all images of the run, with images per second and the time left of the whole run.

    The time left is reckoned from the mean pace since the start, so it counts validation in. A pass that only scores
    has a bar of its own.
    """

    def __init__(self, history: EpochHistory | None) -> None:
        super().__init__()
        self.history = history
        self._enabled = True
        self._bar: tqdm[Any] | None = None

    @override
    def enable(self) -> None:
        self._enabled = True

    @override
    def disable(self) -> None:
        self._enabled = False

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._open("training", _images_of(trainer, planned_epochs(trainer)), _images_done(self.history, trainer))
        self._describe(trainer)  # an epoch that is resumed does not start

    @override
    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._describe(trainer)

    @override
    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self._advance(trainer, batch)

    @override
    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        row = self.history.rows[-1] if self.history is not None and self.history.rows else {}
        if self._bar is not None and "val/accuracy" in row:
            self._bar.set_postfix_str(f"val loss {row['val/loss']:.4f} accuracy {row['val/accuracy']:.4f}")

    @override
    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._close()

    @override
    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.state.fn == "validate":
            self._open("scoring", _images(trainer, trainer.val_dataloaders, sum(trainer.num_val_batches)))

    @override
    def on_validation_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, *_: Any
    ) -> None:
        if trainer.state.fn == "validate":
            self._advance(trainer, batch)

    @override
    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.state.fn == "validate":
            self._close()

    @override
    def on_test_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._open("testing", _images(trainer, trainer.test_dataloaders, sum(trainer.num_test_batches)))

    @override
    def on_test_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, *_: Any
    ) -> None:
        self._advance(trainer, batch)

    @override
    def on_test_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._close()

    @override
    def on_predict_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._open("predicting", _images(trainer, trainer.predict_dataloaders, sum(trainer.num_predict_batches)))

    @override
    def on_predict_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, *_: Any
    ) -> None:
        self._advance(trainer, batch)

    @override
    def on_predict_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._close()

    @override
    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        self._close()

    def _describe(self, trainer: Trainer) -> None:
        if self._bar is not None:
            self._bar.set_description_str(_position(trainer.current_epoch + 1, planned_epochs(trainer)))

    def _open(self, what: str, images: int | None, done: int = 0) -> None:
        # smoothing=0: the mean pace; leave=False: what remains on the screen is the summary.
        self._bar = tqdm(
            total=images,
            initial=done,
            desc=what,
            unit=" images",
            disable=not self._enabled,
            smoothing=0,
            leave=False,
            dynamic_ncols=True,
        )

    def _advance(self, trainer: Trainer, batch: Any) -> None:
        if self._bar is not None:
            self._bar.update(len(batch[1]) * trainer.world_size)  # the others have as many

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _images_of(trainer: Trainer, epochs: int) -> int | None:
    return _images(trainer, trainer.train_dataloader, trainer.num_training_batches, epochs)


def _images_done(history: EpochHistory | None, trainer: Trainer) -> int:
    """Return how many images a resumed fit has trained on before."""
    if history is None:
        return 0
    return history.epochs * (_images_of(trainer, epochs=1) or 0) + history.clock.images


def _images(trainer: Trainer, loader: Any, batches: float, epochs: int = 1) -> int | None:
    """Return how many images ``epochs`` passes of ``batches`` batches a process show; None where that is not known."""
    if epochs < 1:
        return None
    return epochs * min(len(loader.dataset), int(batches) * loader.batch_size * trainer.world_size)
