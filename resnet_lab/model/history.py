"""One row of metrics an epoch: to every logger, with the epoch as x axis, and to ``metrics.csv``."""

from pathlib import Path
from typing import Any

import lightning.pytorch as pl
from lightning.pytorch import Callback
from typing_extensions import override

from resnet_lab.files import write_csv
from resnet_lab.model.epoch_clock import EpochClock

_TIMES = ("lr", "time/images_per_second", "time/data_wait", "time/epoch_seconds")


class EpochHistory(Callback):
    """Collect every scalar of an epoch in one row, once it is trained and validated.

    Epochs count from 1, so the x axis reads "epochs of training done". Besides what the module measures:

    ==========================  =============================================================================
    ``lr``                      learning rate at the epoch's end: what the next step would use
    ``time/images_per_second``  images trained on, over the time of the training loop (no validation, no
                                checkpoints); from the second epoch on, since the first one warms up
    ``time/data_wait``          share of that time between two steps, waiting for data; also from the second epoch on
    ``time/epoch_seconds``      the whole epoch, validation included
    ==========================  =============================================================================

    The rows and what is known of the epoch under way go through checkpoints. A resumed fit writes the file anew and
    hands all rows to its loggers, whatever an interruption left in either.

    Args:
        path: The CSV file, rewritten whole after each epoch; None for none.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.rows: list[dict[str, float]] = []
        self.clock = EpochClock()
        self.seconds_before = 0.0
        """Seconds that a resumed fit had spent on training and validation before."""
        self._validated: dict[str, float] = {}
        self._restored = False

    @override
    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        # Not on_train_start: Lightning (2.6) skips that when what it resumes has no epoch left to train.
        if self._restored:
            for row in self.rows:
                self._log(trainer, row)
            self._write()
        self._restored = False

    @override
    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.clock.go_on()  # a fit that is resumed within an epoch does not start that epoch

    @override
    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._validated = {}
        self.clock.start()

    @override
    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        self.clock.batch_starts()

    @override
    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self.clock.batch_ends(len(batch[1]) * trainer.world_size)  # all processes have batches of one size

    @override
    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._validated = _scalars(trainer, "val/")
        self.clock.validation_ends()

    @override
    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        # Lightning keeps the last validation's values; they belong to this epoch only if it validated.
        scalars = {tag: value for tag, value in _scalars(trainer, "").items() if not tag.startswith("val/")}
        scalars |= {**self._validated, "lr": float(trainer.optimizers[0].param_groups[0]["lr"])}
        if self.rows:
            scalars["time/images_per_second"] = self.clock.images / self.clock.looping
            scalars["time/data_wait"] = self.clock.waiting / self.clock.looping
        scalars["time/epoch_seconds"] = self.clock.seconds()
        row = {"epoch": trainer.current_epoch + 1, "step": trainer.global_step, **scalars}
        self.rows.append(row)
        self.clock.start()
        self._log(trainer, row)
        self._write()

    def _log(self, trainer: pl.Trainer, row: dict[str, float]) -> None:
        scalars = {tag: value for tag, value in row.items() if tag not in ("epoch", "step")}
        for logger in trainer.loggers:
            logger.log_metrics(scalars, step=int(row["epoch"]))

    def _write(self) -> None:
        if self.path is not None:
            tags = sorted({tag for row in self.rows for tag in row} - {"epoch", "step", *_TIMES})
            write_csv(self.path, ("epoch", "step", *tags, *_TIMES), self.rows)

    @override
    def state_dict(self) -> dict[str, Any]:
        return {"rows": self.rows, "validated": self._validated, "clock": self.clock.state()}

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.rows = list(state_dict["rows"])
        self._validated = dict(state_dict["validated"])
        self.clock.restore(state_dict["clock"])
        self.seconds_before = sum(row["time/epoch_seconds"] for row in self.rows) + self.clock.whole
        self._restored = True

    @property
    def epochs(self) -> int:
        """Epochs done."""
        return int(self.rows[-1]["epoch"]) if self.rows else 0

    def mean(self, tag: str) -> float | None:
        """Return the mean of a scalar over the epochs that measured it; None if none did."""
        values = [row[tag] for row in self.rows if tag in row]
        return sum(values) / len(values) if values else None


def _scalars(trainer: pl.Trainer, prefix: str) -> dict[str, float]:
    return {tag: float(value) for tag, value in trainer.callback_metrics.items() if tag.startswith(prefix)}
