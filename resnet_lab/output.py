"""Output to standard output and standard error: text that does nothing to a terminal, into streams that may be lost."""

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from resnet_lab.errors import RunError, printable


def say(text: str) -> None:
    """Print what a command does, to standard output. If nobody can read it any more, the command goes on without it."""
    with _going_on(sys.stdout):
        _print(text, sys.stdout)


def remark(text: str, stream: TextIO | None = None) -> None:
    """Print a remark that belongs to no result. The command never fails by it.

    Args:
        text: The remark.
        stream: Standard error unless given.
    """
    stream = sys.stderr if stream is None else stream
    with _going_on(stream):
        _print(text, stream)


def give(text: str) -> None:
    """Print the result of a command, to standard output, where a file or another program may take it.

    Raises:
        BrokenPipeError: The reader has gone.
        RunError: The result cannot be written, for example to a full disk.
    """
    with _explained():
        _print(text, sys.stdout)


def draw(text: str, stream: TextIO) -> None:
    """Write text with control sequences of a display, as it stands. The command never fails by it."""
    with _going_on(stream):
        stream.write(text)
        stream.flush()


def flush_results() -> None:
    """Write out what a parser or a library has printed, as :func:`give` does."""
    with _explained():
        sys.stdout.flush()


def open_streams() -> None:
    """Make the standard streams usable: closed ones take text that nobody reads; no text is refused for its encoding.

    A closed descriptor would be that of the next file that is opened, and what a library prints would go into the file.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, so this one
            os.set_inheritable(opened, True)
    for name in ("stdout", "stderr"):
        stream: Any = getattr(sys, name)
        if stream is None or stream.closed:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
        elif getattr(stream, "errors", None) in ("strict", "surrogateescape") and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def close_streams() -> None:
    """Write out both streams. Python would do so at its end, and report a reader that has gone as an error."""
    for stream in (sys.stdout, sys.stderr):
        with _going_on(stream):
            stream.flush()


def show_failure(*failure: Any) -> None:
    """Print a traceback, in place of ``sys.excepthook``. Its last line may have names of files."""
    remark("".join(traceback.format_exception(*failure)))


@contextmanager
def _going_on(stream: TextIO) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError):  # ValueError: the stream is closed
        _lose(stream)


def _print(text: str, stream: TextIO) -> None:
    shown = printable(text.removesuffix("\n") + "\n", keep="\n\t")
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(shown.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        _lose(sys.stdout)
        raise RunError(f"The result cannot be written to standard output ({error.strerror}).") from error


def _lose(stream: TextIO) -> None:
    """Let nothing read what the stream still holds and what is printed later."""
    with suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), stream.fileno())
