"""Which class and which split each file belongs to, by where it lies."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from resnet_lab.data.decode import EXTENSIONS
from resnet_lab.data.scan import Scan
from resnet_lab.errors import InputError, printable

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
    "It should hold one folder a class (ROOT/CLASS/*.jpg), or splits of those (ROOT/train/CLASS/*.jpg, with val/ and "
    "test/ or without), or be a manifest (.csv or .tsv with the columns path, label and, if you like, split)"
)


@dataclass(frozen=True)
class Placed:
    """An image file, its class, and its split if that is given."""

    path: Path
    label: str
    split: str | None


@dataclass(frozen=True)
class Layout:
    """All placed images, and what was found besides."""

    root: Path
    placed: Sequence[Placed]
    given: frozenset[str]
    """Splits that are given; empty for one tree."""
    passed_over: tuple[Path, ...] = ()
    """Files that were not taken: no known ending, or no class folder around them."""
    empty_classes: tuple[str, ...] = ()
    """Class folders without images in what is to be trained on."""


def layout_of(scan: Scan, *, allow_empty_classes: bool = False) -> Layout:
    """Recognise one tree of classes, or splits of classes.

    Raises:
        InputError: Two folders for one split, folders named like splits without a ``train``, class folders without
            images in what is to be trained on unless they are allowed, or no images at all.
    """
    top = [name for name in scan.folders if "/" not in name]
    splits = {name: SPLIT_NAMES[name] for name in top if name in SPLIT_NAMES} if "train" in top else {}
    alike = [name for name in top if name.lower() in _SPLIT_LIKE and name not in splits]
    if splits and alike:
        raise InputError(
            f"data.root {printable(scan.root)} has train/ and also {', '.join(alike)}: splits are called train/, val/ "
            "and test/. Rename, or move away what is no split."
        )
    if not splits:
        # One alone may well be a class, valid and invalid; but not with folders of its own, and named for training.
        trained = {name.split("/")[0] for name in scan.folders if "/" in name}
        of_classes = [name for name in alike if name in trained and name.lower() in ("train", "training")]
        if len(alike) > 1 or of_classes:
            raise InputError(
                f"data.root {printable(scan.root)} has folders named like splits ({', '.join(alike)}), but no train/. "
                "Splits are called train/, val/ and test/."
            )
    for meaning in ("val", "test"):
        if len(names := [name for name, meant in splits.items() if meant == meaning]) > 1:
            raise InputError(
                f"data.root {printable(scan.root)} has several folders for {meaning}: {', '.join(names)}. Keep one."
            )
    placed, strays = [], []
    for name in scan.images:
        parts = name.split("/")
        split = splits.get(parts[0])
        if len(parts) < (3 if splits else 2) or (splits and split is None):
            strays.append(name)
        else:
            placed.append(Placed(scan.root / name, printable(parts[1 if splits else 0]), split))
    training = scan.root / "train" if splits else scan.root
    if not any(item.split in (None, "train") for item in placed):
        if splits and any(name.startswith("train/") for name in scan.images):
            raise InputError(
                f"{printable(training)} holds images, but no folders of classes: train/ is taken for the training "
                "split. If it is a class, rename it, or use a manifest."
            )
        known = ", ".join(sorted(EXTENSIONS))
        raise InputError(f"No images in {printable(training)}. {LAYOUTS}; known endings: {known}.")
    empty = _empty_classes(scan, "train/" if splits else "", placed)
    if empty and not allow_empty_classes:
        raise InputError(
            f"{printable(training)} has class folders without images: {', '.join(empty)}. Fill or remove them."
        )
    others = [name for name in scan.others if "/" in name]  # a README beside the folders is nobody's photograph
    passed_over = tuple(scan.root / name for name in sorted([*strays, *others]))
    return Layout(scan.root, placed, frozenset(splits.values()), passed_over, tuple(empty))


def _empty_classes(scan: Scan, prefix: str, placed: Sequence[Placed]) -> list[str]:
    folders = {name.removeprefix(prefix) for name in scan.folders if name.startswith(prefix)}
    classes = {printable(name) for name in folders if "/" not in name}
    return sorted(classes - {item.label for item in placed if item.split in (None, "train")})
