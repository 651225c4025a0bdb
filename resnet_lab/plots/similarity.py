"""Plot of the similarity of blocks: one heat map per pair of arms, all with one scale."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from resnet_lab.plots.style import GRID, styled
from resnet_lab.runs.similarity import SimilarityMap

_SIDE = 2.7  # inches of a map
_MOST_NAMED = 9  # blocks with a tick
_COLORS = "viridis"  # rises in lightness, so it is read without color too


def similarity_plot(
    maps: Sequence[SimilarityMap], titles: Sequence[str], block: str, scale: str, most_per_row: int = 3
) -> Figure:
    """Draw heat maps from 0 to 1, input at the lower left; an estimate below 0 has the color of 0.

    Args:
        maps: The maps, in the order of the panels.
        titles: Title of each.
        block: Label of the axes: what is counted from the input.
        scale: Label of the scale of colors.
        most_per_row: Maps side by side.
    """
    columns = min(len(maps), most_per_row)
    rows = math.ceil(len(maps) / columns)
    with styled():
        figure = Figure(figsize=(_SIDE * columns + 0.7, (_SIDE + 0.2) * rows), layout="constrained")
        panels = [figure.add_subplot(rows, columns, place) for place in range(1, len(maps) + 1)]
        for axes, one, title in zip(panels, maps, titles, strict=True):
            image = axes.imshow(one.values, cmap=_COLORS, vmin=0, vmax=1, origin="lower", interpolation="nearest")
            axes.set_title(title, fontsize="small")
            down, across = (_ticks(len(blocks)) for blocks in one.blocks)
            axes.set_yticks([n - 1 for n in down], [str(n) for n in down])
            axes.set_xticks([n - 1 for n in across], [str(n) for n in across])
            first, second = one.arms
            axes.set(ylabel=f"{block}, {first}", xlabel=f"{block}, {second}")
            for spine in axes.spines.values():
                spine.set(visible=True, color=GRID)
        figure.colorbar(image, ax=panels, label=scale, fraction=0.03, pad=0.02)
    return figure


def _ticks(count: int) -> list[int]:
    """Return the numbers of blocks that are named: the first, and every so many after it.

    >>> _ticks(16)
    [1, 3, 5, 7, 9, 11, 13, 15]
    """
    return np.arange(1, count + 1, math.ceil(count / _MOST_NAMED)).tolist()
