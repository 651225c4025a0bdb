"""Split of images into train, val and test by their content alone, and fingerprint of a data set."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from resnet_lab.data.items import Item
from resnet_lab.errors import InputError, printable

SPLITS = ("train", "val", "test")
_SHARE = 15  # percent of a class for val, and as much for test


class Fold(NamedTuple):
    """One fold of several: the images that a run holds out. Over all folds, every image is held out once.

    Attributes:
        number: Number of the fold, from 1 to ``total``.
        total: Number of folds.
    """

    number: int
    total: int


def parse_fold(text: str | None) -> Fold | None:
    """Return the fold that ``data.fold`` names; None without one.

    Raises:
        InputError: The text is no fold.

    >>> parse_fold("2/5")
    Fold(number=2, total=5)
    """
    if text is None:
        return None
    if match := re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text):
        fold = Fold(int(match[1]), int(match[2]))
        if fold.total >= 2 and 1 <= fold.number <= fold.total:
            return fold
    raise InputError(
        f"data.fold {printable(text)} is no fold: write i/k, where k is the number of folds, from 2, and i goes from 1 "
        "to k, such as 2/5. Or leave data.fold out: 15% of each class are then held out."
    )


class _Unit(NamedTuple):
    """Images that stay together: their rank, the number of their contents, and themselves."""

    rank: str
    size: int
    items: list[Item]


def split_by_content(
    items: Iterable[Item],
    given: Collection[str] = (),
    fold: Fold | None = None,
    linked: Mapping[str, str] | None = None,
) -> dict[str, list[Item]]:
    """Split images 70/15/15 into train, val and test within each class, by the rank of the sha256 of their content.

    Images with equal content stay together, and so do the contents of a group. A group has the rank of its smallest
    sha256 and counts to the class of most of its images; it goes where the middle of it falls. The result depends on
    contents, classes and groups alone: not on a seed, on names, or on the order of ``items``.

    Args:
        items: The images to split.
        given: Splits that exist already. They get no images, and their share stays with train.
        fold: Holds out another part of each class: of its images by rank, the part ``number`` of ``total`` equal parts.
            The ranking is then turned in a circle until it ends with the held-out part. The 15% of the class that
            stand before this part are val, and the rest is train.
        linked: Name of the group of each content that has one.

    >>> from pathlib import Path
    >>> items = [Item(Path(str(i)), "cell", f"{i:064x}") for i in range(20)]
    >>> {split: len(part) for split, part in split_by_content(items).items()}
    {'train': 14, 'val': 3, 'test': 3}
    """
    together: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for item in items:
        group = (linked or {}).get(item.sha256)
        together[(item.label, item.sha256) if group is None else ("", group)].append(item)
    by_class: dict[str, list[_Unit]] = defaultdict(list)
    for (label, _), part in together.items():
        counts = Counter(item.label for item in part)
        contents = {(item.label, item.sha256) for item in part}
        unit = _Unit(min(item.sha256 for item in part), len(contents), part)
        by_class[label or min(counts, key=lambda name: (-counts[name], name))].append(unit)
    splits: dict[str, list[Item]] = {split: [] for split in SPLITS}
    for units in by_class.values():
        for split, chosen in _parts(sorted(units), given, fold).items():
            splits[split].extend(item for unit in chosen for item in unit.items)
    return splits


def _parts(ranked: Sequence[_Unit], given: Collection[str], fold: Fold | None) -> dict[str, list[_Unit]]:
    """Return the units of train, val and test of one class, from its ranking."""
    count = sum(unit.size for unit in ranked)
    val, test = (0 if split in given else _SHARE for split in ("val", "test"))
    if fold is None:
        train_end, val_end = _rounded((100 - val - test) * count, 100), _rounded((100 - test) * count, 100)
        train, rest = _cut(ranked, train_end)
        return {"train": train, **dict(zip(("val", "test"), _cut(rest, val_end - _size(train)), strict=True))}
    start, end = (_rounded(part * count, fold.total) for part in (fold.number - 1, fold.number))
    before, _ = _cut(ranked, start)
    until, after = _cut(ranked, end)
    rotated = [*after, *before]
    held_out = until[len(before) :]
    others, in_val = _cut(rotated, _size(rotated) - _rounded(val * count, 100))
    return {"train": others, "val": in_val, "test": held_out}


def _cut(units: Sequence[_Unit], place: int) -> tuple[list[_Unit], list[_Unit]]:
    """Return the units before and after a place, counted in contents; the middle of a unit decides."""
    ends = accumulate(unit.size for unit in units)
    before = sum(2 * end - unit.size <= 2 * place for unit, end in zip(units, ends, strict=True))
    return [*units[:before]], [*units[before:]]


def _size(units: Iterable[_Unit]) -> int:
    return sum(unit.size for unit in units)


def _rounded(numerator: int, denominator: int) -> int:
    """Return a quotient, rounded half up, in integers."""
    return (2 * numerator + denominator) // (2 * denominator)


def equal_contents(splits: Mapping[str, Sequence[Item]]) -> list[list[Item]]:
    """Return the groups of images with equal content that have two labels or are in two splits."""
    homes: dict[str, set[tuple[str, str]]] = defaultdict(set)
    groups: dict[str, list[Item]] = defaultdict(list)
    for split, items in splits.items():
        for item in items:
            homes[item.sha256].add((split, item.label))
            groups[item.sha256].append(item)
    return [groups[sha256] for sha256 in sorted(homes) if len(homes[sha256]) > 1]


def fingerprint(splits: Mapping[str, Sequence[Item]]) -> str:
    """Return the sha256 of a data set, over the sorted lines ``content sha256, class name, split``.

    Two runs with equal fingerprints were trained and scored on the same images with the same labels.
    """
    lines = sorted(f"{item.sha256}\t{item.label}\t{split}\n" for split, items in splits.items() for item in items)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
