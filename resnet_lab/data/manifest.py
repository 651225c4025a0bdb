"""Manifest of a data set: a table with the path, the label and, optionally, the split of each image."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import yaml

from resnet_lab.data.decode import EXTENSIONS
from resnet_lab.data.layout import SPLIT_NAMES, Layout, PlacedImage
from resnet_lab.data.manifest_paths import FoundFile, ManifestPaths
from resnet_lab.data.system_files import is_system_file
from resnet_lab.data.table import Row, Table, plain, read_table
from resnet_lab.errors import InputError, as_utf8, printable
from resnet_lab.files import expand_home
from resnet_lab.program import quoted
from resnet_lab.suggestions import nearest

ENDINGS = (".csv", ".tsv", ".txt", ".tab", ".xlsx", ".xls", ".ods")
"""Endings of files that are read as a manifest; a workbook is then refused by its content."""
_MEANINGS = ("path", "label", "split", "group")
_OPTIONAL = ("split", "group")
_LIKE_LABEL = ("label", "class", "target", "category", "species")
_SHOWN = 120  # characters of a path in a message


@dataclass(frozen=True)
class ManifestRule:
    """Choices in reading a manifest that the manifest itself does not make.

    Attributes:
        columns: Name of the column that has the ``path``, the ``label``, the ``split`` or the ``group``; without an
            entry, these words are the names. Case and blanks around a name do not count.
        images_root: Folder from which relative paths start; None: the folder of the manifest.

    Raises:
        InputError: ``columns`` has an unknown key, or two keys with one column.
    """

    columns: Mapping[str, str] | None = None
    images_root: str | None = None

    def __post_init__(self) -> None:
        columns = self.columns or {}
        unknown = [str(key) for key in columns if key not in _MEANINGS]
        if unknown and {str(name) for name in columns.values()} <= set(_MEANINGS):
            turned = _as_yaml({meaning: str(name) for name, meaning in columns.items()})
            raise InputError(f"data.columns has the names of columns on the right: write {printable(turned)}.")
        if unknown:
            raise InputError(
                f"data.columns has the key {printable(unknown[0])}; it says which column has the path, the label, "
                "the split and the group: {path: COLUMN, label: COLUMN, split: COLUMN, group: COLUMN}."
            )
        names = [self.name_of(meaning) for meaning in _MEANINGS if meaning not in _OPTIONAL or meaning in columns]
        if len({plain(name) for name in names}) < len(names):
            raise InputError(f"data.columns gives two meanings to one column: {printable(_as_yaml(columns))}.")

    def name_of(self, meaning: str) -> str:
        """Return the name of the column that has the path, the label, the split or the group."""
        return (self.columns or {}).get(meaning, meaning)


DEFAULT_RULE = ManifestRule()


class _Entry(NamedTuple):
    """A row: its line, its path as written, its label, split and group, and what is wrong with it."""

    line: int
    path: str
    label: str
    split: str
    group: str
    problem: str | None


def read_manifest(path: Path, rule: ManifestRule = DEFAULT_RULE) -> Layout:
    """Read a manifest. Its images may lie anywhere.

    The root of the layout is the folder from which relative paths start, or, if an image lies outside it, the folder
    that all images have in common.

    Args:
        path: The file.
        rule: Names of the columns, and folder of the images.

    Raises:
        InputError: Columns are missing, or rows cannot be used: an empty label, an unknown split, or a path that is
            listed twice or does not exist. The message names every such line.
    """
    images = ManifestPaths(_images_folder(path, rule))
    table = read_table(path, [rule.name_of(meaning) for meaning in _MEANINGS])
    first = next(table.rows, None)
    columns = _columns(path, table, rule, images, first)
    like_splits = _LikeSplits(table, columns)
    rows = chain([first] if first else [], table.rows)
    entries = [_entry(like_splits.seen(row), table, columns) for row in rows]
    has_splits = any(entry.split for entry in entries)
    listed: list[tuple[FoundFile, _Entry]] = []
    problems: list[str] = []
    lost: _Entry | None = None
    seen: dict[str, str] = {}
    for entry in entries:
        found = None
        problem = entry.problem or _problem(entry, has_splits)
        if problem is None and (found := images.find(entry.path)) is None:
            problem, lost = images.problem(entry.path), lost or entry
        problem = _problem_of_name(found.inside or entry.path if found else entry.path) or problem
        if found is not None and found.identity in seen:
            problem = f"is listed twice, as {_shown(seen[found.identity])} too"
        if problem is not None:
            problems.append(" ".join(part for part in (f"line {entry.line}:", _shown(entry.path), problem) if part))
        elif found is not None:
            seen[found.identity] = found.inside or entry.path
            listed.append((found, entry))
    if problems:
        hints = _hints(images, lost, table)
        raise InputError("\n  ".join([f"The manifest {printable(path)} cannot be used:", *problems]) + hints)
    if not listed:
        raise InputError(f"The manifest {printable(path)} lists no images.")
    root, paths = _at_home(images.folder, [found for found, _ in listed])
    placed = [
        PlacedImage(image, as_utf8(entry.label), SPLIT_NAMES[entry.split.lower()] if has_splits else None, entry.group)
        for image, (_, entry) in zip(paths, listed, strict=True)
    ]
    given = frozenset(item.split for item in placed if item.split is not None)
    return Layout(root, placed, given, like_splits=like_splits.name)


class _LikeSplits:
    """Columns that hold nothing but names of splits, in a manifest whose splits are not read."""

    def __init__(self, table: Table, columns: Mapping[str, int]) -> None:
        unread = () if "split" in columns else range(len(table.columns))
        taken = {at for meaning, at in columns.items() if meaning != "group"}
        self._names = table.columns
        self._splits: dict[int, set[str]] = {at: set() for at in unread if at not in taken}

    def seen(self, row: Row) -> Row:
        """Take a row into account, and return it."""
        for at in list(self._splits):
            if word := row.cells[at].strip().lower():
                if word in SPLIT_NAMES:
                    self._splits[at].add(SPLIT_NAMES[word])
                else:
                    del self._splits[at]
        return row

    @property
    def name(self) -> str:
        """Name of the first such column that tells training from other images; empty if there is none."""
        found = (at for at, splits in self._splits.items() if "train" in splits and len(splits) > 1)
        return next((self._names[at].strip() for at in found), "")


def _images_folder(path: Path, rule: ManifestRule) -> Path:
    """Return the folder from which relative paths start."""
    if rule.images_root is None:
        return path.parent
    folder = expand_home(rule.images_root)
    if not os.path.isdir(folder):  # noqa: PTH112  (False for a path that is too long)
        raise InputError(
            f"data.images_root {_shown(rule.images_root)} is no folder; it is where the relative paths of a manifest "
            "start."
        )
    return folder


def _columns(path: Path, table: Table, rule: ManifestRule, images: ManifestPaths, first: Row | None) -> dict[str, int]:
    """Return the position of the columns that have path, label and, if there is one, split."""
    names = table.columns
    positions: dict[str, int] = {}
    missing = []
    for meaning in _MEANINGS:
        name = rule.name_of(meaning)
        fitting = [at for at, other in enumerate(names) if other.strip() == name.strip()]
        fitting = fitting or [at for at, other in enumerate(names) if plain(other) == plain(name)]
        if len(fitting) > 1:
            raise InputError(f"The manifest {printable(path)} names a column twice: {printable(', '.join(names))}.")
        if fitting and fitting[0] not in positions.values():
            positions[meaning] = fitting[0]
        elif meaning not in _OPTIONAL or meaning in (rule.columns or {}):
            missing.append(name)
    if not missing:
        return positions
    expected = [rule.name_of(meaning) for meaning in _MEANINGS]
    said = (
        f"The manifest {printable(path)} has no column {printable(' and no column '.join(missing))}; its first line "
        f"names the columns: {printable(', '.join(expected[:2]))} and, if you like, {printable(expected[2])}."
    )
    if any(images.find(name) for name in names):
        raise InputError(f"{said} Its first line is an image: write the line {','.join(_MEANINGS[:2])} above it.")
    if len(named := [name.strip() for name in names if name.strip()]) < 2:
        raise InputError(
            f"{said} It has {printable(', '.join(named)) or 'no names'}. Save it as CSV, with commas or semicolons "
            "between the columns."
        )
    option = f"--data.columns {quoted(_as_yaml(_guess(names, positions, first, images)))}"
    raise InputError(f"{said} It has {printable(', '.join(named))}. Say which is which: {printable(option)}")


def _guess(
    names: Sequence[str], positions: Mapping[str, int], first: Row | None, images: ManifestPaths
) -> dict[str, str]:
    """Return ``data.columns`` as the user probably means it."""
    named = [at for at, name in enumerate(names) if name.strip()]
    cells = first.cells if first else [""] * len(names)
    is_image = [at for at in named if images.find(cells[at]) or Path(cells[at].strip()).suffix.lower() in EXTENSIONS]
    path = positions.get("path", next(iter(is_image), None))
    others = [at for at in named if at != path and at != positions.get("split")]
    similar = [near for word in _LIKE_LABEL if (near := nearest(word, [plain(names[at]) for at in others], 0.7))]
    label = next((at for at in others if plain(names[at]) in similar[:1]), others[0] if len(others) == 1 else None)
    label = positions.get("label", label)
    guessed = {"path": path, "label": label}
    return {key: "COLUMN" if at is None else names[at].strip() for key, at in guessed.items()}


def _entry(row: Row, table: Table, columns: Mapping[str, int]) -> _Entry:
    """Return a row as an entry."""
    problem = None
    if row.extra:
        fields, width = len(table.columns) + row.extra, len(table.columns)
        problem = f"has {fields} fields, and there are {width} columns: a {table.delimiter} in a cell needs quotes"
    label, split, group = (row.cells[columns[key]].strip() if key in columns else "" for key in _MEANINGS[1:])
    return _Entry(row.line, row.cells[columns["path"]], label, split, group, problem)


def _problem(entry: _Entry, has_splits: bool) -> str | None:
    """Return the problem of a row, apart from its path."""
    if not entry.label:
        return "has no label"
    if "\n" in entry.label or "\n" in entry.split:
        return "has a line break in its label or split: a quote is not closed"
    if has_splits and not entry.split:
        return "has no split, and other rows have one"
    if has_splits and entry.split.lower() not in SPLIT_NAMES:
        return f"has split {printable(entry.split)!r}; known are {', '.join(SPLIT_NAMES)}"
    return None


def _problem_of_name(path: str) -> str | None:
    """Return the problem of a path that systems and programs use for files of their own."""
    if system := next((part for part in re.split(r"[/\\]", path) if is_system_file(part)), None):
        return f"is no photograph of the data set: {printable(system)} belongs to a system or program; remove the line"
    return None


def _hints(images: ManifestPaths, lost: _Entry | None, table: Table) -> str:
    """Return what may help if a file was not found, as further lines of a message."""
    if lost is None:
        return ""
    said = ""
    if (meant := images.meant(lost.path)) is not None:
        folder, name = meant
        said = f"\nLine {lost.line} may mean {printable(folder / name)}."
        if folder != images.folder:
            option = f"--data.images_root {quoted(str(folder))}"
            said += f" If all paths start in this folder, give {option}"
    if not table.is_unicode:
        said += "\nThe manifest is not UTF-8. In Excel, save it as CSV UTF-8."
    return said


def _at_home(base: Path, listed: Sequence[FoundFile]) -> tuple[Path, list[Path]]:
    """Return the root of a data set, and its files as paths below it."""
    if all(found.inside is not None for found in listed):
        return base, [found.path for found in listed]
    paths = [found.path.absolute() for found in listed]
    return Path(os.path.commonpath([path.parent for path in paths])), paths


def _shown(name: str) -> str:
    """Return a path for a message; the middle of a very long one is left out."""
    text = printable(name)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN // 2]}...{text[-_SHOWN // 2 :]}"


def _as_yaml(columns: Mapping[str, str]) -> str:
    """Return ``data.columns`` as it is written in a config or after its option."""
    return str(
        yaml.safe_dump(dict(columns), default_flow_style=True, sort_keys=False, allow_unicode=True, width=9999)
    ).strip()
