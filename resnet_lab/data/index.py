"""Index of files in SQLite: a file with the same path, size and modification time is not read again."""

import hashlib
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock
from tqdm import tqdm

from resnet_lab.data.decode import Found, inspect
from resnet_lab.data.sources import CACHE_VARIABLE, cache_folder
from resnet_lab.errors import InputError, plain_message, printable
from resnet_lab.files import opened
from resnet_lab.output import remark

_FORMAT = 4  # version of the table and of the meaning of Facts
_TOGETHER = 10_000  # files per query
_TOO_FEW = 200  # with fewer new files, starting processes takes longer than reading
_COLUMNS = "path, size, mtime_ns, sha256, mode, format, width, height, orientation, frames, profile, checksum"


Stamp = tuple[int, int]
"""Size of a file in bytes, and the time of its last change in nanoseconds."""


class Facts(NamedTuple):
    """Facts about a file that was read completely.

    Attributes:
        sha256: sha256 of the content, in hexadecimal; empty if the file cannot be read.
        found: Properties of the image; None if it cannot be decoded.
        problem: The reason why it cannot be decoded; None if it can.
        stamp: Size and time of change before the file was read.
    """

    sha256: str
    found: Found | None
    problem: str | None
    stamp: Stamp


class FileIndex:
    """Table of :class:`Facts` by path.

    A change that keeps a file's size and modification time (in nanoseconds) is missed, except by :meth:`facts` with
    ``reread``. Only files that can be used are remembered: the cause of a problem may lie outside the file.

    A table that cannot be read or written is done without, with a note on stderr: it saves time and changes no fact.

    Args:
        path: The SQLite file. It is created if it is missing. None for ``files.sqlite`` in the cache folder.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    @property
    def path(self) -> Path:
        """The SQLite file.

        Raises:
            InputError: There is no cache folder.
        """
        return self._path or cache_folder() / "files.sqlite"

    def facts(self, paths: Sequence[Path], *, reread: bool = False) -> list[Facts]:
        """Return the facts of each file. New files are read on all cores, and remembered if the table can be written.

        Args:
            paths: Existing files.
            reread: Read all files, remembered or not.
        """
        known: list[Facts | None] = [None] * len(paths)
        if not reread:
            self._look_up(paths, known)
        if None in known:
            with self._one_reader():
                if not reread:  # another process may have read them meanwhile
                    self._look_up(paths, known)
                self._read_the_rest(paths, known)
        return [facts for facts in known if facts is not None]

    def _look_up(self, paths: Sequence[Path], known: list[Facts | None]) -> None:
        """Fill in the remembered facts of each file."""
        with self._or_without(), closing(self._open()) as table:
            known[:] = _look_up(table, paths)

    def _read_the_rest(self, paths: Sequence[Path], known: list[Facts | None]) -> None:
        """Read the files without known facts and remember them, some thousands at a time."""
        new = [position for position, facts in enumerate(known) if facts is None]
        facts = iter(read_all([paths[position] for position in new]))
        for start in range(0, len(new), _TOGETHER):
            rows = []
            for position in new[start : start + _TOGETHER]:
                known[position] = read = next(facts)
                if read.found is not None:
                    rows.append(_to_row(paths[position], read, read.found))
            with self._or_without(), closing(self._open()) as table:
                _remember(table, rows)

    @contextmanager
    def _or_without(self) -> Iterator[None]:
        """Do without the table if it cannot be used, whatever the error: full, damaged, locked, not to be written."""
        try:
            yield
        except InputError as error:
            _note_once(f"note    {error} Until then, files are read again at each start.")
        except (sqlite3.Error, OSError) as error:
            _note_once(
                f"note    The index of files {self.path} cannot be used ({error}): files are read again at each start. "
                f"Remove it, make room, or choose another cache folder in ${CACHE_VARIABLE}."
            )

    @contextmanager
    def _one_reader(self) -> Iterator[None]:
        """Let one process read at a time, since processes that start together need the same files."""
        lock: AbstractContextManager[object] = nullcontext()
        with suppress(OSError, NotImplementedError, InputError):  # without locks both processes read
            lock = FileLock(self.path.with_suffix(".lock")).acquire()
        with lock:
            yield

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        table = sqlite3.connect(self.path, timeout=60, isolation_level=None)
        if table.execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
            table.execute("BEGIN IMMEDIATE")  # another process may be creating the table
            if table.execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
                table.execute("DROP TABLE IF EXISTS files")
                table.execute(f"CREATE TABLE files ({_COLUMNS.replace('path', 'path BLOB PRIMARY KEY', 1)})")
                table.execute(f"PRAGMA user_version={_FORMAT}")
            table.execute("COMMIT")
        return table


@cache
def _note_once(text: str) -> None:
    remark(text)


def read_all(paths: Sequence[Path]) -> Iterator[Facts]:
    """Yield the facts of files, read on all cores if there are many. A terminal shows a progress bar."""
    bar: Callable[[Iterable[Facts]], Iterable[Facts]] = lambda facts: tqdm(  # noqa: E731
        facts, desc="reading new files", total=len(paths), unit=" files", delay=1, disable=None, leave=False
    )
    if len(paths) < _TOO_FEW:
        yield from bar(map(read_file, paths))
        return
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None) as pool:
        yield from bar(pool.map(read_file, paths, chunksize=32))


def read_file(path: Path) -> Facts:
    """Read a file completely: its sha256, and its properties or the reason why it cannot be decoded."""
    sha256, stamp = "", _stamp(path)
    try:
        if not path.is_file() and path.exists():  # opening a pipe would wait forever
            return Facts(sha256, None, f"{printable(path)} is no regular file", stamp)
        sha256 = content_sha256(path)
        return Facts(sha256, inspect(path), None, stamp)
    except InputError as error:
        return Facts(sha256, None, plain_message(error), stamp)
    except OSError as error:
        return Facts(sha256, None, f"{printable(path)} cannot be read ({error.strerror})", stamp)


def refuse_changed(path: Path, sha256: str, stamp: Stamp | None = None) -> None:
    """Refuse a file that is no longer the one that was read.

    Args:
        path: The file.
        sha256: sha256 of its content when it was read.
        stamp: Its size and time then: with these, its content is the same. None compares the content in any case.

    Raises:
        InputError: The content is another one, or the file cannot be read.
    """
    if _stamp(path) == stamp:
        return
    try:
        if content_sha256(path) == sha256:
            return
        found = "changed"
    except OSError as error:
        found = f"cannot be read any more ({error.strerror})"
    except InputError:
        found = "is no regular file any more"
    raise InputError(
        f"{printable(path)} {found} since the data set was read: put it back and resume the run, or start a new one."
    )


def content_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes, in hexadecimal.

    Raises:
        InputError: The path is no regular file. A pipe would wait for a writer.
        OSError: It cannot be read.
    """
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _look_up(table: sqlite3.Connection, paths: Sequence[Path]) -> list[Facts | None]:
    """Return the remembered facts of each file; None for a new or changed one."""
    known: list[Facts | None] = []
    for start in range(0, len(paths), _TOGETHER):
        part = paths[start : start + _TOGETHER]
        remembered = _remembered(table, part)
        for path in part:
            row = remembered.get(_key(path))
            known.append(_to_facts(row) if row is not None and row[1:3] == _stamp(path) else None)
    return known


def _stamp(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError:  # a link that leads nowhere
        return (-1, -1)
    return (status.st_size, status.st_mtime_ns)


def _key(path: Path) -> bytes:
    """Return the absolute path as bytes: a relative path may mean another file tomorrow."""
    return os.fsencode(os.path.abspath(path))  # noqa: PTH100  (a million Paths)


def _remembered(table: sqlite3.Connection, paths: Sequence[Path]) -> dict[bytes, tuple[Any, ...]]:
    keys = [_key(path) for path in paths]
    rows = table.execute(f"SELECT {_COLUMNS} FROM files WHERE path IN ({','.join('?' * len(keys))})", keys)
    return {row[0]: row for row in rows if row[-1] == _checksum(row[:-1])}  # SQLite does not notice a flipped bit


def _checksum(row: tuple[object, ...]) -> int:
    return zlib.crc32(repr(row).encode())


def _remember(table: sqlite3.Connection, rows: Sequence[tuple[object, ...]]) -> None:
    if not rows:
        return
    table.execute("BEGIN IMMEDIATE")
    table.executemany(f"INSERT OR REPLACE INTO files ({_COLUMNS}) VALUES ({','.join('?' * 12)})", rows)
    table.execute("COMMIT")


_FOUND = ("mode", "format", "width", "height", "orientation", "frames", "profile")


def _to_row(path: Path, facts: Facts, found: Found) -> tuple[object, ...]:
    row = (_key(path), *facts.stamp, facts.sha256, *(getattr(found, name) for name in _FOUND))
    return (*row, _checksum(row))


def _to_facts(row: tuple[Any, ...]) -> Facts:
    _, size, changed, sha256, *seen, _ = row
    return Facts(sha256, Found(**dict(zip(_FOUND, seen, strict=True))), None, (size, changed))
