"""Choice between the decoded cache and decoding anew, with its reason."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from resnet_lab.data.folder import ImageFolder
from resnet_lab.data.index import refuse_changed
from resnet_lab.data.items import Item, Items
from resnet_lab.data.pixel_cache import CacheError, PixelCache, build_cache, cache_key, find_cache, no_room
from resnet_lab.data.pixels import load_resized
from resnet_lab.data.rgb import DecodeRule, short_side
from resnet_lab.data.thin import middle
from resnet_lab.data.worker_start import worker_options
from resnet_lab.errors import printable

UseCache = bool | Literal["auto"]


@dataclass(frozen=True)
class CacheChoice:
    """The cache, if one is used.

    Attributes:
        cache: The cache; None if images are decoded anew each time.
        reason: The reason for the choice, as a phrase.
    """

    cache: PixelCache | None
    reason: str


def choose_cache(
    folder: ImageFolder, image_size: int, rule: DecodeRule, use: UseCache, caches: Path, *, build: bool, workers: int
) -> CacheChoice:
    """Find the cache of a data set, or build it.

    Args:
        folder: The data set.
        image_size: Side of the crop that the network sees.
        rule: How images are decoded.
        use: ``data.cache``: False never uses a cache, True uses one or fails, ``auto`` uses one if the disk has room.
        caches: Folder of all caches.
        build: Build a missing cache. An evaluation does not, since it reads only some of the images, once.
        workers: Number of processes that decode.

    Raises:
        InputError: ``use`` is True and the cache cannot be built.
    """
    if use is False:
        return CacheChoice(None, "off, as data.cache says")
    unique = _by_content(folder)
    key = cache_key(unique, short_side(image_size, rule), rule)
    if found := find_cache(caches, key):
        return CacheChoice(found, f"{found.about['bytes'] / 1e6:,.0f} MB of decoded pixels found in {found.folder}")
    if not build:
        return CacheChoice(None, "off: no cache exists yet for these images")
    needed = sum(resized_bytes(item, short_side(image_size, rule)) for item in unique.values())
    if use == "auto" and (problem := no_room(caches, needed, share=0.5)):
        return CacheChoice(None, f"off: {problem}")
    about = {"root": printable(folder.root), "images": len(unique), "short_side": short_side(image_size, rule)}
    images = _decoded(unique.values(), image_size, rule, workers)
    try:
        cache = build_cache(caches, key, images, needed=needed, about=about)
    except CacheError as error:
        if use == "auto":
            return CacheChoice(None, f"off: {error}")
        raise
    return CacheChoice(cache, f"{cache.about['bytes'] / 1e6:,.0f} MB of decoded pixels written to {cache.folder}")


def resized_bytes(item: Item, side: int) -> int:
    """Return the size of a resized image in bytes: 3 channels, the short side at ``side`` pixels."""
    left, top, right, bottom = middle(item.width, item.height)
    short, long = sorted((right - left, bottom - top))
    return 3 * side * int(side * long / short)


def _by_content(folder: ImageFolder) -> dict[str, Item]:
    return {item.sha256: item for items in folder.splits.values() for item in items}


class _Files(Dataset[tuple[str, Tensor]]):
    def __init__(self, items: Iterable[Item], image_size: int, rule: DecodeRule) -> None:
        self.items = Items(items)
        self.image_size = image_size
        self.rule = rule

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, position: int) -> tuple[str, Tensor]:
        item = self.items[position]
        try:
            return item.sha256, load_resized(item.path, self.image_size, self.rule)
        finally:  # afterwards, to notice a change while it was decoded; by content, as the index trusts size and time
            refuse_changed(item.path, item.sha256)


def _decoded(items: Iterable[Item], image_size: int, rule: DecodeRule, workers: int) -> Iterator[tuple[str, Tensor]]:
    files = _Files(items, image_size, rule)
    loader = DataLoader(files, batch_size=None, **worker_options(workers))
    yield from tqdm(loader, desc="decoding once", total=len(files), unit=" images", delay=1, disable=None, leave=False)
