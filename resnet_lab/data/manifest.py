"""Manifest of a data set: a CSV or TSV file with the columns path, label and, optionally, split."""

import csv
import io
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from resnet_lab.data.layout import SPLIT_NAMES, Layout, PlacedImage
from resnet_lab.data.system_files import is_system_file
from resnet_lab.errors import InputError, as_utf8, printable

ENDINGS = (".csv", ".tsv")


def read_manifest(path: Path) -> Layout:
    """Read a manifest. Its paths are relative to its folder and must stay within that folder.

    Raises:
        InputError: Columns are missing, or rows cannot be used: an empty label, an unknown split, or a path that is
            listed twice, does not exist or leads out of the folder. The message names every such line.
    """
    root = path.parent
    rows = _rows(path)
    _, columns = next(rows, (1, []))
    missing = [column for column in ("path", "label") if column not in columns]
    if missing:
        raise InputError(
            f"The manifest {printable(path)} has no column {' and no column '.join(missing)}; its first line names "
            f"the columns: path, label and, if you like, split. It has {printable(', '.join(columns))}. Save it as "
            "UTF-8 with commas between the columns, or with tabs as .tsv."
        )
    if len(set(columns)) < len(columns):
        raise InputError(f"The manifest {printable(path)} names a column twice: {printable(', '.join(columns))}.")
    placed: list[PlacedImage] = []
    problems: list[str] = []
    seen: dict[str, str] = {}
    for line, fields in rows:
        row = dict(zip(columns, fields, strict=False))
        name, label, split = row.get("path", ""), row.get("label", "").strip(), row.get("split")
        relative = os.path.relpath(name, root) if os.path.isabs(name) else os.path.normpath(name)  # noqa: PTH117
        if len(fields) != len(columns):
            problem: str | None = (
                f"has {len(fields)} fields, and there are {len(columns)} columns: a comma needs quotes"
            )
        else:
            problem = _problem(root, relative, label, split, seen)
        if problem:
            problems.append(f"line {line}: {printable(name)} {problem}")
        else:
            placed.append(PlacedImage(root / relative, as_utf8(label), SPLIT_NAMES[split.lower()] if split else None))
    if problems:
        listed = "\n  ".join(problems)
        raise InputError(f"The manifest {printable(path)} cannot be used:\n  {listed}")
    if not placed:
        raise InputError(f"The manifest {printable(path)} lists no images.")
    given = frozenset(item.split for item in placed if item.split is not None)
    if given and "train" not in given:
        raise InputError(f"The manifest {printable(path)} has splits, but no row with split train.")
    return Layout(root, placed, given)


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the fields of each row with the number of its last line. Empty lines are left out."""
    try:
        text = path.read_bytes().decode("utf-8-sig", errors="surrogateescape")  # file names need not be UTF-8
    except OSError as error:
        raise InputError(f"The manifest {printable(path)} cannot be read ({error.strerror}).") from error
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for fields in table:
            if any(fields):
                yield table.line_num, fields
    except csv.Error as error:
        raise InputError(
            f"The manifest {printable(path)} has a stray quote at or before line {table.line_num} ({error}); a quote "
            'within quotes is written twice ("").'
        ) from error


def _problem(root: Path, relative: str, label: str, split: str | None, seen: dict[str, str]) -> str | None:
    """Return the problem of a row. A row without one is added to ``seen`` under the real path of its file."""
    if Path(relative).parts[:1] == (os.pardir,):
        return "leads out of the manifest's folder"
    if system := next((part for part in Path(relative).parts if is_system_file(part)), None):
        return f"is no photograph of the data set: {printable(system)} belongs to a system or program; remove the line"
    if not label:
        return "has no label"
    if "\n" in label or "\n" in (split or ""):
        return "has a line break in its label or split: a quote is not closed"
    if split is not None and split.lower() not in SPLIT_NAMES:
        return f"has split {printable(split)!r}; known are {', '.join(SPLIT_NAMES)}"
    if not (root / relative).is_file():
        return "is no file"
    parent, name = os.path.split(relative)
    true_parent = _true_folder(str(root), parent)
    if true_parent is None:
        return "leads out of the manifest's folder, by a link"
    true = f"{true_parent}/{name}"
    if true in seen:
        return f"is listed twice, as {printable(seen[true])} too"
    seen[true] = relative
    return None


@lru_cache(maxsize=10_000)
def _true_folder(root: str, folder: str) -> str | None:
    """Return the real path of a folder; None if it lies outside ``root``."""
    true_root, true = os.path.realpath(root), os.path.realpath(os.path.join(root, folder))  # noqa: PTH118
    return true if os.path.commonpath([true_root, true]) == true_root else None
