"""Exit codes of interrupted commands: 130 after Ctrl-C, 143 after SIGTERM (128 + the signal's number)."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lightning.pytorch import Callback, Trainer
from lightning.pytorch.utilities.exceptions import SIGTERMException
from typing_extensions import override

CTRL_C, SIGTERM = 130, 143


@contextmanager
def exit_by_signal() -> Iterator[None]:
    """Exit with the code of the signal that ended the block; Lightning (2.6) would exit with 1 and 0.

    Raises:
        SystemExit: With 130 or 143.
    """
    try:
        yield
    except BaseException as error:
        if code := signal_code(error):
            raise SystemExit(code) from error
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


class HeedSigterm(Callback):
    """End an evaluation at the next batch after SIGTERM.

    Lightning (2.6) only notes the signal, and in its prediction loop and after the last batch never reads the note.
    """

    @override
    def on_validation_batch_end(self, trainer: Trainer, *_: Any, **__: Any) -> None:
        self._heed(trainer)

    @override
    def on_test_batch_end(self, trainer: Trainer, *_: Any, **__: Any) -> None:
        self._heed(trainer)

    @override
    def on_predict_batch_end(self, trainer: Trainer, *_: Any, **__: Any) -> None:
        self._heed(trainer)

    def _heed(self, trainer: Trainer) -> None:
        if trainer.received_sigterm:
            raise SIGTERMException
