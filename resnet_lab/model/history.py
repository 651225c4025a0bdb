"""History of metrics: one row per epoch, for every logger with the epoch as x axis, and for ``metrics.csv``."""

from pathlib import Path
from typing import Any

import lightning.pytorch as pl
from lightning.pytorch import Callback
from typing_extensions import override

from resnet_lab.files import write_csv
from resnet_lab.model.epoch_clock import EpochClock

_TIMES = ("lr", "time/images_per_second", "time/data_wait", "time/epoch_seconds")


class EpochHistory(Callback):
    """Collect every scalar of an epoch in one row, after training and validation.

    Epochs count from 1, so the x axis means "epochs of training done". A row has the metrics of the module and:

    ==========================  =============================================================================
    ``lr``                      learning rate at the end of the epoch: that of the next step
    ``time/images_per_second``  images trained on, over the time of the training loop (no validation, no
                                checkpoints); from the second epoch on, since the first one warms up
    ``time/data_wait``          share of that time spent waiting for data between two steps; also from the
                                second epoch on
    ``time/epoch_seconds``      the whole epoch, validation included
    ==========================  =============================================================================

    Checkpoints hold the rows and the state of the current epoch. A resumed fit writes the file again and sends all rows
    to its loggers, so that it does not matter what an interruption left in either.

    Args:
        path: The CSV file, written completely after each epoch; None for no file.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.rows: list[dict[str, float]] = []
        self.clock = EpochClock()
        self.seconds_before = 0.0
        """Seconds of training and validation before a fit was resumed."""
        self._validated: dict[str, float] = {}
        self._restored = False

    @override
    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        # Not on_train_start: Lightning (2.6) skips it when a resumed fit has no epoch left to train.
        if self._restored:
            for row in self.rows:
                self._log(trainer, row)
            self._write()
        self._restored = False

    @override
    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.clock.go_on()  # within an epoch, a resumed fit does not call on_train_epoch_start

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
        self.clock.batch_ends(len(batch[1]) * trainer.world_size)  # batches of all ranks have the same size

    @override
    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._validated = _scalars(trainer, "val/")
        self.clock.validation_ends()

    @override
    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        # Lightning keeps the values of the last validation, which can be that of an earlier epoch.
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
        """Number of epochs done."""
        return int(self.rows[-1]["epoch"]) if self.rows else 0

    def mean(self, tag: str) -> float | None:
        """Return the mean of a scalar over the epochs that measured it; None if no epoch did."""
        values = [row[tag] for row in self.rows if tag in row]
        return sum(values) / len(values) if values else None


def _scalars(trainer: pl.Trainer, prefix: str) -> dict[str, float]:
    return {tag: float(value) for tag, value in trainer.callback_metrics.items() if tag.startswith(prefix)}
