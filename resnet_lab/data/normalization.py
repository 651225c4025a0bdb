"""Which mean and deviation the pixels are normalised by."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as tv

from resnet_lab.errors import InputError

NormaliseBy = Literal["imagenet", "train"]


class Normalisation(NamedTuple):
    """Mean and standard deviation of each channel, on the scale of 0 to 1."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __call__(self, images: Tensor) -> Tensor:
        """Map uint8 ``(B, 3, H, W)`` to float32, shifted and scaled a channel."""
        return tv.normalize(tv.to_dtype(images, torch.float32, scale=True), list(self.mean), list(self.std))


IMAGENET = Normalisation((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""As in torchvision's references."""


def normalisation_of(batches: Iterable[Tensor]) -> Normalisation:
    """Return mean and deviation over all pixels of all images, a channel.

    Pixels are counted, not summed: the result is exact, whatever the order or the size of the batches.

    Args:
        batches: uint8 ``(B, 3, H, W)`` each.

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
        raise InputError("data.normalize is train, but the training images have no contrast: all pixels are equal.")
    return Normalisation(tuple(mean.tolist()), tuple(std.tolist()))
