"""Errors with a message for the user, shown without a traceback."""

import os


class InputError(ValueError):
    """Input of the user that cannot be used. The message says what is wrong and what to do.

    The command line shows the message as one paragraph and exits with 2.
    """


class RunError(RuntimeError):
    """A run that started but cannot continue. The message says why. The command line exits with 1."""


class NothingToResumeError(Exception):
    """A run is finished and cannot be resumed; the message says so. The command line prints it and exits with 0."""


def plain_message(error: BaseException) -> str:
    """Return the message of an error without the traceback in which a data loader's worker wraps it."""
    return str(error).rpartition(f"{__name__}.{type(error).__name__}: ")[2].strip()


def printable(text: str | os.PathLike[str]) -> str:
    r"""Return a path or name as text for any terminal and file. Bytes that are not UTF-8 are escaped.

    >>> printable("caf\udce9.png")
    'caf\\xe9.png'
    """
    return os.fsencode(text).decode(errors="backslashreplace")
