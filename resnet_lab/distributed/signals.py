"""Ctrl-C, SIGTERM and SIGUSR1: the same orderly end, and its exit code: 130 after Ctrl-C, else 143 (128 + the signal).

Lightning (2.6) has an orderly end for SIGTERM alone: it notes the signal, and leaves after the step or the validation
batch. Ctrl-C it raises wherever that hits, half-way through a step, which leaves nothing to resume from. So the others
are turned into SIGTERM.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from lightning.pytorch.utilities.exceptions import SIGTERMException

from resnet_lab.errors import InputError, RunError

CTRL_C, SIGTERM = 130, 143


class OrderlyEnd:
    """Turn the first Ctrl-C, and SIGUSR1 (which SLURM sends before a time limit), into SIGTERM; a second Ctrl-C is one.

    Before a trainer listens and after it, SIGTERM ends the process at once, with its exit code.
    """

    def __init__(self) -> None:
        self.ctrl_c = False

    def __enter__(self) -> "OrderlyEnd":
        wanted: dict[int, Any] = {signal.SIGINT: self._on_ctrl_c, signal.SIGTERM: _leave_unless_a_trainer_listens}
        if hasattr(signal, "SIGUSR1"):  # not on Windows
            wanted[signal.SIGUSR1] = _as_sigterm
        self._before = {number: signal.signal(number, handler) for number, handler in wanted.items()}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_ctrl_c(self, number: int, frame: FrameType | None) -> None:
        if self.ctrl_c:
            raise KeyboardInterrupt
        self.ctrl_c = True
        _as_sigterm(number, frame)


def _as_sigterm(*_: object) -> None:
    signal.raise_signal(signal.SIGTERM)


def _leave_unless_a_trainer_listens(*_: object) -> None:
    # A trainer's handler calls the one that it found; then it is the trainer's that is installed.
    if signal.getsignal(signal.SIGTERM) is _leave_unless_a_trainer_listens:
        disregard_sigterm()
        raise SystemExit(SIGTERM)


@contextmanager
def exit_by_signal() -> Iterator[None]:
    """Exit with the code of the signal that ended the block; Lightning (2.6) would exit with 1 and 0.

    Raises:
        SystemExit: With 130 or 143.
    """
    end = OrderlyEnd()
    try:
        with end:
            yield
    except BaseException as error:
        if code := signal_code(error):
            raise SystemExit(CTRL_C if end.ctrl_c else code) from error
        raise


def signal_code(error: BaseException, *, received_sigterm: bool = False) -> int | None:
    """Tell an interruption from a failure, and by which signal.

    Args:
        error: What ended the command.
        received_sigterm: Whether the trainer heard the signal. A signal to the whole process group ends the data
            loader's workers too, and their death may be the first that is heard of it.
    """
    if isinstance(error, SystemExit) and error.code in (CTRL_C, SIGTERM):
        return int(error.code)
    if isinstance(error, InputError | RunError):  # a checkpoint that could not be written, say: a failure of its own
        return None
    if isinstance(error, SIGTERMException) or received_sigterm or "is killed by signal: Terminated" in str(error):
        return SIGTERM
    # Lightning turns Ctrl-C into sys.exit(1).
    if isinstance(error, KeyboardInterrupt) or isinstance(error.__context__, KeyboardInterrupt):
        return CTRL_C
    return None


def disregard_dying_workers() -> None:
    """Let no more data loader workers interrupt what is left to do: torch raises out of SIGCHLD, wherever that hits."""
    if hasattr(signal, "SIGCHLD"):  # not on Windows
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def disregard_sigterm() -> None:
    """Let no further SIGTERM interrupt what is left to do: a launcher sends one on top of a terminal's or SLURM's."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
