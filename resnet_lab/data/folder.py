"""Image folder: classes and splits of a data set, with every file read once."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from resnet_lab.data.class_list import class_list, in_one_form
from resnet_lab.data.doubts import doubts_about
from resnet_lab.data.elsewhere import LAYOUTS
from resnet_lab.data.groups import (
    Groups,
    Linked,
    classes_not_scored,
    groups_of,
    refuse_groups_in_two_splits,
    refuse_groups_too_large,
)
from resnet_lab.data.index import Facts, FileIndex
from resnet_lab.data.items import Item, Items
from resnet_lab.data.layout import Layout, PlacedImage, layout_of
from resnet_lab.data.manifest import DEFAULT_RULE, ENDINGS, ManifestRule, read_manifest
from resnet_lab.data.rgb import DecodeRule, refusal
from resnet_lab.data.scan import scan
from resnet_lab.data.split import SPLITS, Fold, equal_contents, fingerprint, split_by_content
from resnet_lab.errors import InputError, printable
from resnet_lab.program import command_line

OnBadImage = Literal["error", "skip"]


@dataclass(frozen=True)
class ImageFolder:
    """Classes of a data set and the images of each split.

    Images of a split are sorted by class and content, so that equal fingerprints also mean equal positions.

    Attributes:
        root: Folder of the data set.
        classes: Class names in the order of their indices.
        splits: Images of ``train``, ``val`` and ``test``.
        fingerprint: sha256 over content, class and split of all images.
        passed_over: Files that were not taken as images of the set: unknown ending, or outside the class folders.
        skipped: Images left out because they cannot be used, each with the reason.
        leaks: Number of contents in two splits or under two labels, if that was allowed.
        doubts: What the layout probably is not meant to be, as sentences without a full stop.
    """

    root: Path
    classes: tuple[str, ...]
    splits: dict[str, Items]
    fingerprint: str
    passed_over: tuple[Path, ...] = ()
    skipped: tuple[str, ...] = ()
    leaks: int = 0
    doubts: tuple[str, ...] = ()

    @property
    def sizes(self) -> dict[str, int]:
        """Number of images in each split."""
        return {split: len(items) for split, items in self.splits.items()}

    @property
    def class_counts(self) -> dict[str, list[int]]:
        """Number of images of each class in each split, ``(K,)``."""
        counts = {split: Counter(self.labels(split)) for split in self.splits}
        return {split: [of[k] for k in range(len(self.classes))] for split, of in counts.items()}

    def part(self, split: str) -> Items:
        """Return the images of a split.

        Raises:
            InputError: It has none.
        """
        if not self.splits[split]:
            raise InputError(f"data.root {printable(self.root)} has no {split} split: add one, or score another split.")
        return self.splits[split]

    def labels(self, split: str) -> list[int]:
        """Return the class index of each image of a split, ``(N,)``."""
        return self.splits[split].class_indices(self.classes).tolist()


def find_layout(
    root: Path,
    *,
    allow_empty_classes: bool = False,
    manifest: ManifestRule = DEFAULT_RULE,
    known: Sequence[str] = (),
) -> Layout:
    """Find the images of a data set with their classes and given splits, without reading them.

    Args:
        root: A folder, or a manifest.
        allow_empty_classes: Accept class folders without images.
        manifest: How a manifest is read.
        known: Class names of a network that is scored.

    Raises:
        InputError: The folder or manifest does not exist or cannot be used, or a folder has a rule of manifests.
    """
    if root.suffix.lower() in ENDINGS and os.path.isfile(root):  # noqa: PTH113  (False for a name that is too long)
        return in_one_form(read_manifest(root, manifest), known)
    if not os.path.isdir(root):  # noqa: PTH112
        found = "is not a folder" if os.path.exists(root) else "does not exist"  # noqa: PTH110
        raise InputError(f"data.root {printable(root)} {found}. {LAYOUTS}; builtin:elpv is the built-in example.")
    if manifest != DEFAULT_RULE:
        raise InputError(
            f"data.columns and data.images_root are for a manifest, and data.root {printable(root)} is a folder: leave "
            "them out, or set them to null."
        )
    return in_one_form(layout_of(scan(root), allow_empty_classes=allow_empty_classes), known)


def read_image_folder(
    root: Path,
    *,
    rule: DecodeRule | None = None,
    on_bad_image: OnBadImage = "error",
    allow_leaks: bool = False,
    fold: Fold | None = None,
    index: FileIndex | None = None,
    manifest: ManifestRule = DEFAULT_RULE,
    known: Sequence[str] = (),
    groups: Groups | None = None,
) -> ImageFolder:
    """Read a data set: find its images, read each file once, and assign classes and splits.

    Missing splits are carved out of the training split by content (:func:`split_by_content`). Class indices follow the
    sorted class names of the training split.

    Args:
        root: A folder, or a manifest.
        rule: How images are decoded.
        on_bad_image: ``error`` refuses images that cannot be used, ``skip`` leaves them out.
        allow_leaks: Accept equal content in two splits or under two labels.
        fold: The fold that is held out.
        index: Remembers the facts of files; by default the index in the cache folder.
        manifest: How a manifest is read.
        known: Class names of a network that is scored, in the order of their indices. Names in another Unicode form are
            these. A data set without a training split has these classes.
        groups: Images that stay together in a split (:func:`~resnet_lab.data.groups.groups_of`).

    Raises:
        InputError: No such folder, no images, images that cannot be used, an empty class, fewer than two classes, a
            class that the training split does not know, a split without images, leaks, a fold of a data set that
            gives its own test split, no training split and no known classes, or groups in two given splits
            or too large for the splits.
    """
    layout = find_layout(root, manifest=manifest, known=known)
    refuse_fold_of_given_test(layout, fold)
    facts = (index or FileIndex()).facts([placed.path for placed in layout.placed])
    items, skipped = _usable(layout.placed, facts, rule or DecodeRule(), on_bad_image, root)
    _refuse_lost_classes(layout.placed, items, root)
    # Images to score a network on are not split, and need not have the groups that it was trained with.
    linked = groups_of(items, groups if layout.has_training else None, rule or DecodeRule())
    if not allow_leaks:
        refuse_groups_in_two_splits(items, linked, layout.given)
    splits = settle_splits(items, layout.given, fold, linked)
    refuse_groups_too_large(splits, linked, layout.given)
    classes = class_list(root, layout, splits, known)
    leaks = equal_contents(splits)
    if leaks and not allow_leaks:
        shown = "\n  ".join(" = ".join(printable(item.path) for item in group) for group in leaks)
        raise InputError(
            f"data.root {printable(root)} has {len(leaks)} images with equal content under two classes or in two "
            f"splits:\n  {shown}\nKeep one of each, or scores mean nothing; data.allow_leaks accepts them anyway."
        )
    ordered = {
        split: Items(sorted(part, key=lambda item: (item.label, item.sha256, item.path)))
        for split, part in splits.items()
    }
    return ImageFolder(
        layout.root,
        classes,
        ordered,
        fingerprint(splits),
        passed_over=layout.passed_over,
        skipped=tuple(skipped),
        leaks=len(leaks),
        doubts=(*(doubt.says for doubt in doubts_about(layout, groups)), *classes_not_scored(splits, linked)),
    )


def refuse_fold_of_given_test(layout: Layout, fold: Fold | None) -> None:
    """Refuse to hold out a fold of a data set that gives its own test split: its images would never be trained on.

    Raises:
        InputError: There is a fold, and the layout gives a test split.
    """
    if fold is not None and "test" in layout.given:
        raise InputError(
            f"data.fold {fold.number}/{fold.total} holds out images of the training split, but "
            f"{printable(layout.root)} gives its own test split. Leave data.fold out, or move the images of the test "
            "split to train."
        )


def settle_splits(
    items: Sequence[tuple[PlacedImage, Item]],
    given: frozenset[str],
    fold: Fold | None = None,
    linked: Linked | None = None,
) -> dict[str, list[Item]]:
    """Return the images of each split: given splits as they are, missing ones carved out of train by content."""
    splits = {split: [item for placed, item in items if placed.split == split] for split in SPLITS}
    unsplit = [item for placed, item in items if placed.split in (None, "train")]
    carved = split_by_content(unsplit, given - {"train"}, fold, linked)
    return {split: splits[split] if split in given - {"train"} else carved[split] for split in SPLITS}


def problem_of(path: Path, known: Facts, rule: DecodeRule) -> str | None:
    """Return the reason why an image cannot be used, with the name of the file; None if it can be used."""
    if known.found is not None and (reason := refusal(known.found.mode, rule)):
        return f"{printable(path)} {reason}"
    return known.problem


def _usable(
    placed: Sequence[PlacedImage], facts: Sequence[Facts], rule: DecodeRule, on_bad_image: OnBadImage, root: Path
) -> tuple[list[tuple[PlacedImage, Item]], list[str]]:
    """Return the images that can be used, and the reason for each of the others."""
    items, bad = [], []
    for place, known in zip(placed, facts, strict=True):
        problem = problem_of(place.path, known, rule)
        if problem is None:
            width, height = (known.found.width, known.found.height) if known.found else (0, 0)
            items.append((place, Item(place.path, place.label, known.sha256, width, height, known.stamp)))
        else:
            bad.append(problem)
    if bad and on_bad_image == "error":
        shown = "\n  ".join(bad)
        raise InputError(
            f"{len(bad)} of {len(placed):,} images cannot be used:\n  {shown}\n"
            "Repair or remove them, or leave them out of both arms with data.on_bad_image: skip; "
            f"{command_line('data', 'check', '--data.root', root)} lists all findings."
        )
    return items, bad


def _refuse_lost_classes(placed: Sequence[PlacedImage], items: Sequence[tuple[PlacedImage, Item]], root: Path) -> None:
    """Refuse a data set that lost a whole class to skipped images: class indices would shift silently."""
    for_training = {place.label for place in placed if place.split in (None, "train")}
    if lost := sorted(for_training - {place.label for place, _ in items if place.split in (None, "train")}):
        raise InputError(
            f"data.root {printable(root)} has classes without a usable image: {', '.join(lost)}. Repair or remove them."
        )
