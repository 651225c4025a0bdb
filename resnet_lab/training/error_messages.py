"""Messages for errors of the system: a full disk, full shared memory, a dead worker, a lost process."""

import errno
import shutil
from pathlib import Path

from resnet_lab.errors import RunError

_SHARED_MEMORY = Path("/dev/shm")


def explained(error: BaseException) -> BaseException:
    """Return a :class:`RunError` that says what to do, for an error of the system or of torch's data loader.

    Other errors are returned as they are.
    """
    text = str(error)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        what = f"{error.filename} cannot be written" if error.filename else "a file cannot be written"
        return RunError(f"The disk is full: {what} ({_free(Path(str(error.filename or '.')).absolute())}). {_GO_ON}")
    if not isinstance(error, RuntimeError):
        return error
    if any(words in text for words in ("shared memory", "Bus error", "unable to write to file </torch_")):
        return RunError(
            f"The workers ran out of shared memory ({_free(_SHARED_MEMORY)}): give the container more (docker run "
            f"--shm-size 1g), or read in the main process with --data.num_workers 0. {_GO_ON}"
        )
    if "DataLoader worker" in text and ("killed by signal" in text or "exited unexpectedly" in text):
        return RunError(
            f"A worker process that reads images died ({text.splitlines()[0].strip()}). If it was killed, memory may "
            f"have run out: try fewer --data.num_workers. {_GO_ON}"
        )
    if any(words in text for words in _LOST_CONNECTION):
        return RunError("Another process of the run ended, so this one ends too. The other one has printed the reason.")
    return error


_LOST_CONNECTION = ("Connection closed by peer", "Connection reset by peer", "remote process exited", "Broken pipe")
"""Words of gloo and NCCL in the error of a rank that has lost another rank."""
_GO_ON = "Then go on with resnet-lab fit --resume RUN_FOLDER."


def _free(path: Path) -> str:
    while not path.exists() and path != path.parent:
        path = path.parent
    try:
        return f"{shutil.disk_usage(path).free / 1e6:,.0f} MB are free in {path}"
    except OSError:
        return f"{path} cannot be read"
