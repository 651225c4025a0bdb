"""Streams of a process that uses Ray: what Ray prints goes to a file, what the study prints to the terminal."""

import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from typing_extensions import override


@contextmanager
def ray_prints_to(path: Path) -> Iterator[None]:
    """Send file descriptors 1 and 2 to a file, and keep ``sys.stdout`` and ``sys.stderr`` of the main thread.

    Ray (2.60) prints to both descriptors from its libraries, and to both streams from a thread of its own, also with
    ``log_to_driver=False``.

    Args:
        path: The file; it is appended to.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    before = sys.stdout, sys.stderr
    for stream in before:
        stream.flush()
    saved = os.dup(1), os.dup(2)
    try:
        with path.open("a", encoding="utf-8", buffering=1) as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
            kept = (
                _writer(number) if _is_own(stream) else stream for stream, number in zip(before, saved, strict=True)
            )
            sys.stdout, sys.stderr = (_OfMainThread(stream, file) for stream in kept)
            try:
                yield
            finally:
                sys.stdout, sys.stderr = before
    finally:
        for number, own in zip((1, 2), saved, strict=True):
            os.dup2(own, number)
            os.close(own)


class _OfMainThread(io.TextIOBase):
    """Text stream of the main thread. What other threads write goes elsewhere."""

    def __init__(self, stream: TextIO, elsewhere: TextIO) -> None:
        self._stream, self._elsewhere = stream, elsewhere

    @override
    def write(self, text: str) -> int:
        chosen = self._stream if threading.current_thread() is threading.main_thread() else self._elsewhere
        written = chosen.write(text)
        chosen.flush()
        return written

    @override
    def isatty(self) -> bool:
        return self._stream.isatty()


def _writer(descriptor: int) -> TextIO:
    return os.fdopen(os.dup(descriptor), "w", encoding="utf-8", errors="replace")


def _is_own(stream: object) -> bool:
    """Return whether a stream writes to descriptor 1 or 2, and is not replaced as in a test."""
    try:
        return stream.fileno() in (1, 2)  # type: ignore[attr-defined]
    except (AttributeError, OSError):
        return False
