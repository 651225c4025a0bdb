"""Layouts of a data set on disk: the class and the split of each image, by its path.

A layout is a recognizer: a function ``Scan -> Layout | None`` in ``RECOGNIZERS``. To add one, write its function here,
list it there, and name it in :data:`~resnet_lab.data.elsewhere.LAYOUTS`. A manifest is a file and no folder:
:mod:`resnet_lab.data.manifest`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from resnet_lab.data.elsewhere import classes_below, no_images, of_other_endings
from resnet_lab.data.scan import Scan
from resnet_lab.errors import InputError, as_utf8, printable

SPLIT_NAMES = {
    "train": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "eval": "val",
    "test": "test",
    "training": "train",
    "evaluation": "val",
    "testing": "test",
}
"""Names of split folders, in any case, and of splits in a manifest."""


@dataclass(frozen=True)
class PlacedImage:
    """An image file with its class.

    Attributes:
        path: The file.
        label: Name of the class.
        split: ``train``, ``val`` or ``test``; None if the layout gives no splits.
        group: Name of the group that a manifest gives; empty without one.
    """

    path: Path
    label: str
    split: str | None
    group: str = ""


@dataclass(frozen=True)
class Layout:
    """All images of a data set, and the files that are not images of it.

    Attributes:
        root: Folder of the data set.
        placed: The images.
        given: Splits that the layout gives; empty for one tree of classes.
        passed_over: Files that were not taken: unknown ending, or outside the class folders.
        empty_classes: Class folders without images in the part to train on.
        left_out: Files and folders of systems and programs, and hidden ones.
        inner: For each class, the folders below its class folders by name, each with the number of images below it.
        hint: Sentence on where the classes lie, if there is only one and it holds folders of images itself.
        merged: Classes with a name in two Unicode forms, which were taken as one.
        like_splits: Column of a manifest that is not read and holds names of splits; empty without one.
    """

    root: Path
    placed: Sequence[PlacedImage]
    given: frozenset[str]
    passed_over: tuple[Path, ...] = ()
    empty_classes: tuple[str, ...] = ()
    left_out: tuple[Path, ...] = ()
    inner: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    hint: str = ""
    merged: tuple[str, ...] = ()
    like_splits: str = ""

    @property
    def has_training(self) -> bool:
        """Whether there are images to train on: without splits, all are."""
        return not self.given or "train" in self.given


ClassAndSplit = Callable[[list[str]], tuple[str, str | None] | None]
"""Maps the parts of a path below the root to class and split; None for a file that the layout does not take."""


def split_meant(folder: str) -> str | None:
    """Return the split that a folder's name means, in any case; None if it means none.

    >>> split_meant("Validation"), split_meant("defective")
    ('val', None)
    """
    return SPLIT_NAMES.get(folder.strip().lower())


def split_folders(scan: Scan) -> Layout | None:
    """Recognize ``ROOT/train|val|test/CLASS/**/*``, with or without each of the three.

    A folder ``train`` is a split. Without it, folders are splits only if no folder of another name holds images, since
    ``Train`` and ``valid`` can be classes. The training split, and if there is none every split, needs class folders.

    Raises:
        InputError: Several folders name one split, or train has no images.
    """
    splits = {name: meant for name in _top_folders(scan) if (meant := split_meant(name))}
    if "train" not in splits:
        holders = {name.partition("/")[0] for name in scan.images if "/" in name}
        nested = {name.partition("/")[0] for name in scan.images if name.count("/") > 1}
        to_train = {name for name in holders if splits.get(name) == "train"}
        if not holders or not holders <= splits.keys() or not (to_train or holders) <= nested:
            return None
    for meaning in ("train", "val", "test"):
        if len(names := [name for name, meant in splits.items() if meant == meaning]) > 1:
            raise InputError(
                f"data.root {printable(scan.root)} has several folders for {meaning}: "
                f"{printable(', '.join(names))}. Keep one."
            )

    def class_and_split(parts: list[str]) -> tuple[str, str | None] | None:
        return (parts[1], splits[parts[0]]) if len(parts) > 2 and parts[0] in splits else None

    training = next((name for name, meant in splits.items() if meant == "train"), None)
    below = f"{training}/"
    class_folders = (name.removeprefix(below) for name in scan.folders if name.startswith(below))
    layout = place_images(scan, class_and_split, given=splits.values(), class_folders=class_folders)
    if training and not any(image.split == "train" for image in layout.placed):
        if flat := sum(name.startswith(below) for name in scan.images):
            raise InputError(
                f"{printable(scan.root / training)} holds images, but no folders of classes: {printable(below)} is "
                f"taken for the training split, and the class of its {flat:,} images is not known. Give each class a "
                "folder in it, or use a manifest. If it is a class itself, rename it."
            )
        raise no_images(scan, training)
    return layout


def class_folders(scan: Scan) -> Layout | None:
    """Recognize ``ROOT/CLASS/**/*``: any folder with an image in it is a class.

    Raises:
        InputError: Folders have names of splits, but they are no splits.
    """
    top = _top_folders(scan)
    alike = [name for name in top if split_meant(name)]
    # A single such name may be a class, as in valid and invalid. A folder for training that has folders is a split.
    nested = {name.partition("/")[0] for name in scan.folders if "/" in name}
    if len(alike) > 1 or any(name in nested and split_meant(name) == "train" for name in alike):
        raise InputError(
            f"data.root {printable(scan.root)} has folders named like splits ({printable(', '.join(alike))}), but no "
            "train/. Splits are called train/, val/ and test/, hold one folder per class, and have no other folders of "
            "images beside them."
        )
    layout = place_images(scan, lambda parts: (parts[0], None) if len(parts) > 1 else None, class_folders=top)
    return layout if layout.placed else None


RECOGNIZERS: tuple[Callable[[Scan], Layout | None], ...] = (split_folders, class_folders)
"""Tried in this order. The first that returns a layout wins."""


def layout_of(scan: Scan, *, allow_empty_classes: bool = False) -> Layout:
    """Return the layout of the first recognizer that knows a folder.

    Args:
        scan: Files and folders of the data set.
        allow_empty_classes: Accept class folders without images in the part to train on.

    Raises:
        InputError: No recognizer knows the folder, one refuses it, or class folders have no images.
    """
    layout = next((found for recognize in RECOGNIZERS if (found := recognize(scan)) is not None), None)
    if layout is None:
        raise no_images(scan)
    training = next((name for name in _top_folders(scan) if split_meant(name) == "train"), "") if layout.given else ""
    if len({image.label for image in layout.placed if image.split in (None, "train")}) == 1:
        layout = replace(layout, hint=classes_below(scan, training))
    if layout.empty_classes and not allow_empty_classes:
        below = f"{training}/" if training else ""
        said = [f"{printable(name)}{of_other_endings(scan, f'{below}{name}')}" for name in layout.empty_classes]
        raise InputError(
            f"{printable(scan.root / training)} has class folders without images: {', '.join(said)}. "
            f"Fill or remove them.{layout.hint and ' '}{layout.hint}"
        )
    return layout


def place_images(
    scan: Scan, class_and_split: ClassAndSplit, *, given: Iterable[str] = (), class_folders: Iterable[str] = ()
) -> Layout:
    """Give each image its class and split, and collect the files that the layout does not take.

    Args:
        scan: Files and folders of the data set.
        class_and_split: Reads class and split off a path.
        given: Splits that the layout gives.
        class_folders: Folders to train on, by their path below the folder of all classes. Those at the top are classes.
    """
    placed, strays = [], []
    given = frozenset(given)
    depth = 2 if given else 1  # of the files in a class folder
    inner: dict[str, Counter[str]] = defaultdict(Counter)
    for name in scan.images:
        parts = name.split("/")
        if (found := class_and_split(parts)) is None:
            strays.append(name)
        else:
            image = PlacedImage(scan.root / name, as_utf8(found[0]), found[1])
            placed.append(image)
            if len(parts) > depth + 1:
                inner[image.label].update(set(parts[depth:-1]))
    trained = {image.label for image in placed if image.split in (None, "train")}
    empty = {as_utf8(name) for name in class_folders if "/" not in name} - trained
    others = [name for name in scan.others if "/" in name]  # a README at the top is no photograph of the set
    return Layout(
        scan.root,
        placed,
        given,
        passed_over=tuple(scan.root / name for name in sorted([*strays, *others])),
        empty_classes=tuple(sorted(empty)),
        left_out=tuple(scan.root / name for name in scan.left_out),
        inner=inner,
    )


def _top_folders(scan: Scan) -> list[str]:
    return [name for name in scan.folders if "/" not in name]
