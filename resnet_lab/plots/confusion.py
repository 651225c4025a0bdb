"""Plot of a confusion matrix."""

import math
from collections.abc import Sequence
from itertools import product
from typing import Any

from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from resnet_lab.plots.style import GRID, INK, blank, styled
from resnet_lab.plots.texts import shortened

_SIDE = 4.2  # inches
_CELL = 0.35  # inches of the plot per class from which on the cells have room for numbers
_DEEPEST = 0.55
"""Opacity of a share of one below a number: the text has a contrast of at least 4.5, on a light and on a dark page."""
_PERCENT = 1.0  # inches of the plot per class from which on a cell has room for its share below the number
_MOST_NAMED = 30
_LONGEST_NAME = 18


def confusion_plot(
    confusion: Sequence[Sequence[float]],
    classes: Sequence[str],
    color: str,
    axes_labels: tuple[str, str],
    *,
    title: str = "",
    side: float = _SIDE,
) -> Figure:
    """Draw a confusion matrix: the share of each true class as depth of color, the number of images in each cell.

    Args:
        confusion: Images, or their mean over seeds ``(K, K)``: rows true, columns predicted classes.
        classes: K class names.
        color: Color of the arm; the larger the share, the deeper it is.
        axes_labels: Labels of x, predicted, and y, true.
        title: Line above the plot.
        side: Height in inches; a larger plot has numbers for more classes.
    """
    count = len(classes)
    shares = [[n / (sum(images) or 1) for n in images] for images in confusion]
    with styled():
        figure, axes = blank(axes_labels, height=side, width=side + 0.6)
        if title:
            figure.suptitle(title, fontsize="medium")
        if count * _CELL > side:
            depth = LinearSegmentedColormap.from_list("share", [(*to_rgb(color), 0), (*to_rgb(color), 1)])
            axes.imshow(shares, cmap=depth, vmin=0, vmax=1)
        else:
            for row, column in product(range(count), repeat=2):
                share, corner = shares[row][column], (column - 0.5, row - 0.5)
                axes.add_patch(Rectangle(corner, 1, 1, facecolor=color, alpha=_DEEPEST * share, edgecolor="none"))
                n = confusion[row][column]
                said = f"{n:.0f}" if float(n).is_integer() else f"{n:.1f}"
                if count * _PERCENT <= side:
                    said += f"\n{100 * share:.0f}%"
                axes.text(column, row, said, ha="center", va="center", color=INK, linespacing=1.4)
        step = math.ceil(count / _MOST_NAMED)
        names = [shortened(name, _LONGEST_NAME) for name in classes][::step]
        turn: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if count > 3 else {}
        axes.set_xticks(range(0, count, step), names, **turn)
        axes.set_yticks(range(0, count, step), names)
        axes.set(xlim=(-0.5, count - 0.5), ylim=(count - 0.5, -0.5), aspect="equal")
        for spine in axes.spines.values():
            spine.set(visible=True, color=GRID)
    return figure
