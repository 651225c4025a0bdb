"""How checkpoints come to disk: beside the training, and whole or not at all."""

import errno
import os
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch.plugins.io import TorchCheckpointIO
from lightning_utilities.core.apply_func import apply_to_collection
from torch import Tensor
from typing_extensions import override

from resnet_lab.checkpoint.content import checksum
from resnet_lab.checkpoint.states import prune
from resnet_lab.errors import RunError


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
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Iterable[Path] | None = None
    ) -> None:
        """Begin to write a checkpoint.

        Args:
            checkpoint: What to write; it may change once this has returned.
            path: The file.
            storage_options: Further files that are to be the same.

        Raises:
            RunError: The checkpoint before this one could not be written.
        """
        self.finish()
        copied = apply_to_collection(checkpoint, Tensor, lambda tensor: tensor.detach().to("cpu", copy=True))
        self._pending = self._writer.submit(write_checkpoint, copied, Path(path), *(storage_options or ()))

    @override
    def remove_checkpoint(self, path: str | Path) -> None:
        """Remove a checkpoint, which may be the one that is being written."""
        self.finish()
        super().remove_checkpoint(path)

    def finish(self) -> None:
        """Wait until everything is on disk.

        Raises:
            RunError: It cannot be written.
        """
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()

    @override
    def teardown(self) -> None:
        """Wait until everything is on disk."""
        self.finish()


def write_checkpoint(checkpoint: dict[str, Any], path: Path, *same: Path) -> None:
    """Write a file, or replace it: a kill or a full disk leaves the old checkpoint or the new one, nothing between.

    It gets a ``checksum``; states older than the two newest beside it go.

    Args:
        checkpoint: Tensors and plain types.
        path: The file.
        same: Further files, which become links to it where the file system has links.

    Raises:
        RunError: It cannot be written.
    """
    # The state comes last: a run that is resumed from it must find beside it the last and the best epoch of that time.
    first, *others = *same, path
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        _replace(first, lambda temporary: _save({**checkpoint, "checksum": checksum(checkpoint)}, temporary))
        for other in others:
            _replace(other, lambda temporary: _link(first, temporary))
    except (OSError, RuntimeError) as error:  # torch tells of a full disk by a RuntimeError
        free = shutil.disk_usage(path.parent).free / 1e6
        reason = os.strerror(errno.ENOSPC) if free < 1 else str(error).splitlines()[0]
        raise RunError(
            f"The checkpoint {path} cannot be written ({reason}; {free:,.0f} MB are free there). Those before it are "
            f"whole: make room, then resnet-lab fit --resume RUN_FOLDER."
        ) from error
    prune(path.parent)


def _replace(path: Path, make: Callable[[Path], None]) -> None:
    """Have a file made beside ``path`` and put in its place; what cannot be made whole is removed."""
    temporary = path.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    try:
        make(temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _save(content: dict[str, Any], path: Path) -> None:
    with path.open("wb") as file:
        torch.save(content, file)
        file.flush()
        os.fsync(file.fileno())


def _link(path: Path, other: Path) -> None:
    try:
        os.link(path, other)  # checkpoints are replaced, never written to: a link stays what it was
    except OSError:
        shutil.copyfile(path, other)
