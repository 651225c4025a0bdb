"""Drawn photographs for `benchmarks/gpu.py`: two classes of stripes under noise, no two files alike."""

from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ("flat", "steep")


def images_for(folder: Path, side: int, per_class: int) -> Path:
    """Return ``ROOT/CLASS/*.png`` of gray images; the files are drawn once.

    Args:
        folder: Folder that gets the root.
        side: Width and height in pixels.
        per_class: Number of images of each class.
    """
    root = folder / f"images-{side}-{per_class}"
    if root.exists():
        return root
    draws = np.random.default_rng(side)
    height = np.arange(side)[:, None] * np.ones(side)
    for label, turns in zip(CLASSES, (3.0, 5.0), strict=True):
        (root / label).mkdir(parents=True)
        for number in range(per_class):
            stripes = np.sin(height / side * turns * 2 * np.pi + draws.uniform(0, 2 * np.pi))
            # Noise of one value per 8 pixels, as smooth as a photograph: the files stay small.
            coarse = np.kron(draws.normal(0, 0.6, (side // 8 + 1, side // 8 + 1)), np.ones((8, 8)))[:side, :side]
            pixels = np.clip(127 + 50 * (stripes + coarse), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(root / label / f"{number:05}.png", compress_level=1)
    return root
