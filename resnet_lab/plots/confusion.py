"""Confusion matrices."""

import math
from collections.abc import Sequence
from itertools import product
from typing import Any

from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from resnet_lab.plots.style import GRID, INK, ON_COLOUR, blank, styled

_MOST_NUMBERED = 12  # classes up to which a confusion matrix has room for its numbers
_MOST_NAMED = 30
_LONGEST_NAME = 18


def confusion_figure(
    confusion: Sequence[Sequence[float]], classes: Sequence[str], colour: str, axes_labels: tuple[str, str]
) -> Figure:
    """Draw a confusion matrix: the share of each true class as depth of colour, the number of images in each cell.

    Args:
        confusion: Images, or their mean over seeds ``(K, K)``: rows true, columns predicted.
        classes: K class names.
        colour: Of a share of one.
        axes_labels: Of x, predicted, and y, true.
    """
    count = len(classes)
    shares = [[n / (sum(images) or 1) for n in images] for images in confusion]
    with styled():
        figure, axes = blank(axes_labels, height=4.2)
        if count > _MOST_NUMBERED:
            depth = LinearSegmentedColormap.from_list("share", [(*to_rgb(colour), 0), (*to_rgb(colour), 1)])
            axes.imshow(shares, cmap=depth, vmin=0, vmax=1)
        else:
            for row, column in product(range(count), repeat=2):
                share, corner = shares[row][column], (column - 0.5, row - 0.5)
                axes.add_patch(Rectangle(corner, 1, 1, facecolor=colour, alpha=share, edgecolor="none"))
                shade = ON_COLOUR if share > 0.55 else INK
                axes.text(column, row, f"{confusion[row][column]:.4g}", ha="center", va="center", color=shade)
        step = math.ceil(count / _MOST_NAMED)
        names = [f"{name[: _LONGEST_NAME - 1]}…" if len(name) > _LONGEST_NAME else name for name in classes][::step]
        turn: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if count > 3 else {}
        axes.set_xticks(range(0, count, step), names, **turn)
        axes.set_yticks(range(0, count, step), names)
        axes.set(xlim=(-0.5, count - 0.5), ylim=(count - 0.5, -0.5), aspect="equal")
        for side in axes.spines.values():
            side.set(visible=True, color=GRID)
    return figure
