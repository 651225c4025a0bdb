"""Fixed samples of images on which every run is inspected: held-out ones, chosen ones, and training images."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.data.normalization import Normalization
from resnet_lab.errors import as_utf8

HELD_OUT, TRAINING = "test", "train"
BATCH_SIZE = 32
"""Images per batch. Results depend on it where BatchNorm uses the statistics of the batch."""


@dataclass(frozen=True)
class FixedSample:
    """Images of a split, uint8 ``(N, 3, image_size, image_size)``, and their class indices ``(N,)``.

    Drawn images keep the order in which they were drawn, so a batch has about the same class frequencies as the split.
    Chosen images have paths instead of a seed, relative to the root of the data.
    """

    images: Tensor
    labels: Tensor
    contents: tuple[str, ...]
    seed: int | None
    split: str = HELD_OUT
    drawn: str = "by content and seed, without regard to class"
    paths: tuple[str, ...] = ()

    def batches(self, normalization: Normalization, device: torch.device) -> "SampleBatches":
        """Return the sample as normalized batches of nearly equal size, about ``BATCH_SIZE``."""
        return SampleBatches(self, normalization, device)

    @property
    def majority_share(self) -> float:
        """Share of the most frequent class: the accuracy of a constant prediction."""
        return int(torch.bincount(self.labels).max()) / len(self.labels)

    def facts(self) -> dict[str, Any]:
        """Return a description of the sample for ``inspect.json``, in plain types."""
        return {
            "split": self.split,
            "n": len(self.labels),
            "drawn": self.drawn,
            "seed": self.seed,
            "contents_sha256": hashlib.sha256("\n".join(self.contents).encode()).hexdigest(),
            "majority_share": self.majority_share,
        }


@dataclass(frozen=True)
class SampleBatches:
    """Normalized batches of a sample: images ``(B, 3, H, W)`` and class indices ``(B,)``, each made in its turn."""

    sample: FixedSample
    normalization: Normalization
    device: torch.device

    @property
    def image_count(self) -> int:
        """Number of images."""
        return len(self.sample.labels)

    def __len__(self) -> int:
        """Return the number of batches."""
        return -(-self.image_count // BATCH_SIZE)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the batches in the order of the sample."""
        images, labels = (tensor.tensor_split(len(self)) for tensor in (self.sample.images, self.sample.labels))
        layout = torch.channels_last  # the layout of the backbone's weights
        for x, y in zip(images, labels, strict=True):
            yield self.normalization(x.to(self.device)).contiguous(memory_format=layout), y.to(self.device)


def draw_positions(contents: Sequence[str], count: int, seed: int) -> list[int]:
    """Return ``count`` positions, or all, in an order that depends only on the contents and the seed.

    Args:
        contents: SHA-256 of the content of each image.
        count: Number of positions.
        seed: Key of the draw.
    """
    keys = [hashlib.sha256(f"{seed} {content}".encode()).hexdigest() for content in contents]
    return sorted(range(len(keys)), key=lambda position: (keys[position], position))[:count]


def read_sample(data: ImageFolderDataModule, count: int, seed: int, split: str = HELD_OUT) -> FixedSample:
    """Read a sample of a split through the pixel path of evaluation, without augmentation.

    Args:
        data: The data.
        count: Number of images; all images if there are fewer.
        seed: Key of the draw.
        split: ``test``, or ``train`` for images to fit on.
    """
    contents = data.folder.splits[split].contents
    positions = draw_positions(contents, count, seed)
    return FixedSample(*_read(data, positions, split), seed, split)


def read_chosen(data: ImageFolderDataModule, paths: Sequence[str], drawn: str) -> FixedSample:
    """Read test images in a given order, in the same way.

    Args:
        data: The data.
        paths: Paths as in ``predictions.csv``, relative to the root of the data.
        drawn: The rule by which they were chosen, for ``inspect.json``.
    """
    folder = data.folder
    places = {as_utf8(p.relative_to(folder.root).as_posix()): n for n, p in enumerate(folder.splits[HELD_OUT].paths)}
    read = _read(data, [places[path] for path in paths], HELD_OUT)
    return FixedSample(*read, None, drawn=drawn, paths=tuple(paths))


def _read(data: ImageFolderDataModule, positions: Sequence[int], split: str) -> tuple[Tensor, Tensor, tuple[str, ...]]:
    """Return images, class indices and contents at positions of a split."""
    contents = data.folder.splits[split].contents
    dataset = data.evaluation_dataloader(split).dataset
    images, labels = zip(*(dataset[position] for position in positions), strict=True)
    return torch.stack(images), torch.tensor(labels), tuple(contents[p] for p in positions)
