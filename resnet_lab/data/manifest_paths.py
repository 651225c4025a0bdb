"""Paths in a manifest: from the words in a cell to a file, as other systems and people write paths."""

import os
import stat
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import unquote

from resnet_lab.data.decode import EXTENSIONS

_FOLDERS_SEARCHED, _DEPTH_SEARCHED = 50, 6  # for a hint


class FoundFile(NamedTuple):
    """A file that a manifest lists.

    Attributes:
        path: The file.
        inside: Path below the folder of the images; None for a file that lies elsewhere.
        identity: The same text for every path that leads to the file through links to folders.
    """

    path: Path
    inside: str | None
    identity: str


class ManifestPaths:
    """Paths relative to one folder, absolute paths, addresses of files, and paths of Windows.

    Args:
        folder: Folder from which relative paths start.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._base = os.fspath(folder)
        self._real = lru_cache(10_000)(os.path.realpath)  # of folders

    def find(self, written: str) -> FoundFile | None:
        """Return the file that a cell names; None if there is none. The cell is first taken to the letter."""
        for reading in readings(written):
            if reading and os.path.isfile(os.path.join(self._base, reading)):  # noqa: PTH113, PTH118  (a million Paths)
                return self._found(reading)
        return None

    def problem(self, written: str) -> str:
        """Return the reason why a cell names no file."""
        *_, reading = readings(written)
        if not reading:
            return "has no path"
        if "://" in reading:
            return "is an address: download the image, and write the path of its file"
        try:
            mode = (self.folder / reading).stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return "is no file"
        except OSError as error:
            return f"is no file ({error.strerror})"
        except ValueError:  # a zero byte
            return "is no file"
        return "is no file (it is a folder)" if stat.S_ISDIR(mode) else "is no regular file"

    def meant(self, written: str) -> tuple[Path, str] | None:
        """Return the file that was probably meant, as folder and path in it; None if none of a similar path is found.

        It is searched in the folder and in the folders in it, with fewer folders in the path, with the ending of an
        image, and without regard to case.
        """
        *_, reading = readings(written)
        parts = [part for part in reading.split("/") if part not in ("", ".", "..")]
        tails = ["/".join(parts[-count:]) for count in range(min(len(parts), _DEPTH_SEARCHED), 0, -1)]
        for folder in (self.folder, *self._folders()):
            for tail in tails:
                for ending in ("", *EXTENSIONS):
                    if os.path.isfile(folder / f"{tail}{ending}"):  # noqa: PTH113  (False for a path that is too long)
                        return folder, f"{tail}{ending}"
        if parts and (name := _in_other_case(self.folder.joinpath(*parts))):
            return self.folder, "/".join([*parts[:-1], name])
        return None

    def _folders(self) -> list[Path]:
        try:
            with os.scandir(self.folder) as entries:
                return sorted(
                    Path(entry.path) for entry in islice(filter(os.DirEntry.is_dir, entries), _FOLDERS_SEARCHED)
                )
        except OSError:
            return []

    def _found(self, reading: str) -> FoundFile:
        path = os.path.join(self._base, reading)  # noqa: PTH118
        parent, name = os.path.split(path)
        true_parent = self._real(parent)
        absolute = os.path.isabs(reading)  # noqa: PTH117
        inside: str | None = os.path.relpath(reading, self._base) if absolute else os.path.normpath(reading)
        if os.pardir in (*reading.split("/"), *str(inside).split("/")):  # a link may stand before the dots
            true_base = self._real(self._base)
            is_inside = os.path.commonpath([true_base, true_parent]) == true_base
            inside = os.path.relpath(os.path.join(true_parent, name), true_base) if is_inside else None  # noqa: PTH118
        identity = f"{true_parent}/{name}"
        return FoundFile(Path(identity) if inside is None else self.folder / inside, inside, identity)


def readings(written: str) -> Iterator[str]:
    r"""Yield the paths that a cell may mean: first the text itself, then with less and less taken to the letter.

    >>> list(dict.fromkeys(readings(r" sub\a.png ")))
    [' sub\\a.png ', 'sub\\a.png', 'sub/a.png']
    """
    yield written
    path = written.strip()
    if path.lower().startswith("file://"):
        path = unquote("/" + path.split("/", 3)[-1])  # without the name of the machine
    for text in (path, os.path.expanduser(path), os.path.expanduser(path.replace("\\", "/"))):  # noqa: PTH111
        yield normalize("NFC", text)
        yield normalize("NFD", text)
        yield text


def _in_other_case(path: Path) -> str | None:
    """Return the name of a file beside ``path`` that differs in case only."""
    try:
        names = os.listdir(path.parent)  # noqa: PTH208
    except (OSError, ValueError):
        return None
    return next((name for name in names if name.casefold() == path.name.casefold()), None)
