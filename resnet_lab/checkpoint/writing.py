"""Writing of checkpoint files: in the background of the training, and complete or not at all."""

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
    """Copy a checkpoint in memory, and write the copy while training continues.

    AsyncCheckpointIO of Lightning (2.6) does the same, but a strategy replaces the plugin inside it by a plain
    ``TorchCheckpointIO``, and its queue can hold any number of copies. Here a checkpoint waits until the one before it
    is on disk.
    """

    def __init__(self) -> None:
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="checkpoint")
        self._pending: Future[None] | None = None

    @override
    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | Path, storage_options: Iterable[Path] | None = None
    ) -> None:
        """Start to write a checkpoint.

        Args:
            checkpoint: The content. It may change after the return.
            path: The file.
            storage_options: Further files with the same content.

        Raises:
            RunError: The checkpoint before this one could not be written.
        """
        self.finish()
        copied = apply_to_collection(checkpoint, Tensor, lambda tensor: tensor.detach().to("cpu", copy=True))
        self._pending = self._writer.submit(write_checkpoint, copied, Path(path), *(storage_options or ()))

    @override
    def remove_checkpoint(self, path: str | Path) -> None:
        """Remove a checkpoint, after any write in progress has ended."""
        self.finish()
        super().remove_checkpoint(path)

    def finish(self) -> None:
        """Wait until every checkpoint is on disk.

        Raises:
            RunError: A checkpoint cannot be written.
        """
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.result()

    @override
    def teardown(self) -> None:
        """Wait until every checkpoint is on disk."""
        self.finish()


def write_checkpoint(checkpoint: dict[str, Any], path: Path, *same: Path) -> None:
    """Write or replace a file. After a kill or on a full disk, either the old or the new checkpoint is there, complete.

    The file gets a ``checksum``. In its folder, states older than the two newest are removed.

    Args:
        checkpoint: Tensors and plain types.
        path: The file.
        same: Further files with the same content, as links where the file system has links.

    Raises:
        RunError: The file cannot be written.
    """
    # The state is written last: it must not exist before the last and the best epoch of the same time.
    first, *others = *same, path
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        _replace(first, lambda temporary: _save({**checkpoint, "checksum": checksum(checkpoint)}, temporary))
        for other in others:
            _replace(other, lambda temporary: _link(first, temporary))
    except (OSError, RuntimeError) as error:  # torch raises RuntimeError on a full disk
        free = shutil.disk_usage(path.parent).free / 1e6
        reason = os.strerror(errno.ENOSPC) if free < 1 else str(error).splitlines()[0]
        raise RunError(
            f"The checkpoint {path} cannot be written ({reason}; {free:,.0f} MB are free there). Those before it are "
            f"whole: make room, then resnet-lab fit --resume RUN_FOLDER."
        ) from error
    prune(path.parent)


def _replace(path: Path, make: Callable[[Path], None]) -> None:
    """Make a temporary file beside ``path`` and move it there; an incomplete one is removed."""
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
        os.link(path, other)  # checkpoints are replaced, never changed, so a link keeps its content
    except OSError:
        shutil.copyfile(path, other)
