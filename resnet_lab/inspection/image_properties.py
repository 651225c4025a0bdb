"""Properties of the test images: size, brightness and sharpness, for a description of those on which arms differ."""

from collections.abc import Iterator

import numpy as np
from scipy.ndimage import laplace
from torch import Tensor

from resnet_lab.data.index import FileIndex
from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.errors import as_utf8
from resnet_lab.inspection.measurement import MeasurementRow
from resnet_lab.inspection.sample import HELD_OUT, draw_positions
from resnet_lab.inspection.time_budget import TimeBudget

COLUMNS = ("path", "label", "width", "height", "brightness", "sharpness")
_LUMA = np.array([0.299, 0.587, 0.114])[:, None, None]  # ITU-R BT.601, as Pillow converts to gray


def image_properties(data: ImageFolderDataModule, budget: TimeBudget, seed: int) -> list[MeasurementRow]:
    """Return a row per test image, in an order that depends only on contents and the seed.

    Width and height are those of the file in pixels, upright. Brightness and sharpness (:func:`brightness_sharpness`)
    are those of the crop that the networks see, so images of different sizes have one scale.

    Args:
        data: The data.
        budget: How long images may be added.
        seed: Key of the order, so that a cut leaves a random sample.
    """
    return list(budget.spend_on(_rows(data, seed)))


def brightness_sharpness(pixels: Tensor) -> tuple[float, float]:
    """Return mean and sharpness of a gray image ``(3, H, W)``, uint8.

    The mean is from 0 (black) to 1. Sharpness is the variance of the Laplacian (Pech-Pacheco et al. 2000), in squared
    gray levels of 0 to 255: low where an image is blurred or empty, high where it has edges or noise.

    Args:
        pixels: RGB.
    """
    gray = (_LUMA * pixels.numpy()).sum(axis=0)
    return float(gray.mean() / 255), float(laplace(gray).var())


def _rows(data: ImageFolderDataModule, seed: int) -> Iterator[MeasurementRow]:
    folder, images = data.folder, data.evaluation_dataloader(HELD_OUT).dataset
    split = folder.splits[HELD_OUT]
    facts = FileIndex().facts(split.paths)
    for position in draw_positions(split.contents, len(split.contents), seed):
        pixels, label = images[position]
        brightness, sharpness = brightness_sharpness(pixels)
        found = facts[position].found
        yield {
            "path": as_utf8(split.paths[position].relative_to(folder.root).as_posix()),
            "label": data.classes[int(label)],
            "width": None if found is None else found.width,
            "height": None if found is None else found.height,
            "brightness": round(brightness, 4),
            "sharpness": float(f"{sharpness:.5g}"),
        }
