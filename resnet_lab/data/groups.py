"""Groups of images that stay in one split: those of a manifest's column, and near-duplicates."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from resnet_lab.data.items import Item
from resnet_lab.data.layout import PlacedImage
from resnet_lab.data.near_duplicates import DISTANCE, near_duplicate_groups
from resnet_lab.data.rgb import DecodeRule
from resnet_lab.data.sources import cache_folder
from resnet_lab.errors import InputError, printable
from resnet_lab.files import read_json, write_json

if TYPE_CHECKING:
    from resnet_lab.data.image_hash import ImageHash

Groups = Literal["column", "near-duplicates"]
PlacedItems = Sequence[tuple[PlacedImage, Item]]
Linked = Mapping[str, str]
"""Maps the sha256 of a content to the name of its group; a content without an entry is alone."""
_FORMAT = 2  # raise it when the hash or the linking changes a group
_SHOWN = 5  # groups in a message


def groups_of(
    items: PlacedItems, groups: Groups | None, rule: DecodeRule, hashes: Mapping[str, ImageHash | str] | None = None
) -> Linked:
    """Return the group of each content that shares one with another content.

    Groups that have a content in common are one group. The name of a group is the smallest sha256 in it.

    Args:
        items: Usable images of a data set.
        groups: ``column``: the group that a manifest gives. ``near-duplicates``: images that ``data check`` finds to be
            alike (:mod:`resnet_lab.data.near_duplicates`), so no blank ones; the cache folder remembers them. None: no
            groups.
        rule: How images are decoded.
        hashes: Hash of each content, or the reason why there is none; None to hash the images that are not remembered.

    Raises:
        InputError: ``column`` without a manifest that has such a column.
    """
    if groups is None:
        return {}
    if groups == "column":
        named: dict[str, list[str]] = {}
        for placed, item in items:
            if placed.group:
                named.setdefault(placed.group, []).append(item.sha256)
        if not named:
            raise InputError(
                "data.groups: column needs a manifest with a column group, such as the patient, the plant or the day: "
                "add it, or name another column with --data.columns '{group: COLUMN}'."
            )
        return _linked(named.values())
    return _linked(_near_duplicates({item.sha256: item.path for _, item in items}, rule, hashes))


def groups_in_two_splits(items: PlacedItems, linked: Linked, given: Iterable[str]) -> list[dict[str, tuple[Path, str]]]:
    """Return one image with its label per split, of each group that the data set itself has put into two splits.

    Args:
        items: Usable images of a data set.
        linked: Their groups.
        given: Splits that the data set gives. Images that are still to be split count as train.
    """
    apart = {*given} - {"train"}
    homes: dict[str, dict[str, tuple[Path, str]]] = {}
    for placed, item in items:
        split = placed.split if placed.split in apart else "train"
        if item.sha256 in linked:
            homes.setdefault(linked[item.sha256], {}).setdefault(str(split), (item.path, item.label))
    return [home for _, home in sorted(homes.items()) if len(home) > 1]


def refuse_groups_in_two_splits(items: PlacedItems, linked: Linked, given: Iterable[str]) -> None:
    """Refuse groups that the data set itself has put into two splits.

    Args:
        items: Usable images of a data set.
        linked: Their groups.
        given: Splits that the data set gives.

    Raises:
        InputError: A group has images in two splits, or in a given split and among the images that are still to be
            split.
    """
    torn = groups_in_two_splits(items, linked, given)
    if torn:
        shown = "\n  ".join(
            " and ".join(f"{printable(path)} ({split})" for split, (path, _) in home.items()) for home in torn[:_SHOWN]
        )
        more = f"\n  and {len(torn) - _SHOWN:,} more" if len(torn) > _SHOWN else ""
        number = "1 group of images lies" if len(torn) == 1 else f"{len(torn):,} groups of images lie"
        raise InputError(
            f"{number} in two splits of the data set:\n  {shown}{more}\n"
            "Move each group to one split, or leave data.groups out; data.allow_leaks accepts them anyway."
        )


def refuse_groups_too_large(splits: Mapping[str, Sequence[Item]], linked: Linked, given: Iterable[str]) -> None:
    """Refuse groups that leave a class without training images, or a split without images.

    Args:
        splits: The images of each split.
        linked: The groups.
        given: Splits that the data set gives.

    Raises:
        InputError: There is such a class or split, because each group goes to one split.
    """
    sizes = Counter(linked[item.sha256] for part in splits.values() for item in part if item.sha256 in linked)
    if not splits["train"] or max(sizes.values(), default=0) < 2:
        return
    carved = [split for split in ("val", "test") if split not in given]
    trained = {item.label for item in splits["train"]}
    lost = sorted({item.label for split in carved for item in splits[split]} - trained)
    empty = [split for split in carved if not splits[split]]
    if lost or empty:
        whole = sum(map(len, splits.values()))
        what = f"class {printable(lost[0])} without training images" if lost else f"the {empty[0]} split without images"
        raise InputError(
            f"data.groups leaves {what}: each group goes to one split, and the largest has {max(sizes.values()):,} of "
            f"{whole:,} images. Give more or smaller groups, or other folds with data.fold, or leave data.groups out."
        )


def classes_not_scored(splits: Mapping[str, Sequence[Item]], linked: Linked) -> list[str]:
    """Return what to remark if classes have no images to be scored on, because their groups are too large.

    Args:
        splits: The images of each split.
        linked: The groups.
    """
    if not linked:
        return []
    trained = {item.label for item in splits["train"]}
    lost = {split: sorted(trained - {item.label for item in splits[split]}) for split in ("val", "test")}
    return [
        f"the {split} split has no image of {printable(', '.join(names))}: each group goes to one split"
        for split, names in lost.items()
        if names
    ]


def _linked(groups: Iterable[Sequence[str]]) -> Linked:
    """Return the name of each content's group, from groups that may overlap."""
    from scipy.cluster.hierarchy import DisjointSet  # takes time to import

    joined = DisjointSet()
    for first, *others in groups:
        joined.add(first)
        for other in others:
            joined.add(other)
            joined.merge(first, other)
    return {content: min(group) for group in joined.subsets() if len(group) > 1 for content in group}


def _near_duplicates(
    paths: Mapping[str, Path], rule: DecodeRule, hashes: Mapping[str, ImageHash | str] | None
) -> list[list[str]]:
    contents = sorted(paths)
    libraries = [version(name) for name in ("imagehash", "pillow", "scipy")]
    head = json.dumps([_FORMAT, DISTANCE, *libraries, rule.background, rule.value_range, rule.color])
    name = hashlib.sha256("\n".join([head, *contents]).encode()).hexdigest()[:32]
    with suppress(OSError, InputError, LookupError, TypeError):  # no cache folder, no such file, or a damaged one
        return [[str(content) for content in group] for group in read_json(_memory(name))["groups"]]
    from resnet_lab.data.image_hash import BLANK_BELOW, hash_images  # imagehash takes time to import

    if hashes is None:
        hashes = dict(zip(contents, hash_images([paths[content] for content in contents], rule), strict=True))
    usable = [
        (content, found.hash)
        for content in contents
        # the hash of a blank image is noise
        if not isinstance(found := hashes[content], str) and found.contrast >= BLANK_BELOW
    ]
    bits = np.frombuffer(b"".join(bits for _, bits in usable), dtype=np.uint8).reshape(len(usable), -1)
    groups = [[usable[position][0] for position in group] for group in near_duplicate_groups(bits)]
    with suppress(OSError, InputError):  # the groups are then found again next time
        write_json(_memory(name), {"groups": groups})
    return groups


def _memory(name: str) -> Path:
    return cache_folder() / "groups" / f"{name}.json"
