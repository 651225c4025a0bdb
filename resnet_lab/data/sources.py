"""Where ``data.root`` leads: a folder of the user's, or a built-in set of photographs."""

import csv
import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from resnet_lab.errors import InputError

CACHE_VARIABLE = "RESNET_LAB_CACHE"
_PREFIX = "builtin:"


def resolve_root(root: str) -> Path:
    """Return the folder that ``data.root`` names; a built-in set is first laid out in the cache folder.

    A folder that the user names is never created or filled.

    Raises:
        InputError: An unknown built-in set, or one whose package is not installed.
    """
    if not root.startswith(_PREFIX):
        return Path(root).expanduser()
    name = root.removeprefix(_PREFIX)
    if name != "elpv":
        raise InputError(f"data.root {root} is not known; the built-in set is builtin:elpv.")
    return _materialise_elpv(cache_folder() / "elpv")


def cache_folder() -> Path:
    """Return the folder for built-in sets: ``$RESNET_LAB_CACHE``, else the user's cache folder."""
    chosen = os.environ.get(CACHE_VARIABLE)
    return Path(chosen).expanduser() if chosen else user_cache_path("resnet-lab")


def _materialise_elpv(target: Path) -> Path:
    """Lay out the ELPV photographs as ``target/<class>/*.png``, once, however many processes ask.

    2,624 electroluminescence photographs of solar cells (Deitsch et al. 2019, arXiv:1807.02894; CC BY-NC-SA 4.0),
    each with the experts' probability p of a defect: functional if p < 0.5, else defective. The files are copied
    byte for byte, since the split hangs on their content.
    """
    if target.is_dir():
        return target
    package = find_spec("elpv_dataset")
    if package is None or not package.submodule_search_locations:
        raise InputError(
            "data.root builtin:elpv needs the package elpv-dataset: pip install 'resnet-lab[demo]'. "
            "Or name a folder of your own photographs with --data.root."
        )
    source = Path(package.submodule_search_locations[0]) / "data"
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_suffix(".lock")):
        if target.is_dir():  # another process was faster
            return target
        with tempfile.TemporaryDirectory(dir=target.parent, prefix="elpv-") as temporary:
            tree = Path(temporary) / "elpv"
            for label in ("functional", "defective"):
                (tree / label).mkdir(parents=True)
            with (source / "labels.csv").open(newline="") as file:
                for path, probability, _cell_type in csv.reader(file, delimiter=" ", skipinitialspace=True):
                    label = "functional" if float(probability) < 0.5 else "defective"
                    shutil.copyfile(source / path, tree / label / Path(path).name)
            tree.rename(target)
    return target
