"""What is known of each file, remembered: a file with the same path, size and time of change is not read again."""

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from resnet_lab.data.decode import Found, inspect
from resnet_lab.errors import InputError, plain_message, printable

_FORMAT = 1  # of the table, and of what Facts mean: raise it when the decoder learns to read more
_TOGETHER = 10_000  # files asked for in one query
_TOO_FEW = 200  # new files for which starting processes takes longer than reading
_COLUMNS = "path, size, mtime_ns, sha256, mode, format, width, height, orientation, frames, problem"


class Facts(NamedTuple):
    """What reading a file whole has told; ``found`` is None if it cannot be decoded, and ``problem`` says why."""

    sha256: str
    found: Found | None
    problem: str | None


class FileIndex:
    """A table of :class:`Facts` by path in the cache folder.

    A change that leaves a file's size and time of change (in nanoseconds) as they were is missed; :meth:`facts` with
    ``reread`` misses nothing.

    Args:
        path: The SQLite file; it is made if it is missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def facts(self, paths: Sequence[Path], *, reread: bool = False) -> list[Facts]:
        """Return what is known of each file; what is new is read, on all cores, and remembered.

        Args:
            paths: Files that exist.
            reread: Read them all, whatever is remembered.
        """
        known: list[Facts | None] = []
        stamps: list[tuple[int, int]] = []
        with closing(self._open()) as table:
            for start in range(0, len(paths), _TOGETHER):
                part = paths[start : start + _TOGETHER]
                remembered = {} if reread else _remembered(table, part)
                for path in part:
                    stamp = _stamp(path)
                    row = remembered.get(os.fsencode(path))
                    known.append(_to_facts(row) if row is not None and row[1:3] == stamp else None)
                    stamps.append(stamp)
            new = [position for position, facts in enumerate(known) if facts is None]
            rows = []
            for position, facts in zip(new, read_all([paths[position] for position in new]), strict=True):
                known[position] = facts
                rows.append(_to_row(paths[position], stamps[position], facts))
                if len(rows) == _TOGETHER:
                    _remember(table, rows)
                    rows = []
            _remember(table, rows)
        return [facts for facts in known if facts is not None]

    def _open(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            table = sqlite3.connect(self.path, timeout=60)
            if table.execute("PRAGMA user_version").fetchone()[0] != _FORMAT:
                with table:
                    table.execute("DROP TABLE IF EXISTS files")
                    table.execute(f"CREATE TABLE files ({_COLUMNS.replace('path', 'path BLOB PRIMARY KEY', 1)})")
                    table.execute(f"PRAGMA user_version={_FORMAT}")
        except (OSError, sqlite3.Error) as error:
            raise InputError(
                f"The index of files {self.path} cannot be used ({error}); remove it, or choose another cache folder "
                "in $RESNET_LAB_CACHE."
            ) from error
        return table


def read_all(paths: Sequence[Path]) -> Iterator[Facts]:
    """Read files, on all cores if they are many; with a progress bar on a terminal."""
    bar: Callable[[Iterable[Facts]], Iterable[Facts]] = lambda facts: tqdm(  # noqa: E731
        facts, desc="reading new files", total=len(paths), unit=" files", delay=1, disable=None, leave=False
    )
    if len(paths) < _TOO_FEW:
        yield from bar(map(read_file, paths))
        return
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None) as pool:
        yield from bar(pool.map(read_file, paths, chunksize=32))


def read_file(path: Path) -> Facts:
    """Read a file whole: its sha256 and what the decoder says of it."""
    sha256 = ""
    try:
        if not path.is_file() and path.exists():  # opening a pipe would wait for ever
            return Facts(sha256, None, f"{printable(path)} is no regular file")
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return Facts(sha256, inspect(path), None)
    except InputError as error:
        return Facts(sha256, None, plain_message(error))
    except OSError as error:
        return Facts(sha256, None, f"{printable(path)} cannot be read ({error.strerror})")


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:  # a link that leads nowhere
        return (-1, -1)
    return (status.st_size, status.st_mtime_ns)


def _remembered(table: sqlite3.Connection, paths: Sequence[Path]) -> dict[bytes, tuple[object, ...]]:
    names = [os.fsencode(path) for path in paths]
    places = ",".join("?" * len(names))
    rows = table.execute(f"SELECT {_COLUMNS} FROM files WHERE path IN ({places})", names)
    return {row[0]: row for row in rows}


def _remember(table: sqlite3.Connection, rows: Iterable[tuple[object, ...]]) -> None:
    with table:
        table.executemany(f"INSERT OR REPLACE INTO files ({_COLUMNS}) VALUES ({','.join('?' * 11)})", rows)


def _to_row(path: Path, stamp: tuple[int, int], facts: Facts) -> tuple[object, ...]:
    found = facts.found
    seen = (None,) * 6 if found is None else tuple(getattr(found, name) for name in _FOUND)
    return (os.fsencode(path), *stamp, facts.sha256, *seen, facts.problem)


_FOUND = ("mode", "format", "width", "height", "orientation", "frames")


def _to_facts(row: tuple[object, ...]) -> Facts:
    sha256, *seen, problem = row[3:]
    found = None if seen[0] is None else Found(**dict(zip(_FOUND, seen, strict=True)))  # type: ignore[arg-type]
    return Facts(str(sha256), found, None if problem is None else str(problem))
