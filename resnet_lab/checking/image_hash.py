"""What an image looks like: a hash that near-duplicates share most bits of, and how far its values spread."""

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
"""Spread, in grey levels of 255, below which an image is blank.

Dust of full contrast on an even ground passes as an image from one pixel in 65,000 on.
"""
_SIDE = 16  # of the hash, in bits
_TOO_FEW = 200  # images for which starting processes takes longer than looking


class Look(NamedTuple):
    """What looking at an image has told.

    Attributes:
        hash: 256 bits: which of the 16 x 16 lowest frequencies of its grey values are above their median (pHash).
        spread: Standard deviation of its values in the channel where it is largest, in grey levels of 255.
    """

    hash: bytes
    spread: float


def look_at(path: Path, rule: DecodeRule = DEFAULT_RULE) -> Look | str:
    """Return what an image looks like, decoded as for training; or why it cannot be decoded."""
    try:
        image = decode(path, rule)
    except InputError as error:
        return plain_message(error)
    bits = imagehash.phash(image, hash_size=_SIDE).hash
    return Look(np.packbits(bits).tobytes(), max(ImageStat.Stat(image).stddev))


def look_at_all(paths: Sequence[Path], rule: DecodeRule = DEFAULT_RULE) -> list[Look | str]:
    """Look at images, on all cores if they are many; with a progress bar on a terminal."""
    bar: Callable[[Iterable[Look | str]], Iterable[Look | str]] = lambda looks: tqdm(  # noqa: E731
        looks, desc="looking at images", total=len(paths), unit=" images", delay=1, disable=None, leave=False
    )
    look = partial(look_at, rule=rule)
    if len(paths) < _TOO_FEW:
        return list(bar(map(look, paths)))
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None) as pool:
        return list(bar(pool.map(look, paths, chunksize=32)))
