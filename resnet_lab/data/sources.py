"""Sources of photographs: the folder or built-in data set that ``data.root`` names."""

import csv
import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from resnet_lab.errors import InputError, printable

CACHE_VARIABLE = "RESNET_LAB_CACHE"
_PREFIX = "builtin:"
_ELPV_SIZE = 2624


def resolve_root(root: str) -> Path:
    """Return the folder that ``data.root`` names. A built-in data set is first unpacked into the cache folder.

    A folder that the user names is never created or changed.

    Raises:
        InputError: The name is empty, the built-in data set is unknown, its package is not installed, its copy in the
            cache folder is incomplete, or the cache folder cannot be written.
    """
    if not root:
        raise InputError("data.root is empty; name a folder of photographs, or builtin:elpv.")
    if printable(root) != root:
        raise InputError(
            f"data.root {printable(root)} is not UTF-8, so no config can name it: rename it, or link to it."
        )
    if not root.startswith(_PREFIX):
        return Path(root).expanduser()
    name = root.removeprefix(_PREFIX)
    if name != "elpv":
        raise InputError(f"data.root {root} is not known; the built-in set is builtin:elpv.")
    return _unpack_elpv(cache_folder() / "elpv")


def cache_folder() -> Path:
    """Return the cache folder: ``$RESNET_LAB_CACHE``, else the user's own."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen).expanduser() if chosen else user_cache_path("resnet-lab")


def _unpack_elpv(target: Path) -> Path:
    """Unpack the ELPV photographs as ``target/<class>/*.png``, once, even if several processes ask for them.

    2,624 electroluminescence photographs of solar cells (Deitsch et al. 2019, arXiv:1807.02894; CC BY-NC-SA 4.0),
    each with the experts' probability p of a defect: functional if p < 0.5, else defective. The files are copied
    byte for byte, since the split depends on their content.
    """
    if target.is_dir():
        return _complete(target)
    package = find_spec("elpv_dataset")
    if package is None or not package.submodule_search_locations:
        raise InputError(
            "data.root builtin:elpv needs the package elpv-dataset (the extra demo): pip install elpv-dataset. "
            "Or name a folder of your own photographs with --data.root."
        )
    source = Path(package.submodule_search_locations[0]) / "data"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.with_suffix(".lock")):
            if not target.is_dir():  # another process may have been faster
                with tempfile.TemporaryDirectory(dir=target.parent, prefix="elpv-") as temporary:
                    _copy_by_class(source, Path(temporary) / "elpv").rename(target)
    except OSError as error:
        raise InputError(
            f"The cache folder cannot be used ({error}); choose another one in ${CACHE_VARIABLE}."
        ) from error
    return _complete(target)


def _copy_by_class(source: Path, tree: Path) -> Path:
    """Copy the photographs of the package's data folder into ``tree/<class>/``."""
    for label in ("functional", "defective"):
        (tree / label).mkdir(parents=True)
    with (source / "labels.csv").open(newline="", encoding="utf-8") as file:
        for path, probability, _cell_type in csv.reader(file, delimiter=" ", skipinitialspace=True):
            label = "functional" if float(probability) < 0.5 else "defective"
            shutil.copyfile(source / path, tree / label / Path(path).name)
    return tree


def _complete(tree: Path) -> Path:
    """Return ``tree`` if no file is missing, since cleaners of cache folders may delete old files."""
    found = sum(1 for _ in tree.glob("*/*.png"))
    if found != _ELPV_SIZE:
        raise InputError(f"{tree} holds {found} of {_ELPV_SIZE} photographs; remove this folder to unpack it again.")
    return tree
