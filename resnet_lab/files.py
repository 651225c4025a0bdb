"""JSON, CSV, text and binary files: written whole or not at all, read if they are regular files of a sane size."""

import csv
import gzip
import io
import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from resnet_lab.errors import InputError

LARGEST = 64_000_000
"""Bytes that a JSON file may have, unless its reader expects more. A ``status.json`` has 3,000."""
_LARGEST_TABLE = 1_000_000_000
_LONGEST_LINE = 10_000_000
_DEEPEST = 50
_MOST_GROUPS = 1_000_000
_KINDS = {stat.S_IFDIR: "folder", stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket"}


def expand_home(name: str) -> Path:
    """Return a path with ``~`` or ``~user`` at its start replaced by the home folder.

    Raises:
        InputError: There is no such home folder.
    """
    try:
        return Path(name).expanduser()
    except RuntimeError as error:
        raise InputError(f"{name} begins with a home folder that is not known: write the path in full.") from error


@contextmanager
def opened(path: Path, largest: int | None = None) -> Iterator[io.BufferedReader]:
    """Open a regular file for reading. Nothing else is opened: a pipe would wait for a writer, and a device never ends.

    Args:
        path: The file, or a link to it.
        largest: Bytes that it may have; None for any number.

    Raises:
        InputError: The path is a folder, pipe, socket or device, or the file is larger.
        OSError: There is no such file, or it cannot be read.
    """
    _refuse_special(path, path.stat(), largest)
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        _refuse_special(path, os.fstat(descriptor), largest)  # it may have been replaced in between
        file = os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise
    with file:
        yield file


def _refuse_special(path: Path, found: os.stat_result, largest: int | None) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "device")
        raise InputError(f"{path} is a {kind}, and a file is needed: put the file there, or name another one.")
    if largest is not None and found.st_size > largest:
        raise InputError(f"{path} has {found.st_size:,} bytes; a file of its kind has at most {largest:,}. Replace it.")


def read_text(path: Path, largest: int = LARGEST) -> str:
    """Return the content of a UTF-8 text file.

    Args:
        path: The file.
        largest: Bytes that it may have.

    Raises:
        InputError: The path is no regular file, or the file is larger.
        UnicodeDecodeError: It is not UTF-8.
        OSError: There is no such file, or it cannot be read.
    """
    with opened(path, largest) as file, io.TextIOWrapper(file, encoding="utf-8") as text:
        return text.read()


def read_bytes(path: Path, largest: int = LARGEST) -> bytes:
    """Return the content of a file.

    Args:
        path: The file.
        largest: Bytes that it may have.

    Raises:
        InputError: The path is no regular file, or the file is larger.
        OSError: There is no such file, or it cannot be read.
    """
    with opened(path, largest) as file:
        return file.read()


def read_json(path: Path, largest: int = LARGEST) -> dict[str, Any]:
    """Read a JSON object.

    Args:
        path: The file.
        largest: Bytes that it may have.

    Raises:
        InputError: The file is damaged, larger, no regular file, no JSON object, or too deep; or it says a key twice.
        OSError: There is no such file, or it cannot be read.
    """
    return parse_json(read_bytes(path, largest), path)


def parse_json(encoded: bytes, path: Path) -> dict[str, Any]:
    """Return the JSON object in the content of a file.

    Args:
        encoded: The content.
        path: The file, for the message.

    Raises:
        InputError: The content is damaged, no JSON object, or too deep; or it says a key twice.
    """
    try:
        text = encoded.decode()
        if text.count("[") + text.count("{") > _MOST_GROUPS:
            raise ValueError(f"it holds more than {_MOST_GROUPS:,} lists and objects")
        content: dict[str, Any] = json.loads(text, object_pairs_hook=_without_repeated_keys)
    except (ValueError, RecursionError) as error:
        said = "it is nested too deep" if isinstance(error, RecursionError) else error
        raise InputError(f"{path} is damaged ({said}).") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} is damaged or foreign: it holds no JSON object.")
    if _is_deep(content):
        raise InputError(f"{path} is damaged or foreign: it is nested more than {_DEEPEST} levels deep.")
    return content


def _without_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)} stands twice in one object")
    return found


def _is_deep(content: Any) -> bool:
    level = [content]
    for _ in range(_DEEPEST):
        inside = [value for group in level for value in (group.values() if isinstance(group, dict) else group)]
        level = [value for value in inside if isinstance(value, dict | list)]
        if not level:
            return False
    return True


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON object, whole or not at all."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def read_csv(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file by column; no rows if there is no file.

    Raises:
        InputError: The path is no regular file, or is no CSV file of a sane size.
    """
    return list(csv_rows(path, _LARGEST_TABLE)) if path.exists() else []


def csv_rows(path: Path, largest: int | None = None) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file by column; a file that ends in ``.gz`` is unpacked.

    Args:
        path: The file.
        largest: Bytes that it may have; None for any number.

    Raises:
        InputError: The path is no regular file, is larger, has a line without an end, or is no CSV file.
        OSError: There is no such file, or it cannot be read.
    """
    with opened(path, largest) as file, gzip.open(file) if path.suffix == ".gz" else file as plain:
        text = io.TextIOWrapper(plain, encoding="utf-8", newline="")
        try:
            yield from csv.DictReader(_lines(text, path))
        except csv.Error as error:
            raise InputError(f"{path} is damaged ({error}).") from error


def _lines(text: io.TextIOWrapper, path: Path) -> Iterator[str]:
    while line := text.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise InputError(f"{path} is damaged: a line has {_LONGEST_LINE:,} characters or more.")
        yield line


def write_csv(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows under a header, whole or not at all. A missing value is left empty."""
    write_text(path, csv_text(columns, rows))


def csv_text(columns: Iterable[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Return rows under a header as CSV. A missing value is left empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file, whole or not at all."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all: a reader never sees half of it.

    Raises:
        OSError: The file cannot be written. The error names it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        error.filename = str(path)  # the error of a full disk has no name
        raise
