"""Errors with a message for the user, shown without a traceback."""

import os
import re

# Control characters, separators of lines and paragraphs, embeddings, overrides and isolates of the writing direction
# (they show a name in another order: https://trojansource.codes), and surrogates.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class InputError(ValueError):
    """Input of the user that cannot be used. The message says what is wrong and what to do.

    The command line shows the message as one paragraph and exits with 2.
    """


class RunError(RuntimeError):
    """A run that started but cannot continue. The message says why. The command line exits with 1."""


class DivergenceError(RunError):
    """The objective of a batch is not finite. The weights are still those before this batch.

    Args:
        objective: Value of the objective.
        epoch: Epoch, from 0.
        batch: Number of the batch in the epoch, from 0.
        step: Number of optimizer steps done.
        lr: Learning rate.
    """

    def __init__(self, *, objective: float, epoch: int, batch: int, step: int, lr: float) -> None:
        super().__init__(
            f"Training diverged in step {step + 1}, batch {batch + 1} of epoch {epoch + 1}: the objective is "
            f"{objective} at learning rate {lr:g}."
        )
        self.epoch, self.batch = epoch, batch


class NothingToResumeError(Exception):
    """A run is finished and cannot be resumed; the message says so. The command line prints it and exits with 0."""


def plain_message(error: BaseException) -> str:
    """Return the message of an error without the traceback in which a data loader's worker wraps it."""
    return str(error).rpartition(f"{__name__}.{type(error).__name__}: ")[2].strip()


def printable(text: str | os.PathLike[str], keep: str = "") -> str:
    r"""Return text that does nothing to a terminal but show itself; control characters become visible escapes.

    Escaped are the control characters of ASCII and of Latin-1, the line separators and the changes of the writing
    direction of Unicode, and bytes of a file name that are not UTF-8.

    Args:
        text: A path, a name, or any text that a file or a folder brings.
        keep: Control characters that stay, for example the line feed in a paragraph.

    >>> printable("caf\udce9\x1b[31m\n.png")
    'caf\\xe9\\x1b[31m\\n.png'
    """
    return _CONTROL.sub(lambda found: found[0] if found[0] in keep else _escape(found), os.fspath(text))


def as_utf8(text: str | os.PathLike[str]) -> str:
    r"""Return a path or name as a file in UTF-8 can hold it: bytes that are not UTF-8 are escaped, the rest stays.

    Labels and paths are stored and compared in this form. For the user's eyes there is ``printable``.

    >>> as_utf8("caf\udce9\n.png")
    'caf\\xe9\n.png'
    """
    return _SURROGATE.sub(_escape, os.fspath(text))


def _escape(found: re.Match[str]) -> str:
    """Return the escape of a character in Python; that of the byte for a byte that is not UTF-8."""
    number = ord(found[0])
    return f"\\x{number - 0xDC00:02x}" if 0xDC80 <= number <= 0xDCFF else repr(found[0])[1:-1]
