"""Probe of a running fit: a callback for `--trainer.callbacks+=fit_probe.FitProbe`."""

import json
import os
import resource
import time
from pathlib import Path
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from torch.utils.data import get_worker_info


class FitProbe(Callback):
    """Note when each batch ends and how long a checkpoint holds the loop; write it down and leave after training.

    Leaving saves the final scores, which are not measured.

    Args:
        path: The JSON file.
    """

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        self.train: list[list[float]] = []
        self.validation: list[list[float]] = []
        self.saving: list[float] = []

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Time what saves checkpoints."""
        assert get_worker_info() is None
        save = trainer.save_checkpoint

        def timed(*arguments: Any, **options: Any) -> None:
            start = time.perf_counter()
            save(*arguments, **options)
            self.saving.append(time.perf_counter() - start)

        trainer.save_checkpoint = timed  # type: ignore[method-assign]

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin an epoch."""
        self.train.append([])

    def on_train_batch_end(self, *_: Any) -> None:
        """Note the time."""
        self.train[-1].append(time.time())

    def on_validation_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin a validation."""
        self.validation.append([])

    def on_validation_batch_end(self, *_: Any, **__: Any) -> None:
        """Note the time."""
        self.validation[-1].append(time.time())

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write and leave."""
        trainer.strategy.checkpoint_io.teardown()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        noted = {"train": self.train, "validation": self.validation, "saving": self.saving, "peak_mb": peak}
        self.path.write_text(json.dumps(noted))
        os._exit(0)
