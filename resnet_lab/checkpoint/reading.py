"""Reading of a checkpoint file: no code in it runs, and a damaged or altered file is refused."""

import errno
import zipfile
from pathlib import Path
from typing import Any

import torch

from resnet_lab.checkpoint.archive import objection
from resnet_lab.checkpoint.content import checksum, overstated
from resnet_lab.errors import InputError


def read_checkpoint(path: Path, *, must_have_checksum: bool = False) -> dict[str, Any]:
    """Read a checkpoint: tensors and plain values, as they were written.

    Args:
        path: The file.
        must_have_checksum: Whether a file without a checksum, written before version 0.2, is refused.

    Raises:
        InputError: The file is missing, truncated, altered, no checkpoint, or holds anything else.
        OSError: The disk cannot be read.
    """
    if not path.is_file():
        raise InputError(
            f"There is no checkpoint {path}. A run that is kept in git has none: train it again, or name another run."
        )
    try:
        refused = objection(path)
        if refused is None:
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
            refused = overstated(content, path.stat().st_size)
    except MemoryError:
        raise
    except Exception as error:  # torch.load raises half a dozen kinds on a damaged file
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise  # a fault of the disk, not of the file, which may be readable later
        reason = "no zip archive" if isinstance(error, zipfile.BadZipFile) else _first_line(error)
        raise InputError(f"{path} cannot be read ({reason}): it is truncated or no checkpoint.") from error
    if refused is not None:
        raise InputError(f"{path} is not loaded: {refused}.")
    if not isinstance(content, dict):
        raise InputError(f"{path} is not a checkpoint of resnet-lab: it holds a {type(content).__name__}.")
    if "checksum" not in content and must_have_checksum:
        raise InputError(f"{path} has no checksum, so its run cannot be resumed: train it again.")
    if content.get("checksum") not in (None, checksum(content)):
        raise InputError(f"{path} was altered after it was written: its checksum has changed. Put the original back.")
    return content


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
