"""Split of images into train, val and test by their content alone, and fingerprint of a data set."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from resnet_lab.data.items import Item

SPLITS = ("train", "val", "test")
_SHARES = {"train": 70, "val": 15, "test": 15}  # percent


def split_by_content(items: Iterable[Item], given: Collection[str] = ()) -> dict[str, list[Item]]:
    """Split images 70/15/15 into train, val and test within each class, by the rank of the sha256 of their content.

    Images with equal content stay together. The result depends on contents and classes alone: not on a seed, on names,
    or on the order of ``items``.

    Args:
        items: The images to split.
        given: Splits that exist already. They get no images, and their share stays with train.

    >>> from pathlib import Path
    >>> items = [Item(Path(str(i)), "cell", f"{i:064x}") for i in range(20)]
    >>> {split: len(part) for split, part in split_by_content(items).items()}
    {'train': 14, 'val': 3, 'test': 3}
    """
    units: dict[str, dict[str, list[Item]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        units[item.label][item.sha256].append(item)
    shares = {split: 0 if split in given else share for split, share in _SHARES.items()}
    shares["train"] += 100 - sum(shares.values())
    splits: dict[str, list[Item]] = {split: [] for split in SPLITS}
    for by_content in units.values():
        ranked = sorted(by_content)
        start = upto = 0
        for split in SPLITS:
            upto += shares[split]
            end = (upto * len(ranked) + 50) // 100  # rounded half up, in integers
            splits[split].extend(item for sha256 in ranked[start:end] for item in by_content[sha256])
            start = end
    return splits


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
