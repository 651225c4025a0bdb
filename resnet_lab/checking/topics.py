"""Topics of a data set check: one per kind of finding or note."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from resnet_lab.checking.report import Entry, File, Topic
from resnet_lab.data.decode import EXTENSIONS, Found, wrong_ending
from resnet_lab.data.doubts import doubts_about
from resnet_lab.data.image_hash import BLANK_BELOW, ImageHash
from resnet_lab.data.items import Item
from resnet_lab.data.layout import Layout
from resnet_lab.data.near_duplicates import near_duplicate_groups
from resnet_lab.data.split import SPLITS
from resnet_lab.data.thin import LONGEST, is_thin
from resnet_lab.errors import printable

IMBALANCE = 10.0
"""Largest accepted ratio of the images of the largest class to those of the smallest."""

_CONFLICT_COPY = re.compile(
    r"\([^()]*\b(conflicted copy|case conflict|SFConflict)\b[^()]*\)|\.sync-conflict-\d{8}-", re.I
)
"""Part of the file names that Dropbox, Nextcloud, Seafile and Syncthing give to the losing version of a file."""


@dataclass(frozen=True)
class CheckedImages:
    """Images of a data set that is being checked. ``files``, ``items`` and ``found`` are parallel lists.

    Attributes:
        files: Usable images as the report names them.
        items: Usable images with class and content.
        found: Properties of the usable images.
        unusable: Unusable images, each with the reason.
        classes: Names of all classes.
    """

    files: list[File]
    items: list[Item]
    found: list[Found]
    unusable: list[Entry]
    classes: list[str]


def relative(layout: Layout, path: Path) -> str:
    """Return a path as the report shows it: relative to the root."""
    return printable(path.relative_to(layout.root))


def of_files(layout: Layout, images: CheckedImages) -> Iterator[Topic]:
    """Yield the topics about single files, even those without entries."""
    yield Topic(
        "unusable",
        f"{_some(images.unusable, 'image')} cannot be used",
        tuple(images.unusable),
        "Repair or remove them, or leave them out of a fit with data.on_bad_image: skip.",
        refused=True,
    )
    ignored = [(path, path.suffix.lower() in EXTENSIONS) for path in layout.passed_over]
    strays = _each(File(relative(layout, path)) for path, is_image in ignored if is_image)
    yield Topic(
        "stray_images",
        f"{_some(strays, 'image')} outside the class folders, which no fit uses",
        strays,
        "Move them into a class folder, or out of the data set.",
    )
    endings = [wrong_ending(item.path, found.format) for item, found in zip(images.items, images.found, strict=True)]
    wrong = tuple(Entry((file,), f"is {text}") for file, text in zip(images.files, endings, strict=True) if text)
    yield Topic(
        "wrong_endings",
        f"{_some(wrong, 'file')} with the ending of another format; decoded by their content",
        wrong,
        "Rename them: other programs rely on the ending.",
    )
    others = _each(File(relative(layout, path)) for path, is_image in ignored if not is_image)
    kinds = Counter(Path(entry.files[0].path).suffix.lower() or "no ending" for entry in others)
    listed = ", ".join(f"{kind} ({number:,})" for kind, number in kinds.most_common(5))
    yield Topic("ignored", f"{_some(others, 'file')} ignored, which are not images: {listed}", others, finding=False)
    left_out = _each(File(relative(layout, path)) for path in layout.left_out)
    names = Counter(printable(path.name) for path in layout.left_out)
    listed = ", ".join(f"{name} ({number:,})" for name, number in names.most_common(5))
    yield Topic(
        "left_out",
        f"{_some(left_out, 'file or folder', 'files and folders')} left out, hidden or of a system: {listed}",
        left_out,
        finding=False,
    )
    conflicts = _each(file for file in images.files if _CONFLICT_COPY.search(file.path))
    yield Topic(
        "conflict_copies",
        f"{_some(conflicts, 'image')} named as the conflict copy of a cloud drive",
        conflicts,
        "View them: each may be an old version of another image.",
        finding=False,
    )
    both = list(zip(images.files, images.found, strict=True))
    turned = tuple(Entry((file,), f"(tag {found.orientation})") for file, found in both if found.orientation != 1)
    yield Topic("turned", f"{_some(turned, 'image')} with an orientation tag, turned upright", turned, finding=False)
    thin = tuple(
        Entry((file,), f"({found.width}x{found.height})") for file, found in both if is_thin(found.width, found.height)
    )
    yield Topic(
        "thin",
        f"{_some(thin, 'thin image')}: one side is more than {LONGEST} times as long as the other, and only the middle "
        "is used",
        thin,
        "Take out lines, banners and gradients, or crop the images to what they show.",
    )
    profiled = tuple(Entry((file,), f"({found.profile})") for file, found in both if found.profile)
    named = ", ".join(
        f"{name} ({number:,})" for name, number in Counter(found.profile for _, found in both).most_common() if name
    )
    yield Topic(
        "color_profiles",
        f"{_some(profiled, 'image')} with another color profile than sRGB: {named}",
        profiled,
        "data.color: convert converts them to sRGB; as_stored reads their colors as if they were sRGB.",
        finding=False,
    )
    frames = tuple(Entry((file,), f"({found.frames} images)") for file, found in both if found.frames > 1)
    yield Topic(
        "frames", f"{_some(frames, 'file')} with several images, of which only the first is read", frames, finding=False
    )


def of_classes(layout: Layout, counts: Mapping[str, Mapping[str, int]], imbalance: float | None) -> Iterator[Topic]:
    """Yield the topics about the number of images per split and class, even those without entries."""
    if not layout.has_training:
        yield Topic(
            "no_training",
            "No training split, so nothing can be trained on",
            _notes([f"Given: {' and '.join(split for split in SPLITS if split in layout.given)}"]),
            "Score a run on it: resnet-lab test RUN --data.root FOLDER. To train, add train/.",
            refused=True,
        )
        return
    in_training = {placed.label for placed in layout.placed if placed.split in (None, "train")}
    known = sorted(in_training | set(layout.empty_classes))
    carved = [split for split in SPLITS if split == "train" or split not in layout.given]
    empty = [label for label in known if not any(counts[split][label] for split in carved)]
    present = [label for label in known if counts["train"][label]]
    yield Topic(
        "empty_classes",
        f"{_some(empty, 'class', 'classes')} without a usable image to train on",
        _notes(empty),
        "Fill or remove them.",
        refused=True,
    )
    yield Topic(
        "one_class",
        f"{_some(present, 'class', 'classes')} in the training split; a classifier needs two or more",
        _notes(["Found: " + (", ".join(present) or "none")] if len(present) < 2 else []),
        layout.hint or "Give each class a folder of its own.",
        refused=True,
    )
    empty_splits = [split for split in SPLITS if not any(counts[split].values())]
    yield Topic(
        "empty_splits",
        f"{_some(empty_splits, 'split')} without images",
        _notes(empty_splits),
        "Add images, or remove the folder: the split is then taken from train."
        if layout.given.intersection(empty_splits)
        else "Add images: the classes have too few of them to give each split some.",
        refused=True,
    )
    unknown = [
        f"{split}: {label}"
        for split in SPLITS[1:]
        for label in counts[split]
        if counts[split][label]
        if label not in known
    ]
    yield Topic(
        "unknown_classes",
        f"{_some(unknown, 'class', 'classes')} that the training split does not know",
        _notes(unknown),
        "All splits share one class list: rename or remove them.",
        refused=True,
    )
    missing = [
        f"{split}: {label}"
        for split in SPLITS[1:]
        if split not in empty_splits
        for label in present
        if not counts[split][label]
    ]
    yield Topic(
        "missing_classes",
        f"{_some(missing, 'class', 'classes')} without images in a split, and so without a score there",
        _notes(missing),
        "Give each split images of each class.",
    )
    smallest = sorted(present, key=lambda label: (counts["train"][label], label))
    yield Topic(
        "imbalance",
        f"The largest class has {imbalance or 1:.1f} times the images of the smallest (a finding above {IMBALANCE:g})",
        _notes(
            [f"{label}: {counts['train'][label]:,} in train" for label in smallest]
            if (imbalance or 1) > IMBALANCE
            else []
        ),
        "Add images of the small classes, or weight the classes: model.class_weights: balanced, or {CLASS: 3}.",
    )


def of_doubts(layout: Layout, groups: str | None = None) -> Iterator[Topic]:
    """Yield the topics about names and folders that a fit accepts and remarks upon."""
    for doubt in doubts_about(layout, groups):
        says = doubt.says[:1].upper() + doubt.says[1:]
        yield Topic(doubt.name, says, _notes(doubt.entries), doubt.advice, finding=doubt.finding)


def of_contents(
    images: CheckedImages, hashes: Mapping[str, ImageHash | str], groups: str | None = None
) -> Iterator[Topic]:
    """Yield the topics about contents: blank images, equal files and near-duplicates; even those without entries.

    Args:
        images: The images.
        hashes: Hash of each usable image by sha256.
        groups: ``data.groups``.
    """
    kept = "" if groups == "near-duplicates" else ", or keep each group in one split with --data.groups near-duplicates"
    files: dict[str, list[File]] = defaultdict(list)
    for file, item in zip(images.files, images.items, strict=True):
        files[item.sha256].append(file)
    hashed = {content: found for content in files if isinstance(found := hashes[content], ImageHash)}
    blank = _each(file for content, found in hashed.items() if found.contrast < BLANK_BELOW for file in files[content])
    yield Topic(
        "blank",
        f"{_some(blank, 'image')} blank: the values of each channel have a standard deviation below "
        f"{BLANK_BELOW:g} of 255",
        blank,
        "Remove them, unless blank images are a class.",
    )
    leaks, copies = _by_home(tuple(group) for group in files.values() if len(group) > 1)
    yield Topic(
        "equal_leaks",
        f"{_some(leaks, 'group')} of equal files in two splits or classes{_held_out(leaks)}",
        leaks,
        "Keep one of each, or scores mean nothing; a fit accepts them with data.allow_leaks.",
        refused=True,
    )
    compared = [content for content, found in hashed.items() if found.contrast >= BLANK_BELOW]
    rows = np.array([np.frombuffer(hashed[content].hash, dtype=np.uint8) for content in compared], dtype=np.uint8)
    similar = [
        tuple(file for position in group for file in files[compared[position]]) for group in near_duplicate_groups(rows)
    ]
    leaks_alike, alike = _by_home(similar)
    yield Topic(
        "similar_leaks",
        f"{_some(leaks_alike, 'group')} of near-duplicates in two splits or classes{_held_out(leaks_alike)}",
        leaks_alike,
        f"View them. Keep one of each{kept}.",
        sign="~",
    )
    yield Topic("equal", f"{_some(copies, 'group')} of equal files within one class and split", copies, finding=False)
    yield Topic(
        "similar",
        f"{_some(alike, 'group')} of near-duplicates within one class and split",
        alike,
        finding=False,
        sign="~",
    )


def _by_home(groups: Iterable[tuple[File, ...]]) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """Return the groups that span two splits or classes, and the groups within one."""
    apart: list[Entry] = []
    together: list[Entry] = []
    for group in groups:
        homes = {(file.split, file.label) for file in group}
        (apart if len(homes) > 1 else together).append(Entry(group))
    return tuple(apart), tuple(together)


def _held_out(groups: Sequence[Entry]) -> str:
    """Return a phrase with the number of val and test images that share a group with a train image."""
    learnt = [entry.files for entry in groups if any(file.split == "train" for file in entry.files)]
    numbers = Counter(file.split for files in learnt for file in files)
    said = [f"{numbers[split]:,} of {split}" for split in SPLITS[1:] if numbers[split]]
    return f"; {' and '.join(said)} have one in train" if said else ""


def _each(files: Iterable[File]) -> tuple[Entry, ...]:
    return tuple(Entry((file,)) for file in files)


def _notes(texts: Iterable[str]) -> tuple[Entry, ...]:
    return tuple(Entry((), text) for text in texts)


def _some(things: Sequence[object], one: str, many: str = "") -> str:
    return f"{len(things):,} {one if len(things) == 1 else many or one + 's'}"
