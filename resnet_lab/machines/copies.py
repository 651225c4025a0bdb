"""Copies of a run folder on another machine: the changes since the last look, in an order that survives a kill.

A copy that was broken off must look like a run that was killed. ``fit`` writes metrics first, then the checkpoints of
the last and the best epoch, then a state to resume from; ``finished`` in ``status.json`` comes after all results. A
copy is written in this order, too, and read in the reverse one: what is read later may be newer, and never older.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from resnet_lab.files import write_bytes

_RANKS = 4


@dataclass(frozen=True)
class Changes:
    """Changes of a folder.

    Attributes:
        files: Paths of new and changed files within the folder, in the order of writing, each with the number of its
            content.
        contents: Content by number. Links to one file share a content.
        gone: Paths of files that are gone.
    """

    files: tuple[tuple[str, int], ...] = ()
    contents: Mapping[int, bytes] = field(default_factory=dict)
    gone: tuple[str, ...] = ()


class ChangingFolder:
    """Folder whose changes since the last look are asked for again and again."""

    def __init__(self, path: Path, *, known: bool = False) -> None:
        """Watch a folder, which need not exist yet.

        Args:
            path: The folder.
            known: Whether what is there now is known already.
        """
        self.path = path
        self._seen: dict[str, tuple[int, int, int]] = {}
        if known:
            self.changes()

    def changes(self) -> Changes:
        """Return what has changed since the last call."""
        contents: dict[int, bytes] = {}
        found: dict[str, int] = {}
        there: set[str] = set()
        for rank in reversed(range(_RANKS)):  # the folder is listed anew for each rank, since it changes meanwhile
            for path in self._files(rank):
                there.add(path)
                if (number := self._read(path, contents)) is not None:
                    found[path] = number
        gone = tuple(sorted(self._seen.keys() - there))
        for path in gone:
            del self._seen[path]
        files = sorted(found.items(), key=lambda item: (_rank(item[0]), item[0]))
        return Changes(tuple(files), contents, gone)

    def _files(self, rank: int) -> list[str]:
        walk = os.walk(self.path)  # passes over folders that are removed meanwhile
        found = (Path(folder) / name for folder, _, names in walk for name in names)
        paths = (path.relative_to(self.path).as_posix() for path in found if path.is_file())  # a pipe would block
        return [path for path in paths if _rank(path) == rank and not _is_passing(path)]

    def _read(self, path: str, contents: dict[int, bytes]) -> int | None:
        """Read a file if it has changed. Return the number of its content."""
        try:
            with (self.path / path).open("rb") as file:
                status = os.fstat(file.fileno())
                signature = (status.st_ino, status.st_mtime_ns, status.st_size)
                if self._seen.get(path) == signature:
                    return None
                if status.st_ino not in contents:
                    contents[status.st_ino] = file.read()
        except FileNotFoundError:  # removed meanwhile
            return None
        self._seen[path] = signature
        return status.st_ino


def write_changes(folder: Path, changes: Changes) -> None:
    """Write the changes of another folder.

    Args:
        folder: The copy.
        changes: The changes since the copy was last written.

    Raises:
        OSError: A file cannot be written.
    """
    first: dict[int, Path] = {}
    for name, number in changes.files:
        path = folder / name
        if number in first:
            _link(first[number], path)
        else:
            write_bytes(path, changes.contents[number])
            first[number] = path
    for name in changes.gone:
        (folder / name).unlink(missing_ok=True)
        with suppress(OSError):  # not empty
            (folder / name).parent.rmdir()


def _link(path: Path, other: Path) -> None:
    temporary = other.with_name(f".{other.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    other.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path, temporary)
    except OSError:  # a file system without links
        write_bytes(other, path.read_bytes())
    else:
        temporary.replace(other)


def _rank(path: str) -> int:
    """Return the place of a file in the order of writing.

    >>> [_rank(path) for path in ("metrics.csv", "checkpoints/best.ckpt", "status.json", "checkpoints/resume/a.ckpt")]
    [0, 1, 2, 3]
    """
    parts = PurePosixPath(path).parts
    if parts[:2] == ("checkpoints", "resume"):
        return 3
    return {"checkpoints": 1, "status.json": 2}.get(parts[0], 0)


def _is_passing(path: str) -> bool:
    """Return whether a file is a lock, or is still being written."""
    name = PurePosixPath(path).name
    return name.startswith(".") or name.endswith(".tmp")
