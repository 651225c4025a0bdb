"""Signals that end a command, and its exit code: 130 after Ctrl-C, 143 (128 + 15) after SIGTERM and SIGUSR1.

Lightning (2.6) has an orderly shutdown for SIGTERM alone: it notes the signal, and stops after the step or the
validation batch. It raises Ctrl-C wherever that hits, also within a step, which leaves nothing to resume from. So the
other signals are turned into SIGTERM.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from lightning.pytorch.utilities.exceptions import SIGTERMException

from resnet_lab.errors import InputError, RunError
from resnet_lab.signal_handlers import set_handlers

CTRL_C, SIGTERM = 130, 143


class OrderlyShutdown:
    """Turn the first Ctrl-C, and SIGUSR1, into SIGTERM. A second Ctrl-C interrupts at once.

    SLURM sends SIGUSR1 before a time limit. While no trainer listens, SIGTERM ends the process at once, with its exit
    code.
    """

    def __init__(self) -> None:
        self.ctrl_c = False

    def __enter__(self) -> "OrderlyShutdown":
        wanted: dict[int, Any] = {signal.SIGINT: self._on_ctrl_c, signal.SIGTERM: _exit_unless_a_trainer_listens}
        if hasattr(signal, "SIGUSR1"):  # not on Windows
            wanted[signal.SIGUSR1] = _as_sigterm
        self._before = set_handlers(wanted)
        return self

    def __exit__(self, *_: object) -> None:
        set_handlers(self._before)

    def _on_ctrl_c(self, number: int, frame: FrameType | None) -> None:
        if self.ctrl_c:
            raise KeyboardInterrupt
        self.ctrl_c = True
        _as_sigterm(number, frame)


def _as_sigterm(*_: object) -> None:
    signal.raise_signal(signal.SIGTERM)


def _exit_unless_a_trainer_listens(*_: object) -> None:
    # A trainer's handler calls the handler that it found; then the trainer's is installed, not this one.
    if signal.getsignal(signal.SIGTERM) is _exit_unless_a_trainer_listens:
        ignore_sigterm()
        raise SystemExit(SIGTERM)


@contextmanager
def exit_by_signal() -> Iterator[None]:
    """Exit with the code of the signal that ended the block. Lightning (2.6) would exit with 1 and 0.

    Raises:
        SystemExit: With 130 or 143.
    """
    shutdown = OrderlyShutdown()
    try:
        with shutdown:
            yield
    except BaseException as error:
        if code := signal_code(error):
            raise SystemExit(CTRL_C if shutdown.ctrl_c else code) from error
        raise


def signal_code(error: BaseException, *, received_sigterm: bool = False) -> int | None:
    """Return the exit code of the signal that ended a command; None if the command failed.

    Args:
        error: The exception that ended the command.
        received_sigterm: Whether the trainer received the signal. A signal to the whole process group ends the data
            loader's workers too, and their death may be noticed first.
    """
    if isinstance(error, SystemExit) and error.code in (CTRL_C, SIGTERM):
        return int(error.code)
    if isinstance(error, InputError | RunError):  # for example a checkpoint that could not be written
        return None
    if isinstance(error, SIGTERMException) or received_sigterm or "is killed by signal: Terminated" in str(error):
        return SIGTERM
    # Lightning turns Ctrl-C into sys.exit(1).
    if isinstance(error, KeyboardInterrupt) or isinstance(error.__context__, KeyboardInterrupt):
        return CTRL_C
    return None


def ignore_dead_workers() -> None:
    """Stop torch from raising an error when a data-loader worker dies: it raises from SIGCHLD, wherever that hits."""
    if hasattr(signal, "SIGCHLD"):  # not on Windows
        set_handlers({signal.SIGCHLD: signal.SIG_DFL})


def ignore_sigterm() -> None:
    """Ignore further SIGTERM: a launcher sends one on top of that of a terminal or of SLURM."""
    set_handlers({signal.SIGTERM: signal.SIG_IGN})
