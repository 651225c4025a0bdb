"""One row of metrics an epoch: to every logger, with the epoch as x axis, and to ``metrics.csv``."""

import math
from pathlib import Path
from time import perf_counter
from typing import Any

import lightning.pytorch as pl
from lightning.pytorch import Callback
from typing_extensions import override

from resnet_lab.errors import RunError
from resnet_lab.runs import write_csv

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

    Args:
        path: The CSV file, rewritten whole after each epoch; None for none.

    Raises:
        RunError: At the end of an epoch whose objective is not finite.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.rows: list[dict[str, float]] = []
        self._images = 0
        self._validated = False
        self._epoch_start = self._loop_end = self._validation_start = 0.0
        self._validating = self._validating_in_loop = self._waiting = 0.0

    @override
    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._images = 0
        self._validated = False
        self._validating = self._validating_in_loop = self._waiting = 0.0
        self._epoch_start = self._loop_end = perf_counter()

    @override
    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        validated_since = self._validating - self._validating_in_loop
        self._waiting += perf_counter() - self._loop_end - validated_since

    @override
    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self._images += len(batch[1])
        self._loop_end = perf_counter()
        self._validating_in_loop = self._validating  # trainer.val_check_interval validates within the loop

    @override
    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._validation_start = perf_counter()

    @override
    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._validated = True
        self._validating += perf_counter() - self._validation_start

    @override
    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        # callback_metrics keeps the last validation's values; they belong to this epoch only if it validated.
        measured = {
            tag: float(value)
            for tag, value in trainer.callback_metrics.items()
            if self._validated or not tag.startswith("val/")
        }
        scalars = {**measured, "lr": float(trainer.optimizers[0].param_groups[0]["lr"])}
        if self.rows:
            loop_seconds = self._loop_end - self._epoch_start - self._validating_in_loop
            scalars["time/images_per_second"] = self._images / loop_seconds
            scalars["time/data_wait"] = self._waiting / loop_seconds
        scalars["time/epoch_seconds"] = perf_counter() - self._epoch_start
        epoch = trainer.current_epoch + 1
        if not math.isfinite(scalars["train/objective"]):
            # Before the epoch is saved: the last good checkpoint stays.
            raise RunError(f"Training diverged in epoch {epoch}: the objective is {scalars['train/objective']}.")
        self.rows.append({"epoch": epoch, "step": trainer.global_step, **scalars})
        for logger in trainer.loggers:
            logger.log_metrics(scalars, step=epoch)
        if self.path is not None:
            self._write(self.path)

    def _write(self, path: Path) -> None:
        tags = sorted({tag for row in self.rows for tag in row} - {"epoch", "step", *_TIMES})
        write_csv(path, ("epoch", "step", *tags, *_TIMES), self.rows)

    @override
    def state_dict(self) -> dict[str, Any]:
        return {"rows": self.rows}

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.rows = state_dict["rows"]

    @property
    def epochs(self) -> int:
        """Epochs done."""
        return int(self.rows[-1]["epoch"]) if self.rows else 0

    def mean(self, tag: str) -> float | None:
        """Return the mean of a scalar over the epochs that measured it; None if none did."""
        values = [row[tag] for row in self.rows if tag in row]
        return sum(values) / len(values) if values else None
