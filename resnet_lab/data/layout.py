"""Layouts of a data set on disk: the class and the split of each image, by its path.

A layout is a recognizer: a function ``Scan -> Layout | None`` in ``RECOGNIZERS``. To add one, write its function here,
list it there, and name it in ``LAYOUTS``. A manifest is a file and no folder: :mod:`resnet_lab.data.manifest`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from resnet_lab.data.decode import EXTENSIONS
from resnet_lab.data.scan import Scan
from resnet_lab.errors import InputError, as_utf8, printable

SPLIT_NAMES = {
    "train": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "eval": "val",
    "test": "test",
}
"""Names of split folders, and of splits in a manifest."""
_SPLIT_LIKE = frozenset({*SPLIT_NAMES, "evaluation", "testing", "training"})
LAYOUTS = (
    "It should hold one folder per class (ROOT/CLASS/*.jpg), or splits of those (ROOT/train/CLASS/*.jpg, with val/ and "
    "test/ or without), or be a manifest (.csv or .tsv with the columns path, label and, if you like, split)"
)


@dataclass(frozen=True)
class PlacedImage:
    """An image file with its class.

    Attributes:
        path: The file.
        label: Name of the class.
        split: ``train``, ``val`` or ``test``; None if the layout gives no splits.
    """

    path: Path
    label: str
    split: str | None


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
    """

    root: Path
    placed: Sequence[PlacedImage]
    given: frozenset[str]
    passed_over: tuple[Path, ...] = ()
    empty_classes: tuple[str, ...] = ()
    left_out: tuple[Path, ...] = ()


ClassAndSplit = Callable[[list[str]], tuple[str, str | None] | None]
"""Maps the parts of a path below the root to class and split; None for a file that the layout does not take."""


def split_folders(scan: Scan) -> Layout | None:
    """Recognize ``ROOT/train|val|test/CLASS/**/*`` by its folder ``train``.

    Raises:
        InputError: Other folders have names like splits, two folders name one split, or train has no images.
    """
    top = _top_folders(scan)
    splits = {name: SPLIT_NAMES[name] for name in top if name in SPLIT_NAMES}
    if "train" not in splits:
        return None
    if alike := [name for name in top if name.lower() in _SPLIT_LIKE and name not in splits]:
        raise InputError(
            f"data.root {printable(scan.root)} has train/ and also {', '.join(alike)}: splits are called train/, val/ "
            "and test/. Rename or move the folders that are not splits."
        )
    for meaning in ("val", "test"):
        if len(names := [name for name, meant in splits.items() if meant == meaning]) > 1:
            raise InputError(
                f"data.root {printable(scan.root)} has several folders for {meaning}: {', '.join(names)}. Keep one."
            )

    def class_and_split(parts: list[str]) -> tuple[str, str | None] | None:
        return (parts[1], splits[parts[0]]) if len(parts) > 2 and parts[0] in splits else None

    class_folders = (name.removeprefix("train/") for name in scan.folders if name.startswith("train/"))
    layout = place_images(scan, class_and_split, given=splits.values(), class_folders=class_folders)
    if not any(image.split == "train" for image in layout.placed):
        if any(name.startswith("train/") for name in scan.images):
            raise InputError(
                f"{printable(scan.root / 'train')} holds images, but no folders of classes: train/ is taken for the "
                "training split. If it is a class, rename it, or use a manifest."
            )
        raise _no_images(scan.root / "train")
    return layout


def class_folders(scan: Scan) -> Layout | None:
    """Recognize ``ROOT/CLASS/**/*``: any folder with an image in it is a class.

    Raises:
        InputError: Folders have names like splits, but none is called train.
    """
    top = _top_folders(scan)
    alike = [name for name in top if name.lower() in _SPLIT_LIKE]
    # A single such name may be a class, as in valid and invalid. A folder for training that has folders is a split.
    nested = {name.split("/")[0] for name in scan.folders if "/" in name}
    if len(alike) > 1 or any(name in nested and name.lower() in ("train", "training") for name in alike):
        raise InputError(
            f"data.root {printable(scan.root)} has folders named like splits ({', '.join(alike)}), but no train/. "
            "Splits are called train/, val/ and test/."
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
        raise _no_images(scan.root)
    if layout.empty_classes and not allow_empty_classes:
        training = scan.root / "train" if layout.given else scan.root
        raise InputError(
            f"{printable(training)} has class folders without images: {', '.join(layout.empty_classes)}. "
            "Fill or remove them."
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
    for name in scan.images:
        if (found := class_and_split(name.split("/"))) is None:
            strays.append(name)
        else:
            placed.append(PlacedImage(scan.root / name, as_utf8(found[0]), found[1]))
    trained = {image.label for image in placed if image.split in (None, "train")}
    empty = {as_utf8(name) for name in class_folders if "/" not in name} - trained
    others = [name for name in scan.others if "/" in name]  # a README at the top is no photograph of the set
    passed_over = tuple(scan.root / name for name in sorted([*strays, *others]))
    left_out = tuple(scan.root / name for name in scan.left_out)
    return Layout(scan.root, placed, frozenset(given), passed_over, tuple(sorted(empty)), left_out)


def _top_folders(scan: Scan) -> list[str]:
    return [name for name in scan.folders if "/" not in name]


def _no_images(folder: Path) -> InputError:
    known = ", ".join(sorted(EXTENSIONS))
    return InputError(f"No images in {printable(folder)}. {LAYOUTS}; known endings: {known}.")
