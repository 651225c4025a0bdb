"""What is wrong or doubtful in a data set: everything at once, where a fit stops at the first thing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from resnet_lab.checking.image_hash import Look, look_at_all
from resnet_lab.checking.report import Entry, File, Report
from resnet_lab.checking.topics import Images, of_classes, of_contents, of_files, relative
from resnet_lab.data.folder import find_layout, problem_of, settle_splits
from resnet_lab.data.index import Facts, FileIndex
from resnet_lab.data.items import Item
from resnet_lab.data.layout import Layout
from resnet_lab.data.rgb import DEFAULT_RULE, DecodeRule
from resnet_lab.data.sources import cache_folder
from resnet_lab.data.split import SPLITS
from resnet_lab.errors import printable


def check_data_set(root: Path, index: FileIndex | None = None, rule: DecodeRule = DEFAULT_RULE) -> Report:
    """Read every file of a data set, look at every image, and report.

    Args:
        root: The folder, or a manifest.
        index: Where what is known of files is remembered; by default in the cache folder.
        rule: How images are decoded.

    Raises:
        InputError: The root cannot be read at all, or it cannot be told which class its images belong to.
    """
    layout = find_layout(root, allow_empty_classes=True)
    facts = (index or FileIndex(cache_folder() / "files.sqlite")).facts([placed.path for placed in layout.placed])
    readable = {
        known.sha256: placed.path
        for placed, known in zip(layout.placed, facts, strict=True)
        if problem_of(placed.path, known, rule) is None
    }
    looks = look_at_all(list(readable.values()), rule)
    return report_on(layout, facts, dict(zip(readable, looks, strict=True)), rule)


def report_on(
    layout: Layout, facts: Sequence[Facts], looks: Mapping[str, Look | str], rule: DecodeRule = DEFAULT_RULE
) -> Report:
    """Report on images that have been read and looked at.

    Findings, which make the check exit with 1, are what a fit refuses, and what makes scores doubtful: images that
    cannot be used, images in no class folder, endings that disagree with the format, blank images, classes or splits
    without images, classes unknown to train, a class with more than ``IMBALANCE`` times the images of another, and
    equal or similar images in two splits or classes. Notes are orientation tags, further images in a file, files that
    are no images, and equal or similar images within one class and split.

    Args:
        layout: The images.
        facts: What is known of each.
        looks: By sha256, what each usable image looks like, or why it could not be decoded after all.
        rule: How images are decoded.
    """
    images = _gather(layout, facts, looks, rule)
    counts = {split: dict.fromkeys(images.classes, 0) for split in SPLITS}
    for file in images.files:
        counts[file.split or ""][file.label or ""] += 1
    in_train = [number for number in counts["train"].values() if number]
    imbalance = max(in_train) / min(in_train) if in_train else None
    topics = (
        *of_files(layout, images),
        *of_classes(layout, counts, imbalance),
        *of_contents(images, looks),
    )
    return Report(
        root=printable(layout.root),
        counts=counts,
        carved=tuple(split for split in SPLITS if split not in layout.given),
        imbalance=imbalance,
        modes=Counter(found.mode for found in images.found),
        formats=Counter(found.format for found in images.found),
        sizes=Counter(f"{found.width}x{found.height}" for found in images.found),
        orientations=Counter(str(found.orientation) for found in images.found),
        topics=tuple(topic for topic in topics if topic.entries),
    )


def _gather(layout: Layout, facts: Sequence[Facts], looks: Mapping[str, Look | str], rule: DecodeRule) -> Images:
    usable, unusable, found_at = [], [], {}
    for placed, known in zip(layout.placed, facts, strict=True):
        look = looks.get(known.sha256)
        problem = problem_of(placed.path, known, rule) or (look if isinstance(look, str) else None)
        if problem is not None or known.found is None:
            file = File(relative(layout, placed.path), placed.split, placed.label)
            unusable.append(Entry((file,), (problem or "").removeprefix(printable(placed.path)).strip()))
        else:
            usable.append((placed, Item(placed.path, placed.label, known.sha256)))
            found_at[placed.path] = known.found
    splits = settle_splits(usable, layout.given)
    placed_items = [(split, item) for split in SPLITS for item in sorted(splits[split])]
    return Images(
        [File(relative(layout, item.path), split, item.label) for split, item in placed_items],
        [item for _, item in placed_items],
        [found_at[item.path] for _, item in placed_items],
        unusable,
        sorted({placed.label for placed in layout.placed} | set(layout.empty_classes)),
    )
