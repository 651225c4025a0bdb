"""Index of files in SQLite: a file with the same path, size and modification time is not read again."""

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock
from tqdm import tqdm

from resnet_lab.data.decode import Found, inspect
from resnet_lab.errors import InputError, plain_message, printable

_FORMAT = 2  # version of the table and of the meaning of Facts
_TOGETHER = 10_000  # files per query
_TOO_FEW = 200  # with fewer new files, starting processes takes longer than reading
_COLUMNS = "path, size, mtime_ns, sha256, mode, format, width, height, orientation, frames"


class Facts(NamedTuple):
    """Facts about a file that was read completely.

    Attributes:
        sha256: sha256 of the content, in hexadecimal; empty if the file cannot be read.
        found: Properties of the image; None if it cannot be decoded.
        problem: The reason why it cannot be decoded; None if it can.
    """

    sha256: str
    found: Found | None
    problem: str | None


class FileIndex:
    """Table of :class:`Facts` by path.

    A change that keeps a file's size and modification time (in nanoseconds) is missed, except by :meth:`facts` with
    ``reread``. Only files that can be used are remembered: the cause of a problem may lie outside the file.

    Args:
        path: The SQLite file. It is created if it is missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def facts(self, paths: Sequence[Path], *, reread: bool = False) -> list[Facts]:
        """Return the facts of each file. New files are read on all cores, and remembered if the table can be written.

        Args:
            paths: Existing files.
            reread: Read all files, remembered or not.

        Raises:
            InputError: The table exists and cannot be used.
        """
        try:
            return self._facts(paths, reread=reread)
        except sqlite3.Error as error:
            if str(error) == "unable to open database file":  # the folder cannot be written: read without a table
                return list(read_all(paths))
            raise self._unusable(error) from error

    def _facts(self, paths: Sequence[Path], *, reread: bool) -> list[Facts]:
        with closing(self._open()) as table:
            known, stamps = _look_up(table, paths, reread=reread)
            if None in known:
                with self._one_reader():
                    if not reread:  # another process may have read them meanwhile
                        known, stamps = _look_up(table, paths)
                    _read_the_rest(table, paths, known, stamps)
        return [facts for facts in known if facts is not None]

    @contextmanager
    def _one_reader(self) -> Iterator[None]:
        """Let one process read at a time, since processes that start together need the same files."""
        lock = FileLock(self.path.with_suffix(".lock"))
        with suppress(OSError, NotImplementedError):  # without locks both processes read
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def _open(self) -> sqlite3.Connection:
        with suppress(OSError):  # opening the table then fails, too
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

    def _unusable(self, error: Exception) -> InputError:
        return InputError(
            f"The index of files {self.path} cannot be used ({error}); remove it, make room, or choose another cache "
            "folder in $RESNET_LAB_CACHE."
        )


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
    sha256 = ""
    try:
        if not path.is_file() and path.exists():  # opening a pipe would wait forever
            return Facts(sha256, None, f"{printable(path)} is no regular file")
        sha256 = content_sha256(path)
        return Facts(sha256, inspect(path), None)
    except InputError as error:
        return Facts(sha256, None, plain_message(error))
    except OSError as error:
        return Facts(sha256, None, f"{printable(path)} cannot be read ({error.strerror})")


def content_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _look_up(
    table: sqlite3.Connection, paths: Sequence[Path], *, reread: bool = False
) -> tuple[list[Facts | None], list[tuple[int, int]]]:
    """Return the remembered facts of each file (None for a new one), and its size and modification time."""
    known: list[Facts | None] = []
    stamps: list[tuple[int, int]] = []
    for start in range(0, len(paths), _TOGETHER):
        part = paths[start : start + _TOGETHER]
        remembered = {} if reread else _remembered(table, part)
        for path in part:
            stamp = _stamp(path)
            row = remembered.get(_key(path))
            known.append(_to_facts(row) if row is not None and row[1:3] == stamp else None)
            stamps.append(stamp)
    return known, stamps


def _read_the_rest(
    table: sqlite3.Connection, paths: Sequence[Path], known: list[Facts | None], stamps: Sequence[tuple[int, int]]
) -> None:
    """Read the files without known facts and remember them."""
    new = [position for position, facts in enumerate(known) if facts is None]
    rows = []
    for position, facts in zip(new, read_all([paths[position] for position in new]), strict=True):
        known[position] = facts
        if facts.found is not None:
            rows.append(_to_row(paths[position], stamps[position], facts.sha256, facts.found))
        if len(rows) == _TOGETHER:
            _remember(table, rows)
            rows = []
    _remember(table, rows)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:  # a link that leads nowhere
        return (-1, -1)
    return (status.st_size, status.st_mtime_ns)


def _key(path: Path) -> bytes:
    """Return the absolute path as bytes: a relative path may mean another file tomorrow."""
    return os.fsencode(os.path.abspath(path))  # noqa: PTH100  (a million Paths)


def _remembered(table: sqlite3.Connection, paths: Sequence[Path]) -> dict[bytes, tuple[object, ...]]:
    keys = [_key(path) for path in paths]
    rows = table.execute(f"SELECT {_COLUMNS} FROM files WHERE path IN ({','.join('?' * len(keys))})", keys)
    return {row[0]: row for row in rows}


def _remember(table: sqlite3.Connection, rows: Sequence[tuple[object, ...]]) -> None:
    if not rows:
        return
    table.execute("BEGIN IMMEDIATE")
    table.executemany(f"INSERT OR REPLACE INTO files ({_COLUMNS}) VALUES ({','.join('?' * 10)})", rows)
    table.execute("COMMIT")


_FOUND = ("mode", "format", "width", "height", "orientation", "frames")


def _to_row(path: Path, stamp: tuple[int, int], sha256: str, found: Found) -> tuple[object, ...]:
    return (_key(path), *stamp, sha256, *(getattr(found, name) for name in _FOUND))


def _to_facts(row: tuple[object, ...]) -> Facts:
    sha256, *seen = row[3:]
    return Facts(str(sha256), Found(**dict(zip(_FOUND, seen, strict=True))), None)  # type: ignore[arg-type]
