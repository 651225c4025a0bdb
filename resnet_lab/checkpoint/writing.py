"""How checkpoints come to disk: beside the training, and whole or not at all."""

import os
import shutil
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.utilities.types import _PATH
from lightning.pytorch.plugins.io import TorchCheckpointIO
from lightning_utilities.core.apply_func import apply_to_collection
from torch import Tensor
from typing_extensions import override


class BackgroundCheckpointIO(TorchCheckpointIO):
    """Copy a checkpoint in memory, and write the copy while training goes on.

    Lightning's AsyncCheckpointIO (2.6) does the same, but a strategy puts a plain ``TorchCheckpointIO`` in place of the
    one that it wraps, and its queue may hold any number of copies. Here a checkpoint waits for the one before it.
    """

    def __init__(self) -> None:
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="checkpoint")
        self._pending: Future[None] | None = None

    @override
    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: _PATH, storage_options: Iterable[Path] | None = None
    ) -> None:
        """Begin to write a checkpoint.

        Args:
            checkpoint: What to write; it may change once this has returned.
            path: The file.
            storage_options: Further files that are to be the same.

        Raises:
            OSError: The checkpoint before this one could not be written.
        """
        self.finish()
        copied = apply_to_collection(checkpoint, Tensor, lambda tensor: tensor.detach().to("cpu", copy=True))
        self._pending = self._writer.submit(write_checkpoint, copied, Path(path), *(storage_options or ()))

    @override
    def remove_checkpoint(self, path: _PATH) -> None:
        """Remove a checkpoint, which may be the one that is being written."""
        self.finish()
        super().remove_checkpoint(path)

    def finish(self) -> None:
        """Wait until everything is on disk.

        Raises:
            OSError: It cannot be written.
        """
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()

    @override
    def teardown(self) -> None:
        """Wait until everything is on disk."""
        self.finish()


def write_checkpoint(checkpoint: dict[str, Any], path: Path, *same: Path) -> None:
    """Write a file, or replace it: a kill leaves the old checkpoint or the new one, nothing between.

    Args:
        checkpoint: Tensors and plain types.
        path: The file.
        same: Further files, which become links to it where the file system has links.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(path)
    torch.save(checkpoint, temporary)
    temporary.replace(path)
    for other in same:
        temporary = _beside(other)
        temporary.unlink(missing_ok=True)
        try:
            os.link(path, temporary)  # checkpoints are replaced, never written to: a link stays what it was
        except OSError:
            shutil.copyfile(path, temporary)
        temporary.replace(other)


def _beside(path: Path) -> Path:
    return path.with_suffix(".tmp")
