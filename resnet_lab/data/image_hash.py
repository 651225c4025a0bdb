"""Perceptual hash and contrast of an image."""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import imagehash
import numpy as np
from PIL import ImageStat
from tqdm import tqdm

from resnet_lab.data.decode import decode
from resnet_lab.data.rgb import DEFAULT_RULE, DecodeRule
from resnet_lab.errors import InputError, plain_message

BLANK_BELOW = 1.0
"""Contrast, in gray levels of 255, below which an image is blank.

Dust of full contrast on an even background counts as an image from one pixel in 65,000 on.
"""
_SIDE = 16  # of the hash, in bits
_TOO_FEW = 200  # with fewer images, starting processes takes longer than hashing


class ImageHash(NamedTuple):
    """Perceptual hash and contrast.

    Attributes:
        hash: 256 bits, one per frequency: 1 if that frequency of the gray values is above the median of the 16 x 16
            lowest ones (pHash).
        contrast: Standard deviation of the pixel values in the channel with the largest one, in gray levels of 255.
    """

    hash: bytes
    contrast: float


def hash_image(path: Path, rule: DecodeRule = DEFAULT_RULE) -> ImageHash | str:
    """Return hash and contrast of an image, decoded as for training; or the reason why it cannot be decoded."""
    try:
        image = decode(path, rule)
    except InputError as error:
        return plain_message(error)
    bits = imagehash.phash(image, hash_size=_SIDE).hash
    return ImageHash(np.packbits(bits).tobytes(), max(ImageStat.Stat(image).stddev))


def hash_images(paths: Sequence[Path], rule: DecodeRule = DEFAULT_RULE) -> list[ImageHash | str]:
    """Return :func:`hash_image` of each path, on all cores if there are many. A terminal shows a progress bar."""
    bar: Callable[[Iterable[ImageHash | str]], Iterable[ImageHash | str]] = lambda hashes: tqdm(  # noqa: E731
        hashes, desc="hashing images", total=len(paths), unit=" images", delay=1, disable=None, leave=False
    )
    hash_one = partial(hash_image, rule=rule)
    if len(paths) < _TOO_FEW:
        return list(bar(map(hash_one, paths)))
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None) as pool:
        return list(bar(pool.map(hash_one, paths, chunksize=32)))
