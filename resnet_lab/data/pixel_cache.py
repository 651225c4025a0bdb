"""Decoded cache: the resized pixels of a data set in one file, shared by workers, arms and seeds.

The name of a cache is a hash of the image contents and of the rule by which they were decoded and resized. A changed
file therefore needs another cache. Random transforms come after the cache. Each image has a checksum, so that a damaged
disk cannot change what a network is trained on.
"""

import hashlib
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import PIL
import torch
import torchvision
from filelock import FileLock
from numpy.typing import NDArray
from torch import Tensor

from resnet_lab.data.rgb import DecodeRule
from resnet_lab.errors import InputError
from resnet_lab.files import opened, read_json, write_json

_FORMAT = 2  # raise it when the decoder or the resize changes a pixel
_PIXELS, _INDEX, _ABOUT = "pixels.bin", "index.npz", "about.json"


def cache_key(contents: Iterable[str], short_side: int, rule: DecodeRule) -> str:
    """Return the name of the cache for images of these contents, decoded by ``rule`` and resized.

    Args:
        contents: sha256 of each image.
        short_side: Short side of the resized images in pixels.
        rule: How images are decoded.
    """
    decoding = (rule.background, rule.value_range, rule.color)
    head = json.dumps([_FORMAT, PIL.__version__, torchvision.__version__, short_side, *decoding])
    return hashlib.sha256("\n".join([head, *sorted(set(contents))]).encode()).hexdigest()[:32]


class CacheError(InputError):
    """The disk has no room for the cache, or the cache cannot be written."""


@dataclass(frozen=True)
class PixelCache:
    """A finished cache: pixels uint8 ``(3, H, W)`` by content. A pickled copy opens the file anew."""

    folder: Path

    @cached_property
    def about(self) -> dict[str, Any]:
        """Content of ``about.json``: ``root``, ``images``, ``short_side``, and what the other files must be."""
        return read_json(self.folder / _ABOUT)

    @cached_property
    def _index(self) -> dict[str, NDArray[Any]]:
        with np.load(self.folder / _INDEX, allow_pickle=False) as arrays:
            return dict(arrays)

    @cached_property
    def _pixels(self) -> NDArray[np.uint8]:
        return np.memmap(self.folder / _PIXELS, dtype=np.uint8, mode="r")

    def __getstate__(self) -> dict[str, Any]:
        return {"folder": self.folder}  # without the mapped file, which would be copied

    def rows(self, contents: Sequence[str]) -> NDArray[np.int64]:
        """Return the row of each content in the cache, ``(N,)``, for :meth:`pixels`.

        Raises:
            KeyError: A content is not in the cache.
        """
        known, wanted = self._index["sha256"], np.array([content.encode() for content in contents], dtype="S64")
        rows = np.searchsorted(known, wanted).clip(max=len(known) - 1)
        if not (known[rows] == wanted).all():
            raise KeyError("an image is not in the cache")
        assert self._pixels is not None  # mapped before workers are started: clearing the cache takes nothing from them
        return rows

    def row(self, content: str) -> int | None:
        """Return the row of one content in the cache; None if it is not there."""
        try:
            return int(self.rows([content])[0])
        except KeyError:
            return None

    def pixels(self, row: int) -> Tensor | None:
        """Return a copy of the pixels of one image, uint8 ``(3, H, W)``; None if they are damaged."""
        start = self._index["start"][row]
        height, width = self._index["height"][row], self._index["width"][row]
        flat = np.array(self._pixels[start : start + 3 * height * width])
        if zlib.crc32(flat.data) != self._index["crc32"][row]:
            return None
        return torch.from_numpy(flat.reshape(3, height, width))

    def is_whole(self) -> bool:
        """Return whether all files exist, the index as it was written and the pixels in full size.

        Caches of version 0.1 have no checksums and are not whole.
        """
        try:
            index = _sha256(self.folder / _INDEX)
            return index == self.about["index"] and (self.folder / _PIXELS).stat().st_size == self.about["bytes"]
        except (InputError, KeyError, OSError):
            return False

    def discard(self) -> bool:
        """Take a damaged cache out of use, so that the next fit builds it anew. Runs that have opened it keep it.

        Returns:
            True for the one call that did it.
        """
        try:
            (self.folder / _ABOUT).unlink()
        except OSError:
            return False
        return True


def find_cache(caches: Path, key: str) -> PixelCache | None:
    """Return the finished cache of this name; None if there is none."""
    cache = PixelCache(caches / key)
    return cache if cache.is_whole() else None


def build_cache(
    caches: Path, key: str, images: Iterable[tuple[str, Tensor]], *, needed: int, about: Mapping[str, Any]
) -> PixelCache:
    """Write a cache. If two processes need the same cache, the second waits and takes that of the first.

    The cache is written under a temporary name and renamed when it is complete. A killed build leaves nothing that
    could be mistaken for a cache, and the next build removes its files.

    Args:
        caches: Folder of all caches.
        key: From :func:`cache_key`.
        images: Content and pixels, uint8 ``(3, H, W)``, of each image; read only if the cache has to be written.
        needed: Size of all pixels in bytes.
        about: Content of ``about.json``, besides ``bytes`` and ``index``, the sha256 of the index.

    Raises:
        CacheError: The disk has no room for the cache, or the cache cannot be written.
    """
    try:
        caches.mkdir(parents=True, exist_ok=True)
        with FileLock(caches / f"{key}.lock"):
            if finished := find_cache(caches, key):
                return finished
            for leftover in (caches / key, *caches.glob(f"{key}.building-*")):
                shutil.rmtree(leftover, ignore_errors=True)
            if problem := no_room(caches, needed):
                raise CacheError(f"The decoded cache cannot be built: {problem}. Turn it off with data.cache: false.")
            building = Path(tempfile.mkdtemp(dir=caches, prefix=f"{key}.building-"))
            try:
                size = _write(building, images)
                write_json(building / _ABOUT, {**about, "bytes": size, "index": _sha256(building / _INDEX)})
                building.rename(caches / key)
            except BaseException:
                shutil.rmtree(building, ignore_errors=True)
                raise
    except (OSError, NotImplementedError) as error:  # the latter from a file system without locks
        raise CacheError(
            f"The decoded cache in {caches} cannot be written ({error}). Turn it off with data.cache: false, or choose "
            "another folder in $RESNET_LAB_CACHE."
        ) from error
    return PixelCache(caches / key)


def no_room(caches: Path, needed: int, share: float = 0.9) -> str | None:
    """Return the reason why ``needed`` bytes do not fit in a ``share`` of the free disk; None if they fit."""
    existing = next(folder for folder in (caches, *caches.parents) if os.path.isdir(folder))  # noqa: PTH112 (no errors)
    free = shutil.disk_usage(existing).free
    if needed <= share * free:
        return None
    return f"it takes {needed / 1e9:.1f} GB, and {existing} has {free / 1e9:.1f} GB free"


def _write(folder: Path, images: Iterable[tuple[str, Tensor]]) -> int:
    contents, starts, heights, widths, checksums = [], [], [], [], []
    size = 0
    with (folder / _PIXELS).open("wb") as file:
        for content, pixels in images:
            contents.append(content.encode())
            starts.append(size)
            heights.append(pixels.shape[1])
            widths.append(pixels.shape[2])
            flat = pixels.contiguous().numpy().tobytes()
            checksums.append(zlib.crc32(flat))
            size += file.write(flat)
        file.flush()
        os.fsync(file.fileno())
    order = np.argsort(np.array(contents, dtype="S64"), kind="stable")
    with (folder / _INDEX).open("wb") as file:
        np.savez(
            file,
            sha256=np.array(contents, dtype="S64")[order],
            start=np.array(starts, dtype=np.int64)[order],
            height=np.array(heights, dtype=np.int32)[order],
            width=np.array(widths, dtype=np.int32)[order],
            crc32=np.array(checksums, dtype=np.uint32)[order],
        )
    return size


def _sha256(path: Path) -> str:
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
