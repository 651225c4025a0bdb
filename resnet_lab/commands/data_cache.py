"""``resnet-lab data cache``: list, build, verify and clear the decoded cache and the index of files."""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from resnet_lab.data.sources import cache_folder, resolve_root
from resnet_lab.errors import printable
from resnet_lab.output import give, say

if TYPE_CHECKING:
    from resnet_lab.data.cache_choice import CacheChoice
    from resnet_lab.data.manifest import ManifestRule
    from resnet_lab.data.rgb import DecodeRule


def list_caches() -> int:
    """Print one line per cache, and the total size."""
    from resnet_lab.data.pixel_cache import PixelCache

    total = 0
    for folder in sorted(path for path in _caches().glob("*") if path.is_dir()):
        cache = PixelCache(folder)
        size = sum(file.stat().st_size for file in folder.iterdir())
        total += size
        if cache.is_whole():
            about = cache.about
            what = f"{about['images']:,} images of {about['root']}, short side {about['short_side']}"
        else:
            what = "unfinished, damaged or of version 0.1: the next fit builds it anew"
        give(f"{size / 1e6:10,.1f} MB  {folder.name}  {what}")
    give(f"{total / 1e6:10,.1f} MB  in {_caches()}")
    return 0


def build(root: str, image_size: int, rule: "DecodeRule", manifest: "ManifestRule") -> int:
    """Decode a data set into the cache."""
    choice = _choose(root, image_size, rule, manifest, build=True)
    say(choice.reason)
    return 0


def verify(root: str, image_size: int, rule: "DecodeRule", manifest: "ManifestRule") -> int:
    """Read every file of a data set again. Print those that differ from index or cache; return 1 if any do."""
    import torch

    from resnet_lab.data.folder import find_layout
    from resnet_lab.data.index import FileIndex
    from resnet_lab.data.pixels import load_resized

    choice = _choose(root, image_size, rule, manifest, build=False)
    index = FileIndex()
    paths = [placed.path for placed in find_layout(resolve_root(root), manifest=manifest).placed]
    remembered = index.facts(paths)
    read = index.facts(paths, reread=True)
    wrong = [
        f"{printable(path)} changed, but kept its size and time"
        for path, then, now in zip(paths, remembered, read, strict=True)
        if then != now
    ]
    compared = 0
    if choice.cache is not None:
        for path, facts in zip(paths, read, strict=True):
            if facts.found is not None and (row := choice.cache.row(facts.sha256)) is not None:
                compared += 1
                cached = choice.cache.pixels(row)
                if cached is None or not torch.equal(cached, load_resized(path, image_size, rule)):
                    wrong.append(f"{printable(path)} has other pixels than the cache; remove {choice.cache.folder}")
    for line in wrong:
        give(line)
    give(f"read {len(paths):,} files again, compared {compared:,} with the cache: {len(wrong):,} differ")
    return 1 if wrong else 0


def clear() -> int:
    """Remove all caches and the index of files."""
    removed = 0
    if _caches().is_dir():
        removed = sum(file.stat().st_size for file in _caches().rglob("*") if file.is_file())
        shutil.rmtree(_caches())
    (cache_folder() / "files.sqlite").unlink(missing_ok=True)
    say(f"removed {removed / 1e6:,.1f} MB from {cache_folder()}")
    return 0


def _caches() -> Path:
    return cache_folder() / "pixels"


def _choose(root: str, image_size: int, rule: "DecodeRule", manifest: "ManifestRule", *, build: bool) -> "CacheChoice":
    from resnet_lab.data.cache_choice import choose_cache
    from resnet_lab.data.folder import read_image_folder

    # Files that cannot be used are left to `data check`. The others are decoded all the same.
    folder = read_image_folder(resolve_root(root), rule=rule, on_bad_image="skip", allow_leaks=True, manifest=manifest)
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return choose_cache(folder, image_size, rule, True, _caches(), build=build, workers=workers)
