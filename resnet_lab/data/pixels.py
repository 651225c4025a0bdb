"""Transforms from a decoded image to the pixels of the network, for training and evaluation."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from PIL import Image
from torch import Tensor
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as tv

from resnet_lab.data.decode import decode
from resnet_lab.data.rgb import DecodeRule, short_side
from resnet_lab.data.thin import middle

Augment = Literal["standard", "none", "trivial", "pad4"]


def load_resized(path: Path, image_size: int, rule: DecodeRule | None = None) -> Tensor:
    """Decode and resize with antialiasing: uint8 ``(3, H, W)`` as in :func:`resized`."""
    rule = rule or DecodeRule()
    return resized(decode(path, rule), image_size, rule)


def resized(image: Image.Image, image_size: int, rule: DecodeRule | None = None) -> Tensor:
    """Resize a decoded image with antialiasing: uint8 ``(3, H, W)``, the short side at :func:`short_side`.

    An image whose short side is there already keeps its pixels.

    Of a thin image, only the middle is used (:mod:`resnet_lab.data.thin`): whole, it could take gigabytes.
    """
    part = middle(*image.size)
    used = image if part == (0, 0, *image.size) else image.crop(part)
    return tv.resize(tv.pil_to_tensor(used), [short_side(image_size, rule)], antialias=True)


def training_transform(image_size: int, augment: Augment = "standard") -> Callable[[Tensor], Tensor]:
    """Return the transform of training images: uint8 ``(3, H, W)`` to uint8 ``(3, image_size, image_size)``.

    Random transforms draw from torch's default generator.

    Args:
        image_size: Side of the crop in pixels.
        augment: ``standard``: random resized crop (8 to 100% of the area, aspect 3/4 to 4/3) and horizontal flip,
            Szegedy et al. 2014 (arXiv:1409.4842, section 6). ``trivial``: after these, one random operation of random
            strength, TrivialAugment Wide, Müller and Hutter 2021 (arXiv:2103.10158). ``pad4``: 4 black pixels on
            each side, a random crop and horizontal flip, He et al. 2015 (arXiv:1512.03385, section 4.2). ``none``: the
            evaluation transform.
    """
    if augment == "none":
        return evaluation_transform(image_size)
    if augment == "pad4":
        return v2.Compose([v2.RandomCrop(image_size, padding=4), v2.RandomHorizontalFlip()])
    steps = [v2.RandomResizedCrop(image_size, antialias=True), v2.RandomHorizontalFlip()]
    return v2.Compose([*steps, v2.TrivialAugmentWide()] if augment == "trivial" else steps)


def evaluation_transform(image_size: int) -> Callable[[Tensor], Tensor]:
    """Return a center crop: uint8 ``(3, H, W)`` to uint8 ``(3, image_size, image_size)``, without random draws."""
    return v2.CenterCrop(image_size)
