"""Two checkpoints a run: the last epoch, truly, and the best one."""

import math
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
from lightning.pytorch.callbacks import Checkpoint
from typing_extensions import override

from resnet_lab.model.history import EpochHistory


class BestAndLast(Checkpoint):
    """Write ``last.ckpt`` after every epoch and ``best.ckpt`` after every epoch that beats all before it.

    Best is the highest ``val/accuracy``, then the lowest ``val/loss``, then the earliest. Lightning's
    ModelCheckpoint (2.6) knows no second criterion, and its ``save_last`` skips epochs that are not among the best.

    An epoch that was not validated is best only while no epoch has been. The trainer needs
    :class:`BackgroundCheckpointIO`, which writes both.

    Args:
        paths: File of ``best`` and of ``last``.
        history: Where each epoch's metrics are found; Lightning's own keep those of the last validation, however old.
    """

    def __init__(self, paths: dict[str, Path], history: EpochHistory) -> None:
        self.paths = paths
        self.history = history
        self.best: dict[str, float] | None = None

    @override
    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        row = self.history.rows[-1]
        score = {
            "epoch": row["epoch"],
            "accuracy": row.get("val/accuracy", math.nan),
            "loss": row.get("val/loss", math.nan),
        }
        is_best = self.best is None or _rank(score) > _rank(self.best) or _unmeasured(self.best)
        if is_best:
            self.best = score
        also = [self.paths["best"]] if is_best else []
        trainer.save_checkpoint(self.paths["last"], weights_only=False, storage_options=also)

    @property
    def best_epoch(self) -> int | None:
        """Epoch of the best checkpoint, from 1; None before there is one."""
        return int(self.best["epoch"]) if self.best else None

    @override
    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best}

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.best = state_dict["best"]


def _unmeasured(score: dict[str, float]) -> bool:
    return math.isnan(score["accuracy"])


def _rank(score: dict[str, float]) -> tuple[float, float]:
    """Order scores: accuracy up, then loss down; NaN is worst."""
    accuracy, loss = score["accuracy"], score["loss"]
    return (-math.inf if math.isnan(accuracy) else accuracy, -math.inf if math.isnan(loss) else -loss)
