"""Current phase of a fit, written to a file: a callback for `--trainer.callbacks+=survival_probe.Phase`."""

import os
from typing import Any

from lightning.pytorch import Callback


class Phase(Callback):
    """Keep one word in a file: the phase that the fit is in.

    Args:
        path: The file; empty text for none.
    """

    def __init__(self, path: str = "") -> None:
        path = os.environ.get("SURVIVAL_PHASE", path)
        self.file = os.open(path, os.O_CREAT | os.O_RDWR) if path else None

    def _now(self, phase: str) -> None:
        if self.file is not None:
            os.pwrite(self.file, phase.ljust(24).encode(), 0)

    def on_fit_start(self, *_: Any) -> None:
        """Data, restored state, curves written again."""
        self._now("restoring")

    def on_train_epoch_start(self, *_: Any) -> None:
        """Order of the epoch, workers."""
        self._now("epoch start")

    def on_train_batch_start(self, *_: Any, **__: Any) -> None:
        """Forward, backward, optimizer."""
        self._now("training step")

    def on_train_batch_end(self, *_: Any, **__: Any) -> None:
        """A state saved, the next batch fetched."""
        self._now("between two steps")

    def on_validation_start(self, *_: Any) -> None:
        """Validation, or the final scores."""
        self._now("validation")

    def on_train_epoch_end(self, *_: Any) -> None:
        """Row, curves, checkpoint: this callback comes before those that write."""
        self._now("epoch end")

    def on_train_end(self, *_: Any) -> None:
        """Final scores, figures."""
        self._now("after training")
