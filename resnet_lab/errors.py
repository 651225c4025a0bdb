"""Errors with a message for the user, shown without a traceback."""

import os


class InputError(ValueError):
    """Something the user gave cannot be used; the message says what, and the way out.

    The command line shows the message as one paragraph and exits with 2.
    """


class RunError(RuntimeError):
    """A run that began well could not go on; the message says why. The command line exits with 1."""


class NothingToResumeError(Exception):
    """The run is finished; the message says so. The command line prints it and exits with 0."""


def plain_message(error: BaseException) -> str:
    """Return an error's own words: a worker process of a data loader wraps them in its traceback."""
    return str(error).rpartition(f"{__name__}.{type(error).__name__}: ")[2].strip()


def printable(text: str | os.PathLike[str]) -> str:
    r"""Return a path or name as text that any terminal and file takes: bytes that are not UTF-8 are escaped.

    >>> printable("caf\udce9.png")
    'caf\\xe9.png'
    """
    return os.fsencode(text).decode(errors="backslashreplace")
