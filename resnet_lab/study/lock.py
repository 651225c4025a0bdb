"""Lock of a run: one process at a time, even after the study that started it was killed."""

import fcntl
import os
from pathlib import Path

from resnet_lab.errors import InputError


def try_lock(path: Path) -> int | None:
    """Lock a file and return its descriptor; None if it is locked.

    The lock belongs to the open file, so a process that inherits the descriptor holds it, too. If a study is killed,
    the file stays locked as long as the process of the run lives. filelock cannot pass on its descriptor.

    Raises:
        InputError: The file cannot be created, or the file system has no locks.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise InputError(f"{path} cannot be created ({error.strerror}); name another folder with --logs.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError as error:
        os.close(descriptor)
        raise InputError(
            f"{path} cannot be locked ({error.strerror}), so two studies could run the same cell: choose --logs on a "
            "file system with locks."
        ) from error
    return descriptor
