"""Normalization of pixels by mean and standard deviation per channel."""

from collections.abc import Iterable
from functools import cache
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as tv

from resnet_lab.errors import InputError

NormalizeBy = Literal["imagenet", "train"]


class Normalization(NamedTuple):
    """Mean and standard deviation per channel, on the scale of 0 to 1.

    Attributes:
        mean: ``(3,)``.
        std: ``(3,)``.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __call__(self, images: Tensor) -> Tensor:
        """Map uint8 ``(B, 3, H, W)`` to float32 of the same shape: subtract mean, divide by standard deviation."""
        mean, std = _on_device(self, images.device)
        return tv.to_dtype(images, torch.float32, scale=True).sub(mean).div_(std)


IMAGENET = Normalization((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""ImageNet's, as in torchvision's reference scripts."""


@cache
def _on_device(normalization: Normalization, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation, ``(3, 1, 1)`` each. A copy to a GPU per batch would make the host wait."""
    with torch.inference_mode(False):  # the first batch may be one of a validation
        mean, std = (
            torch.tensor(values, dtype=torch.float32, device=device).view(-1, 1, 1) for values in normalization
        )
    return mean, std


def normalization_of(batches: Iterable[Tensor]) -> Normalization:
    """Return mean and standard deviation per channel over all pixels of all images.

    Pixel values are counted in 256 bins, so the result does not depend on the order or the size of the batches.

    Args:
        batches: Batches of images, uint8 ``(B, 3, H, W)``.

    Raises:
        InputError: All pixels of a channel are equal.
    """
    counts = torch.zeros(3, 256, dtype=torch.int64)
    for images in batches:
        for channel in range(3):
            counts[channel] += torch.bincount(images[:, channel].flatten(), minlength=256)
    values = torch.arange(256, dtype=torch.float64) / 255
    shares = counts.double() / counts.sum(dim=1, keepdim=True)
    mean = (shares * values).sum(dim=1)
    std = (shares * (values - mean[:, None]) ** 2).sum(dim=1).sqrt()
    if not (std > 0).all():
        raise InputError(
            "data.normalize is train, but the training images have no contrast: all pixels are equal. View them."
        )
    return Normalization(tuple(mean.tolist()), tuple(std.tolist()))
