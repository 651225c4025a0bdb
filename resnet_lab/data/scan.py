"""Scan of a folder: every file below it once, through links, with any file name."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from resnet_lab.data.decode import EXTENSIONS
from resnet_lab.data.system_files import is_left_out
from resnet_lab.errors import InputError, printable


@dataclass
class Scan:
    """Files and folders below a folder, as sorted relative paths.

    Attributes:
        root: The folder.
        images: Files with the ending of an image.
        others: Files with any other ending.
        folders: All folders.
        left_out: Files and folders of systems and programs, and hidden ones (:mod:`resnet_lab.data.system_files`).
    """

    root: Path
    images: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def scan(root: Path) -> Scan:
    """List the files below ``root``.

    Links to folders are followed: several links to one folder only once, and links to a parent folder never. Files and
    folders of systems and programs, and hidden ones, are left out with all that lies below them.

    Raises:
        InputError: Folders cannot be listed. The message names all of them.
    """
    found = Scan(root)
    unreadable: list[str] = []
    linked: set[tuple[int, int]] = set()  # folders that were entered through a link
    to_enter: list[tuple[str, bool, frozenset[tuple[int, int]]]] = [("", False, frozenset())]
    while to_enter:
        folder, by_link, above = to_enter.pop()
        path = root / folder
        try:
            status = path.stat()
            identity = (status.st_dev, status.st_ino)
            if identity in above or (by_link and identity in linked):
                continue
            linked |= {identity} if by_link else set()
            with os.scandir(path) as entries:
                for entry in sorted(entries, key=lambda entry: entry.name, reverse=True):
                    name = f"{folder}/{entry.name}" if folder else entry.name
                    if is_left_out(entry.name):
                        found.left_out.append(name)
                    elif _is_folder(entry):
                        to_enter.append((name, entry.is_symlink(), above | {identity}))
                        found.folders.append(name)
                    elif os.path.splitext(entry.name)[1].lower() in EXTENSIONS:  # noqa: PTH122  (a million Paths)
                        found.images.append(name)
                    else:
                        found.others.append(name)
        except OSError as error:
            unreadable.append(f"{printable(path)} ({error.strerror})")
    if unreadable:
        raise InputError(f"These folders cannot be listed: {', '.join(sorted(unreadable))}. Change their permissions.")
    for names in (found.images, found.others, found.folders, found.left_out):
        names.sort()
    return found


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False
