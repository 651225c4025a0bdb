"""Check of a whole data set: all findings at once, while a fit stops at the first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from resnet_lab.checking.groups import of_groups
from resnet_lab.checking.report import Entry, File, Report, Seen, Topic
from resnet_lab.checking.topics import CheckedImages, of_classes, of_contents, of_doubts, of_files, relative
from resnet_lab.data.folder import find_layout, problem_of, refuse_fold_of_given_test, settle_splits
from resnet_lab.data.groups import Groups, groups_of
from resnet_lab.data.image_hash import ImageHash, hash_images
from resnet_lab.data.index import Facts, FileIndex
from resnet_lab.data.items import Item
from resnet_lab.data.layout import Layout
from resnet_lab.data.manifest import DEFAULT_RULE as DEFAULT_MANIFEST
from resnet_lab.data.manifest import ManifestRule
from resnet_lab.data.rgb import DEFAULT_RULE, DecodeRule
from resnet_lab.data.split import SPLITS, Fold
from resnet_lab.errors import printable


def check_data_set(
    root: Path,
    index: FileIndex | None = None,
    rule: DecodeRule = DEFAULT_RULE,
    fold: Fold | None = None,
    manifest: ManifestRule = DEFAULT_MANIFEST,
    groups: Groups | None = None,
) -> Report:
    """Read every file of a data set, hash every image, and report.

    Args:
        root: A folder, or a manifest.
        index: Remembers the facts of files; by default the index in the cache folder.
        rule: How images are decoded.
        fold: The fold that is held out.
        manifest: How a manifest is read.
        groups: Images that stay together in a split.

    Raises:
        InputError: The root cannot be read, its layout is not known, or there is a fold and a given test split.
    """
    layout = find_layout(root, allow_empty_classes=True, manifest=manifest)
    refuse_fold_of_given_test(layout, fold)
    facts = (index or FileIndex()).facts([placed.path for placed in layout.placed])
    readable = {
        known.sha256: placed.path
        for placed, known in zip(layout.placed, facts, strict=True)
        if problem_of(placed.path, known, rule) is None
    }
    hashes = hash_images(list(readable.values()), rule)
    return report_on(layout, facts, dict(zip(readable, hashes, strict=True)), rule, fold, groups)


def report_on(
    layout: Layout,
    facts: Sequence[Facts],
    hashes: Mapping[str, ImageHash | str],
    rule: DecodeRule = DEFAULT_RULE,
    fold: Fold | None = None,
    groups: Groups | None = None,
) -> Report:
    """Report on images that have been read and hashed.

    Findings make the check exit with 1. They are what a fit refuses and what makes scores doubtful: images that cannot
    be used, images outside the class folders, endings that disagree with the format, blank and thin images, classes or
    splits without images, classes unknown to train, a class with more than ``IMBALANCE`` times the images of another,
    and equal images or near-duplicates in two splits or classes. Notes are orientation tags, color profiles, further
    images in a file, files that are not images, and equal images or near-duplicates within one class and split.

    Args:
        layout: The images.
        facts: Facts of each image file, in the order of ``layout.placed``.
        hashes: Hash of each usable image by sha256, or the reason why it could not be decoded after all.
        rule: How images are decoded.
        fold: The fold that is held out.
        groups: Images that stay together in a split.
    """
    images, apart = _gather(layout, facts, hashes, rule, fold, groups)
    counts = {split: dict.fromkeys(images.classes, 0) for split in SPLITS}
    for file in images.files:
        counts[file.split or ""][file.label or ""] += 1
    in_train = [number for number in counts["train"].values() if number]
    imbalance = max(in_train) / min(in_train) if in_train else None
    topics = (
        *of_files(layout, images),
        *of_classes(layout, counts, imbalance),
        *of_doubts(layout, groups),
        *of_contents(images, hashes, groups),
        *apart,
    )
    return Report(
        root=printable(layout.root),
        counts=counts,
        carved=tuple(split for split in SPLITS if split not in layout.given),
        fold=f"{fold.number}/{fold.total}" if fold else None,
        imbalance=imbalance,
        modes=Counter(found.mode for found in images.found),
        formats=Counter(found.format for found in images.found),
        sizes=Counter(f"{found.width}x{found.height}" for found in images.found),
        orientations=Counter(str(found.orientation) for found in images.found),
        topics=tuple(topic for topic in topics if topic.entries),
        images={
            file: Seen(item.path, found.width, found.height, hashed.contrast if isinstance(hashed, ImageHash) else None)
            for file, item, found in zip(images.files, images.items, images.found, strict=True)
            for hashed in [hashes.get(item.sha256)]
        },
    )


def _gather(
    layout: Layout,
    facts: Sequence[Facts],
    hashes: Mapping[str, ImageHash | str],
    rule: DecodeRule,
    fold: Fold | None,
    groups: Groups | None,
) -> tuple[CheckedImages, tuple[Topic, ...]]:
    """Return the images with the splits of a fit, and the topic about groups in two given splits."""
    usable, unusable, found_at = [], [], {}
    for placed, known in zip(layout.placed, facts, strict=True):
        hashed = hashes.get(known.sha256)
        problem = problem_of(placed.path, known, rule) or (hashed if isinstance(hashed, str) else None)
        if problem is not None or known.found is None:
            file = File(relative(layout, placed.path), placed.split, placed.label)
            unusable.append(Entry((file,), (problem or "").removeprefix(printable(placed.path)).strip()))
        else:
            usable.append((placed, Item(placed.path, placed.label, known.sha256)))
            found_at[placed.path] = known.found
    linked = groups_of(usable, groups, rule, hashes)
    splits = settle_splits(usable, layout.given, fold, linked)
    placed_items = [(split, item) for split in SPLITS for item in sorted(splits[split])]
    images = CheckedImages(
        [File(relative(layout, item.path), split, item.label) for split, item in placed_items],
        [item for _, item in placed_items],
        [found_at[item.path] for _, item in placed_items],
        unusable,
        sorted({placed.label for placed in layout.placed} | set(layout.empty_classes)),
    )
    return images, tuple(of_groups(layout, usable, linked))
