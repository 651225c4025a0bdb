"""The layouts of image folders, and the one class list of all splits."""

from dataclasses import dataclass
from pathlib import Path

from resnet_lab.data.decode import EXTENSIONS
from resnet_lab.data.split import SPLITS, Item, content_sha256, equal_contents, fingerprint, split_by_content
from resnet_lab.errors import InputError

_SPLIT_LIKE = frozenset({*SPLITS, "eval", "evaluation", "testing", "training", "valid", "validation"})
_LAYOUTS = "It should hold one folder a class (ROOT/CLASS/*.jpg) or splits of those (ROOT/train|val|test/CLASS/*.jpg)"


@dataclass(frozen=True)
class ImageFolder:
    """A folder of photographs, read: its classes, and the images of each split.

    Items of a split are sorted by class and content, so that equal fingerprints also mean equal positions.
    """

    root: Path
    classes: tuple[str, ...]
    splits: dict[str, list[Item]]
    fingerprint: str
    passed_over: int = 0
    """Files below the class folders that are no images by their ending."""

    @property
    def sizes(self) -> dict[str, int]:
        """Number of images in each split."""
        return {split: len(items) for split, items in self.splits.items()}

    def labels(self, split: str) -> list[int]:
        """Return the class index of each image of a split."""
        index = {name: i for i, name in enumerate(self.classes)}
        return [index[item.label] for item in self.splits[split]]


def read_image_folder(root: Path) -> ImageFolder:
    """Find the images, classes and splits below ``root``.

    ``root/train|val|test/<class>/*`` is taken as it is; ``root/<class>/*`` is split by content
    (:func:`split_by_content`). Class indices follow the sorted class names of the training split.

    Raises:
        InputError: No such folder, no images, an empty class, fewer than two classes, a class that the training
            split does not know, a split without images, or one content under two labels or in two splits.
    """
    if not root.is_dir():
        found = "is not a folder" if root.exists() else "does not exist"
        raise InputError(f"data.root {root} {found}. {_LAYOUTS}; builtin:elpv is the built-in example.")
    passed_over: list[Path] = []
    if (root / "train").is_dir():
        missing = [split for split in SPLITS if not (root / split).is_dir()]
        if missing:
            raise InputError(f"data.root {root} has train/ but no {'/, '.join(missing)}/. {_LAYOUTS}.")
        splits = {split: _read_classes(root / split, passed_over, need_all=split == "train") for split in SPLITS}
    else:
        folders = sorted(path.name for path in root.iterdir() if path.is_dir())
        named_as_splits = [name for name in folders if name.lower() in _SPLIT_LIKE]
        if len(named_as_splits) > 1:  # one alone may well be a class: valid and invalid
            raise InputError(
                f"data.root {root} has folders named like splits ({', '.join(named_as_splits)}), but no train/. "
                "Splits are called train/, val/ and test/."
            )
        splits = split_by_content(_read_classes(root, passed_over, need_all=True))

    classes = tuple(sorted({item.label for item in splits["train"]}))
    if len(classes) < 2:
        raise InputError(f"data.root {root} has one class only ({classes[0]}); a classifier needs two or more.")
    for split in SPLITS[1:]:
        if not splits[split]:
            raise InputError(f"data.root {root} leaves the {split} split without images; it needs more of them.")
        if unknown := sorted({item.label for item in splits[split]} - set(classes)):
            raise InputError(
                f"{root / split} has classes that {root / 'train'} does not know: {', '.join(unknown)}. "
                "All splits share the class list of the training split; rename or remove these folders."
            )
    if leaks := equal_contents(splits):
        first = "; ".join(" = ".join(str(item.path) for item in group) for group in leaks[:5])
        raise InputError(
            f"data.root {root} has {len(leaks)} images with equal content under two classes or in two splits: {first}"
            f"{' ...' if len(leaks) > 5 else ''}. Keep one of each, or scores mean nothing."
        )
    ordered = {
        split: sorted(items, key=lambda item: (item.label, item.sha256, item.path)) for split, items in splits.items()
    }
    return ImageFolder(root, classes, ordered, fingerprint(ordered), len(passed_over))


def _read_classes(folder: Path, passed_over: list[Path], *, need_all: bool) -> list[Item]:
    """List and hash the images of ``folder/<class>/**``; hidden files are ignored, others added to ``passed_over``."""
    class_folders = sorted(path for path in folder.iterdir() if path.is_dir() and not is_hidden(path.name))
    items, empty = [], []
    for class_folder in class_folders:
        files = sorted(path for path in class_folder.rglob("*") if _is_visible_file(path, class_folder))
        paths = [path for path in files if path.suffix.lower() in EXTENSIONS]
        passed_over += [path for path in files if path.suffix.lower() not in EXTENSIONS]
        items += [Item(path, class_folder.name, content_sha256(path)) for path in paths]
        if not paths:
            empty.append(class_folder.name)
    if need_all and not items:
        raise InputError(f"No images in {folder}. {_LAYOUTS}; known endings: {', '.join(sorted(EXTENSIONS))}.")
    if need_all and empty:
        raise InputError(f"{folder} has class folders without images: {', '.join(empty)}. Fill or remove them.")
    return items


def is_hidden(name: str) -> bool:
    """Say whether a file or folder of this name is nobody's photograph."""
    return name.startswith(".") or name == "__MACOSX"


def _is_visible_file(path: Path, class_folder: Path) -> bool:
    return not any(is_hidden(part) for part in path.relative_to(class_folder).parts) and path.is_file()
