"""The one pixel path: which pixels the network is shown, in training and in evaluation."""

from collections.abc import Callable
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as tv

from resnet_lab.data.decode import decode

MEAN = (0.485, 0.456, 0.406)  # ImageNet's, as in torchvision's references
STD = (0.229, 0.224, 0.225)


def short_side(image_size: int) -> int:
    """Return the short side, in pixels, that images are resized to before they are cropped to ``image_size``.

    The proportion is He et al. 2015's 256 to 224 (sections 3.4 and 4.1).

    >>> short_side(224)
    256
    """
    return round(image_size * 256 / 224)


def load_resized(path: Path, image_size: int) -> Tensor:
    """Decode and resize, antialiased: uint8 ``(3, H, W)`` with the short side at ``short_side(image_size)``."""
    return resized(decode(path), image_size)


def resized(image: Image.Image, image_size: int) -> Tensor:
    """Resize a decoded image, antialiased: uint8 ``(3, H, W)``, the short side at ``short_side(image_size)``."""
    return tv.resize(tv.pil_to_tensor(image), [short_side(image_size)], antialias=True)


def training_transform(image_size: int) -> Callable[[Tensor], Tensor]:
    """Random resized crop (8 to 100% of the area, aspect 3/4 to 4/3) and horizontal flip.

    uint8 ``(3, H, W)`` becomes uint8 ``(3, image_size, image_size)``. Szegedy et al. 2014 (arXiv:1409.4842,
    section 6). Draws from torch's default generator.
    """
    return v2.Compose([v2.RandomResizedCrop(image_size, antialias=True), v2.RandomHorizontalFlip()])


def evaluation_transform(image_size: int) -> Callable[[Tensor], Tensor]:
    """Centre crop: uint8 ``(3, H, W)`` becomes uint8 ``(3, image_size, image_size)``; draws nothing."""
    return v2.CenterCrop(image_size)


def normalise(images: Tensor) -> Tensor:
    """Map uint8 ``(B, 3, H, W)`` to float32 with ImageNet's mean 0 and deviation 1 a channel."""
    return tv.normalize(tv.to_dtype(images, torch.float32, scale=True), list(MEAN), list(STD))
