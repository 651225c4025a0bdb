"""Places where the images of a folder lie if no layout finds its classes, as sentences for the user."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from resnet_lab.data.decode import EXTENSIONS
from resnet_lab.data.scan import Scan
from resnet_lab.data.system_files import is_left_out
from resnet_lab.errors import InputError, printable
from resnet_lab.program import quoted

LAYOUTS = (
    "It should hold one folder per class (ROOT/CLASS/*.jpg), or splits of those (ROOT/train/CLASS/*.jpg, with val/ and "
    "test/ or without), or be a manifest (.csv or .tsv with the columns path, label and, if you like, split)"
)
_SHOWN = 4


def no_images(scan: Scan, folder: str = "") -> InputError:
    """Return the error of a folder in which no image has a class. It tells what is there.

    Args:
        scan: Files and folders of the data set.
        folder: The folder, by its path below the root.
    """
    path = scan.root / folder
    known = f"{LAYOUTS}; known endings: {', '.join(sorted(EXTENSIONS))}."
    flat = [name for name in scan.images if name.rpartition("/")[0] == folder]
    if not flat:
        hidden = f"; left out are {_some(scan.left_out)}" if scan.left_out and not scan.others else ""
        return InputError(f"No images in {printable(path)}{of_other_endings(scan, folder)}{hidden}. {known}")
    here = path.absolute()
    beside = _folders_in(here.parent) - {here.name}
    holds = f", which also holds {_some(sorted(beside))}" if beside else ""
    tables = [name for name in scan.others if "/" not in name and name.lower().endswith((".csv", ".tsv"))]
    manifest = f" If {printable(tables[0])} lists the classes, {_root(scan.root / tables[0])}." if tables else ""
    return InputError(
        f"{_count(flat)} in {printable(here.name)}/ without class folders: is this one class? Then give the folder "
        f"above it, {_root(here.parent)}{holds}.{manifest} To classify single images, give resnet-lab predict RUN "
        f"--data.images {quoted(str(path))}. The data.root of a data set: {known}"
    )


def without_class_folders(paths: Iterable[Path], root: Path, folders: Iterable[str]) -> str:
    """Return where images of a split lie that has no class folders, as the end of a sentence; empty without any.

    Args:
        paths: Files that were not taken.
        root: Folder of the data set.
        folders: Folders of the split.
    """
    for folder in folders:
        flat = [path for path in paths if path.parent == root / folder and path.suffix.lower() in EXTENSIONS]
        if flat:
            return f"{_count(flat)} in {printable(folder)}/ without class folders"
    return ""


def classes_below(scan: Scan, top: str) -> str:
    """Return a sentence on the folders of images in the only class of a data set; empty if that class has none.

    Args:
        scan: Files and folders of the data set.
        top: The folder of all classes, by its path below the root: empty, or the training split.
    """
    folder = top
    while True:
        below = f"{folder}/" if folder else ""
        inside = [name.removeprefix(below) for name in scan.images if name.startswith(below)]
        folders = sorted({name.partition("/")[0] for name in inside if "/" in name})
        if folder != top and any("/" not in name for name in inside):
            return ""
        if len(folders) != 1:
            break
        folder = f"{below}{folders[0]}"
    if folder == top:
        return ""
    what = f"move them up into {printable(top)}/" if top else f"give {_root(scan.root / folder)}"
    return f"All images lie in folders of {printable(folder)}/: {_some(folders)}. If these are the classes, {what}."


def of_other_endings(scan: Scan, folder: str) -> str:
    """Return the number of files in a folder that have no ending of an image, by ending, in brackets.

    >>> of_other_endings(Scan(Path("d"), others=["cat/1.cr2", "cat/2.CR2", "dog/3.txt"]), "cat")
    ' (2 .cr2)'
    """
    inside = [name for name in scan.others if not folder or name.startswith(f"{folder}/")]
    kinds = Counter(Path(name).suffix.lower() or "without ending" for name in inside).most_common(_SHOWN)
    return f" ({', '.join(f'{number:,} {printable(kind)}' for kind, number in kinds)})" if kinds else ""


def _count(images: list[str] | list[Path]) -> str:
    return "1 image lies" if len(images) == 1 else f"{len(images):,} images lie"


def _root(path: Path) -> str:
    return f"--data.root {quoted(str(path))}"


def _some(names: list[str]) -> str:
    more = ", ..." if len(names) > _SHOWN else ""
    return printable(", ".join(names[:_SHOWN])) + more


def _folders_in(folder: Path) -> set[str]:
    try:
        return {path.name for path in folder.iterdir() if path.is_dir() and not is_left_out(path.name)}
    except OSError:
        return set()
