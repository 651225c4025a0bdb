"""Dataset of one split: pixels and class index by position."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from resnet_lab.data.index import refuse_changed
from resnet_lab.data.items import Items
from resnet_lab.data.pixel_cache import PixelCache
from resnet_lab.data.pixels import load_resized
from resnet_lab.data.rgb import DecodeRule
from resnet_lab.data.seeding import SampleKey, augmentation_rng
from resnet_lab.output import remark

Sample = tuple[Tensor, int]
"""Pixels uint8 ``(3, image_size, image_size)`` and a class index."""
Resized = Callable[[int], Tensor]
"""Maps a position to uint8 ``(3, H, W)`` with the short side at :func:`~resnet_lab.data.pixels.short_side`."""


@dataclass(frozen=True)
class FromFiles:
    """Resized pixels, decoded anew each time.

    Attributes:
        paths: Image files by position.
        image_size: Side of the crop in pixels.
        rule: How images are decoded.
        known: The same files as they were when the data set was read; None accepts any change.
    """

    paths: Sequence[Path]
    image_size: int
    rule: DecodeRule
    known: Items | None = None

    def __call__(self, position: int) -> Tensor:
        """Return uint8 ``(3, H, W)``.

        Raises:
            InputError: The file cannot be decoded, or is another one than before.
        """
        try:
            return load_resized(self.paths[position], self.image_size, self.rule)
        finally:  # afterwards, to notice a change while it was decoded; a change also explains most failures
            if self.known is not None:
                item = self.known[position]
                refuse_changed(item.path, item.sha256, item.stamp)


@dataclass(frozen=True)
class FromCache:
    """Resized pixels, decoded once. They are bit-identical to those of :class:`FromFiles`.

    Attributes:
        cache: The decoded cache.
        rows: Row in the cache by position, ``(N,)``.
        files: The same images, for those that are damaged in the cache.
    """

    cache: PixelCache
    rows: NDArray[np.int64]
    files: FromFiles

    def __call__(self, position: int) -> Tensor:
        """Return uint8 ``(3, H, W)``."""
        pixels = self.cache.pixels(int(self.rows[position]))
        if pixels is not None:
            return pixels
        if self.cache.discard():
            remark(
                f"note    the decoded cache {self.cache.folder} is damaged: its images are decoded anew where they are "
                "damaged, and the next fit builds it again. Check the disk."
            )
        return self.files(position)


class LabeledImages(Dataset[Sample]):
    """Images of one split, each as uint8 pixels ``(3, image_size, image_size)`` with its class index.

    The key of a sample is ``(epoch, position)``. Its augmentation depends on that key and the seed alone. A plain
    position means epoch 0.

    Args:
        resized: Resized pixels by position.
        labels: Class indices ``(N,)``.
        transform: Transform of the pixels, random or not.
        seed: Seed of the augmentation.
    """

    def __init__(
        self,
        resized: Resized,
        labels: Sequence[int] | NDArray[np.int32],
        transform: Callable[[Tensor], Tensor],
        seed: int,
    ) -> None:
        self.resized = resized
        self.labels = labels
        self.transform = transform
        self.seed = seed

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, key: SampleKey | int) -> Sample:
        epoch, position = key if isinstance(key, tuple) else (0, key)
        pixels = self.resized(position)
        with augmentation_rng(seed=self.seed, epoch=epoch, position=position):
            return self.transform(pixels), int(self.labels[position])
