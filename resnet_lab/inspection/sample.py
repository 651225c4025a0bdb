"""Fixed sample of held-out images on which every run is inspected."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.data.normalization import Normalization

SPLIT = "test"
BATCH_SIZE = 32
"""Images per batch. Results depend on it where BatchNorm uses the statistics of the batch."""


@dataclass(frozen=True)
class FixedSample:
    """Images of the held-out split, uint8 ``(N, 3, image_size, image_size)``, and their class indices ``(N,)``.

    The images are drawn by content, without regard to class. They keep the order in which they were drawn, so a batch
    has about the same class frequencies as the split.
    """

    images: Tensor
    labels: Tensor
    contents: tuple[str, ...]
    seed: int

    def batches(self, normalization: Normalization, device: torch.device) -> list[tuple[Tensor, Tensor]]:
        """Return the sample as normalized batches of nearly equal size, about ``BATCH_SIZE``."""
        count = -(-len(self.labels) // BATCH_SIZE)
        images, labels = (tensor.tensor_split(count) for tensor in (self.images, self.labels))
        layout = torch.channels_last  # the layout of the backbone's weights
        return [
            (normalization(x.to(device)).contiguous(memory_format=layout), y.to(device))
            for x, y in zip(images, labels, strict=True)
        ]

    @property
    def majority_share(self) -> float:
        """Share of the most frequent class: the accuracy of a constant prediction."""
        return int(torch.bincount(self.labels).max()) / len(self.labels)

    def facts(self) -> dict[str, Any]:
        """Return a description of the sample for ``inspect.json``, in plain types."""
        return {
            "split": SPLIT,
            "n": len(self.labels),
            "drawn": "by content and seed, without regard to class",
            "seed": self.seed,
            "contents_sha256": hashlib.sha256("\n".join(self.contents).encode()).hexdigest(),
            "majority_share": self.majority_share,
        }


def draw_positions(contents: Sequence[str], count: int, seed: int) -> list[int]:
    """Return ``count`` positions, or all, in an order that depends only on the contents and the seed.

    Args:
        contents: SHA-256 of the content of each image.
        count: Number of positions.
        seed: Key of the draw.
    """
    keys = [hashlib.sha256(f"{seed} {content}".encode()).hexdigest() for content in contents]
    return sorted(range(len(keys)), key=lambda position: (keys[position], position))[:count]


def read_sample(data: ImageFolderDataModule, count: int, seed: int) -> FixedSample:
    """Read a sample of the held-out split through the pixel path of evaluation.

    Args:
        data: The data.
        count: Number of images; all images if there are fewer.
        seed: Key of the draw.
    """
    contents = data.folder.splits[SPLIT].contents
    positions = draw_positions(contents, count, seed)
    dataset = data.evaluation_dataloader(SPLIT).dataset
    images, labels = zip(*(dataset[position] for position in positions), strict=True)
    return FixedSample(torch.stack(images), torch.tensor(labels), tuple(contents[p] for p in positions), seed)
