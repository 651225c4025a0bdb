"""Mosaic of images with lines of text below each."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from resnet_lab.plots.style import CORRECT, WRONG, styled
from resnet_lab.plots.texts import left_to_right, shortened

_COLUMNS = 4
_SIDE, _GAP, _LINE, _HEAD = 1.9, 0.16, 0.15, 0.21  # inches: an image, between two, a line of text, a line of the title
_TEXT, _SMALL = 8, 7  # points
_WIDEST = 26  # columns of text below an image


@dataclass(frozen=True)
class Tile:
    """An image of a mosaic.

    Attributes:
        image: Pixels ``(H, W, 3)``; both sides are drawn equally long.
        lines: Texts below it; a long one is shortened in its middle.
        wrong: Whether the texts are about a mistake, and red.
        path: Path of the image; a long one has a line for its folder.
    """

    image: npt.NDArray[np.uint8]
    lines: Sequence[str]
    wrong: bool = False
    path: str = ""


def mosaic_plot(tiles: Sequence[Tile], title: str, in_a_row: int = _COLUMNS) -> Figure:
    """Draw images side by side.

    Args:
        tiles: One or more images.
        title: Lines above the plot.
        in_a_row: Number of images in a row.
    """
    columns = min(in_a_row, len(tiles))
    rows = math.ceil(len(tiles) / columns)
    texts = [_texts(tile) for tile in tiles]
    height = _SIDE + _GAP + _LINE * max(map(len, texts))
    head = _GAP + _HEAD * (1 + title.count("\n"))
    size = max(columns, 3) * (_SIDE + _GAP) + _GAP, rows * height + head + _GAP
    with styled():
        figure = Figure(figsize=size)
        axes = figure.add_axes((0, 0, 1, 1))  # one for all images: an axes per image takes ten times as long
        for number, (tile, lines) in enumerate(zip(tiles, texts, strict=True)):
            row, column = divmod(number, columns)
            left, top = _GAP + column * (_SIDE + _GAP), head + row * height
            axes.imshow(tile.image, extent=(left, left + _SIDE, top + _SIDE, top))
            for line, (text, style) in enumerate(lines):
                below = top + _SIDE + 0.04 + line * _LINE
                drawn = axes.text(left, below, left_to_right(text), va="top", clip_on=True, **style)
                drawn.set_clip_path(Rectangle((left, below), _SIDE + 0.5 * _GAP, 2 * _LINE, transform=axes.transData))
        axes.text(_GAP, _GAP, title, va="top", fontsize=10, linespacing=1.4)
        axes.set(xlim=(0, size[0]), ylim=(size[1], 0), aspect="equal")
        axes.set_axis_off()
    return figure


def _texts(tile: Tile) -> list[tuple[str, dict[str, Any]]]:
    """Return the lines below an image, each with its style."""
    style = {"color": WRONG if tile.wrong else CORRECT, "fontsize": _TEXT}
    folder, slash, name = tile.path.rpartition("/")
    parts = [tile.path] if shortened(tile.path, _WIDEST) == tile.path else [folder + slash, name]
    return [
        *((shortened(line, _WIDEST), style) for line in tile.lines),
        *((shortened(part, _WIDEST), {"color": "0.4", "fontsize": _SMALL}) for part in parts if part),
    ]
