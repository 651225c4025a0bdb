"""Doubts about a layout: what a fit accepts, and what is probably not what the user thinks it is."""

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from resnet_lab.data.layout import SPLIT_NAMES, Layout, split_meant
from resnet_lab.data.names import alike, difference
from resnet_lab.errors import as_utf8, printable
from resnet_lab.program import quoted

_OTHER_ROLES = frozenset(
    {
        *("mask", "masks", "label", "labels", "annotation", "annotations", "gt", "ground_truth", "groundtruth"),
        *(
            "segmentation",
            "segmentations",
            "depth",
            "thumb",
            "thumbs",
            "thumbnail",
            "thumbnails",
            "preview",
            "previews",
        ),
        *("aug", "augmented", "augmentation", "augmentations"),
    }
)
"""Names of folders whose images are not the photographs of a class, but were made from them."""


class Doubt(NamedTuple):
    """One kind of doubt.

    Attributes:
        name: Name in the report of ``data check``.
        says: The doubt, as a sentence without a full stop. A fit prints it.
        entries: What was found, in detail.
        advice: What to do.
        finding: Whether it needs a repair, or is a remark.
    """

    name: str
    says: str
    entries: tuple[str, ...]
    advice: str
    finding: bool = True


def doubts_about(layout: Layout, groups: str | None = None) -> list[Doubt]:
    """Return the doubts about the names of the classes, the folders in them, and the columns of a manifest.

    Args:
        layout: Images of a data set.
        groups: ``data.groups``.
    """
    found = [
        _alike_classes(layout),
        _forms(layout),
        _named_like_splits(layout),
        _column_like_splits(layout),
        _column_of_groups(layout, groups),
        _root_is_a_split(layout),
        _inner_folders(layout.inner, _images_of(layout)),
    ]
    return [doubt for doubt in found if doubt is not None]


def _images_of(layout: Layout) -> dict[str, int]:
    images: dict[str, int] = {}
    for image in layout.placed:
        images[image.label] = images.get(image.label, 0) + 1
    return images


def _alike_classes(layout: Layout) -> Doubt | None:
    groups = alike(image.label for image in layout.placed)
    if not groups:
        return None
    pairs = tuple(
        f"{group[0]!r} and {other!r} differ in {difference(group[0], other)}" for group in groups for other in group[1:]
    )
    return Doubt(
        "alike_classes",
        f"{_some(len(pairs), 'pair')} of classes with the same name but for case or blanks: {pairs[0]}",
        pairs,
        "If they are one class, give them one name.",
    )


def _forms(layout: Layout) -> Doubt | None:
    if not layout.merged:
        return None
    classes = _some(len(layout.merged), "class", "classes")
    return Doubt(
        "unicode_forms",
        f"{classes} with a name in two Unicode forms (NFC, NFD), taken as one: {printable(', '.join(layout.merged))}",
        tuple(map(printable, layout.merged)),
        "Some programs take the two forms for two names: give them one.",
        finding=False,
    )


def _named_like_splits(layout: Layout) -> Doubt | None:
    """Return the doubt about classes such as seg_train and seg_test, or trainA and testA."""
    if layout.given:
        return None
    by_rest: dict[str, dict[str, str]] = {}
    for label in {image.label for image in layout.placed}:
        words = re.split(r"([\W_]+|(?<=[a-z])(?=[A-Z0-9]))", label)
        meant = [SPLIT_NAMES.get(word.lower()) for word in words]
        if len(splits := [split for split in meant if split]) == 1:
            rest = "".join("*" if split else word for word, split in zip(words, meant, strict=True))
            by_rest.setdefault(rest, {})[splits[0]] = label
    like = sorted(
        label for splits in by_rest.values() if "train" in splits and len(splits) > 1 for label in splits.values()
    )
    if not like:
        return None
    return Doubt(
        "named_like_splits",
        f"classes named like splits: {printable(', '.join(like))}",
        tuple(map(printable, like)),
        "If they are splits, call them train/, val/ and test/, with one folder per class in each.",
    )


def _column_like_splits(layout: Layout) -> Doubt | None:
    """Return the doubt about a column of a manifest that holds train and test, and is not called split."""
    if not layout.like_splits:
        return None
    name, option = printable(layout.like_splits), quoted(f"{{split: {layout.like_splits}}}")
    return Doubt(
        "column_like_splits",
        f"the column {name} of the manifest names splits and is not read, so all images are split anew",
        (f"column {name}",),
        f"To take its splits, name it: --data.columns {printable(option)}, or call the column split.",
    )


def _column_of_groups(layout: Layout, groups: str | None) -> Doubt | None:
    """Return the doubt about a manifest whose groups are not kept together."""
    number = len({image.group for image in layout.placed if image.group})
    if groups == "column" or not number or {"val", "test"} <= layout.given:
        return None
    return Doubt(
        "column_of_groups",
        f"the manifest has {_some(number, 'group')}, and images of one group can fall into different splits",
        (_some(number, "group"),),
        "To keep each group in one split, give --data.groups column.",
    )


def _root_is_a_split(layout: Layout) -> Doubt | None:
    """Return the doubt about a split folder that is given as a whole data set, and so split anew."""
    here = layout.root.absolute()
    if layout.given or split_meant(here.name) is None:
        return None
    image = layout.placed[0]
    if as_utf8(image.path.relative_to(layout.root).parts[0]) != image.label:  # a manifest, which lies in this folder
        return None
    name = printable(here.name)
    return Doubt(
        "root_is_a_split",
        f"{name}/ is taken as a whole data set and split into train, val and test",
        (f"{len(layout.placed):,} images",),
        f"To take it as the split, give the folder above it: --data.root {quoted(str(here.parent))}",
        finding=False,
    )


def _inner_folders(inner: Mapping[str, Mapping[str, int]], images: Mapping[str, int]) -> Doubt | None:
    """Return the doubt about folders that repeat in the classes, such as images/ and masks/ or train/ and val/.

    A folder that holds all images of all classes is none. Folders that only some classes have are one if their name is
    that of a split or of another role.
    """
    if len(images) < 2:
        return None
    counts: dict[str, dict[str, int]] = {}
    for label, folders in inner.items():
        for folder, number in folders.items():
            counts.setdefault(unicodedata.normalize("NFC", folder).lower(), {})[label] = number
    repeated = {
        folder: by_class
        for folder, by_class in counts.items()
        if by_class != images and (len(by_class) == len(images) or (len(by_class) > 1 and _has_another_role(folder)))
    }
    if not repeated:
        return None
    same_in_all = len(repeated) > 1 and all(len(by_class) == len(images) for by_class in counts.values())
    names = sorted(repeated)
    shown = ", ".join(f"{printable(name)}/" for name in names[:4]) + (", ..." if len(names) > 4 else "")
    return Doubt(
        "inner_folders",
        f"{_some(len(names), 'folder')} in several classes, whose images are all taken: {shown}",
        tuple(
            f"{printable(name)}/: {sum(repeated[name].values()):,} images of {len(repeated[name]):,} classes"
            for name in names
        ),
        "If they are splits, put them above the classes (ROOT/train/CLASS). If they are masks or thumbnails, move them "
        "out of the data set. If they are the classes, give the folder above them, or a manifest.",
        finding=same_in_all or any(map(_has_another_role, names)),
    )


def _has_another_role(folder: str) -> bool:
    return folder in SPLIT_NAMES or folder in _OTHER_ROLES


def _some(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
