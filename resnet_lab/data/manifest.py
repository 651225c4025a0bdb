"""A table of images: a CSV or TSV file with the columns path and label, and split if the splits are given."""

import csv
import io
import os.path
from pathlib import Path

from resnet_lab.data.layout import SPLIT_NAMES, Layout, Placed
from resnet_lab.errors import InputError, printable

ENDINGS = (".csv", ".tsv")


def read_manifest(path: Path) -> Layout:
    """Read a manifest; its paths are relative to the folder it lies in, and stay within that folder.

    Raises:
        InputError: Columns are missing, or rows cannot be used: an empty label, an unknown split, a path that is
            listed twice, that does not exist or that leads out of the folder. Each kind names its lines.
    """
    root = path.parent
    try:
        text = path.read_bytes().decode("utf-8-sig", errors="surrogateescape")  # file names need not be UTF-8
    except OSError as error:
        raise InputError(f"The manifest {printable(path)} cannot be read ({error.strerror}).") from error
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t" if path.suffix.lower() == ".tsv" else ",")
    missing = [column for column in ("path", "label") if column not in (table.fieldnames or ())]
    if missing:
        raise InputError(
            f"The manifest {printable(path)} has no column {' and no column '.join(missing)}; its first line names "
            f"the columns: path, label and, if you like, split. It has {printable(', '.join(table.fieldnames or ()))}."
        )
    placed: list[Placed] = []
    problems: list[str] = []
    seen: set[str] = set()
    has_splits = "split" in (table.fieldnames or ())
    for row in table:
        name, label, split = (row.get(column) or "" for column in ("path", "label", "split"))
        relative = os.path.relpath(name, root) if os.path.isabs(name) else os.path.normpath(name)  # noqa: PTH117
        if problem := _problem(root, relative, label, split if has_splits else None, seen):
            problems.append(f"line {table.line_num}: {printable(name)} {problem}")
            continue
        seen.add(relative)
        placed.append(Placed(root / relative, printable(label), SPLIT_NAMES[split.lower()] if has_splits else None))
    if problems:
        more = f" ... and {len(problems) - 10} more" if len(problems) > 10 else ""
        raise InputError(f"The manifest {printable(path)} cannot be used: {'; '.join(problems[:10])}{more}.")
    if not placed:
        raise InputError(f"The manifest {printable(path)} lists no images.")
    given = frozenset(item.split for item in placed if item.split is not None)
    if given and "train" not in given:
        raise InputError(f"The manifest {printable(path)} has splits, but no row with split train.")
    return Layout(root, placed, given)


def _problem(root: Path, relative: str, label: str, split: str | None, seen: set[str]) -> str | None:
    if relative in (".", "") or relative.startswith(".."):
        return "leads out of the manifest's folder" if relative.startswith("..") else "is no file"
    if relative in seen:
        return "is listed twice"
    if not label.strip():
        return "has no label"
    if split is not None and split.lower() not in SPLIT_NAMES:
        return f"has split {printable(split)!r}; known are {', '.join(SPLIT_NAMES)}"
    return None if (root / relative).is_file() else "is no file"
