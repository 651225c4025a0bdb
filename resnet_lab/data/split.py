"""Split of images into train, val and test by their content alone, and fingerprint of a data set."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
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


def split_by_content(
    items: Iterable[Item], given: Collection[str] = (), fold: Fold | None = None
) -> dict[str, list[Item]]:
    """Split images 70/15/15 into train, val and test within each class, by the rank of the sha256 of their content.

    Images with equal content stay together. The result depends on contents and classes alone: not on a seed, on names,
    or on the order of ``items``.

    Args:
        items: The images to split.
        given: Splits that exist already. They get no images, and their share stays with train.
        fold: Holds out another part of each class: of its images by rank, the part ``number`` of ``total`` equal parts.
            The ranking is then turned in a circle until it ends with the held-out part. The 15% of the class that
            stand before this part are val, and the rest is train.

    >>> from pathlib import Path
    >>> items = [Item(Path(str(i)), "cell", f"{i:064x}") for i in range(20)]
    >>> {split: len(part) for split, part in split_by_content(items).items()}
    {'train': 14, 'val': 3, 'test': 3}
    """
    units: dict[str, dict[str, list[Item]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        units[item.label][item.sha256].append(item)
    splits: dict[str, list[Item]] = {split: [] for split in SPLITS}
    for by_content in units.values():
        for split, part in _parts(sorted(by_content), given, fold).items():
            splits[split].extend(item for sha256 in part for item in by_content[sha256])
    return splits


def _parts(ranked: Sequence[str], given: Collection[str], fold: Fold | None) -> dict[str, Sequence[str]]:
    """Return the contents of train, val and test of one class, from its ranking."""
    count = len(ranked)
    val, test = (0 if split in given else _SHARE for split in ("val", "test"))
    if fold is None:
        train_end, val_end = _rounded((100 - val - test) * count, 100), _rounded((100 - test) * count, 100)
    else:
        start, end = (_rounded(part * count, fold.total) for part in (fold.number - 1, fold.number))
        ranked = [*ranked[end:], *ranked[:end]]
        val_end = count - (end - start)
        train_end = val_end - _rounded(val * count, 100)
    return {"train": ranked[:train_end], "val": ranked[train_end:val_end], "test": ranked[val_end:]}


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
