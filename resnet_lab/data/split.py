"""Which image is for training, which for validation, which is held out: decided by content alone."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

SPLITS = ("train", "val", "test")


class Item(NamedTuple):
    """One image file with its class and the sha256 of its content."""

    path: Path
    label: str
    sha256: str


def content_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def split_by_content(items: Iterable[Item]) -> dict[str, list[Item]]:
    """Split images 70/15/15 into train, val and test within each class, by the rank of their content's sha256.

    Equal contents are one unit and stay together. The result depends on the contents and classes alone: not on a
    seed, on names, or on the order of ``items``.

    >>> items = [Item(Path(str(i)), "cell", f"{i:064x}") for i in range(20)]
    >>> {split: len(part) for split, part in split_by_content(items).items()}
    {'train': 14, 'val': 3, 'test': 3}
    """
    units: dict[str, dict[str, list[Item]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        units[item.label][item.sha256].append(item)
    splits: dict[str, list[Item]] = {split: [] for split in SPLITS}
    for by_content in units.values():
        ranked = sorted(by_content)
        # Rounded half up, in integers.
        train_end, val_end = (70 * len(ranked) + 50) // 100, (85 * len(ranked) + 50) // 100
        for split, part in zip(SPLITS, (ranked[:train_end], ranked[train_end:val_end], ranked[val_end:]), strict=True):
            splits[split].extend(item for sha256 in part for item in by_content[sha256])
    return splits


def equal_contents(splits: dict[str, list[Item]]) -> list[list[Item]]:
    """Return the groups of images with equal content that carry two labels or stand in two splits."""
    homes: dict[str, set[tuple[str, str]]] = defaultdict(set)
    groups: dict[str, list[Item]] = defaultdict(list)
    for split, items in splits.items():
        for item in items:
            homes[item.sha256].add((split, item.label))
            groups[item.sha256].append(item)
    return [groups[sha256] for sha256 in sorted(homes) if len(homes[sha256]) > 1]


def fingerprint(splits: dict[str, list[Item]]) -> str:
    """Return one sha256 for a data set: over the sorted lines ``content sha256, class name, split``.

    Two runs with equal fingerprints were trained and scored on the same images with the same labels.
    """
    lines = sorted(f"{item.sha256}\t{item.label}\t{split}\n" for split, items in splits.items() for item in items)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
