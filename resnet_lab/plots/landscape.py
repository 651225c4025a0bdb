"""Plots of the loss around trained networks: on a line and on planes, all networks on one scale."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from math import ceil, floor, isfinite, log10
from typing import Literal

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from resnet_lab.plots.curves import Line
from resnet_lab.plots.inspection import InspectionResult
from resnet_lab.plots.profiles import profiles_plot
from resnet_lab.plots.style import CONTROL, INK, TREATED, styled, tick_label

_PANEL = (3.3, 3.5)  # inches
_FEW_DECADES, _MOST_DECADES = 4, 8
_DASHES: tuple[Literal["-", "--"], ...] = ("-", "--")

Plane = Mapping[tuple[float, float], float]
"""Loss by both steps; infinite where it overflowed."""


def landscape_plots(results: Sequence[InspectionResult]) -> dict[str, Figure]:
    """Draw the measurements ``landscape`` and ``plane`` of ``inspect``, by the name of their files.

    Args:
        results: The runs, in the order of the legend.
    """
    plots: dict[str, Figure] = {}
    if all("landscape" in result.rows for result in results):
        styles = {True: cycle(_DASHES), False: cycle(_DASHES)}
        lines = [
            Line(
                result.label,
                TREATED if result.residual else CONTROL,
                next(styles[result.residual]),
                [{round(100 * row["x"]): row["loss"] for row in result.rows["landscape"] if row["loss"] is not None}],
            )
            for result in results
        ]
        labels = ("step along a random direction, % of filter norms", "cross-entropy, held-out images")
        plots["landscape"] = profiles_plot(lines, labels, logarithmic=True)
    if all("plane" in result.rows for result in results):
        planes = {
            result.label: {
                (row["x"], row["y"]): float("inf") if row["loss"] is None else row["loss"]
                for row in result.rows["plane"]
            }
            for result in results
        }
        plots["plane"] = planes_plot(planes, ("first direction", "second direction"), "cross-entropy, held-out images")
    return plots


def planes_plot(planes: Mapping[str, Plane], axes_labels: tuple[str, str], loss_label: str) -> Figure:
    """Draw planes side by side as filled contours with the same levels; the trained weights are the dot.

    A loss that overflowed counts as above the highest level. Between points that a time budget left out, the contours
    are interpolated, in the logarithm of the loss.

    Args:
        planes: Loss by both steps, by the title of the panel.
        axes_labels: Labels of x and y.
        loss_label: Label of the scale.
    """
    levels = contour_levels([loss for plane in planes.values() for loss in plane.values()])
    heights = np.log10(levels)
    with styled():
        figure = Figure(figsize=(_PANEL[0] * len(planes) + 1.2, _PANEL[1]), layout="constrained")
        panels = [figure.add_subplot(1, len(planes), place) for place in range(1, len(planes) + 1)]
        for axes, (title, plane) in zip(panels, planes.items(), strict=True):
            axes.set(title=title, xlabel=axes_labels[0], xlim=(-1, 1), ylim=(-1, 1), aspect="equal")
            x, y = np.array(list(plane)).T
            height = np.log10(np.clip(list(plane.values()), levels[0], 10 * levels[-1]))
            if len(plane) > 2:
                drawn = axes.tricontourf(x, y, height, heights, cmap="viridis", extend="max")
                axes.tricontour(x, y, height, heights, colors=[INK], linewidths=0.5)
            axes.plot(0, 0, "o", ms=4, color="white", mec=INK)
        panels[0].set(ylabel=axes_labels[1])
        if any(len(plane) > 2 for plane in planes.values()):
            bar = figure.colorbar(drawn, ax=panels, label=loss_label, ticks=heights)
            bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda height, _: tick_label(10**height)))
            bar.ax.yaxis.set_minor_locator(NullLocator())
    return figure


def contour_levels(losses: Sequence[float]) -> list[float]:
    """Return levels at 1, 2 and 5 times powers of ten, or at powers alone for many decades, around finite losses.

    >>> contour_levels([0.3, 4.0]), contour_levels([float("inf"), 0.02, 3e9])[-1]
    ([0.2, 0.5, 1.0, 2.0, 5.0], 1000000.0)
    """
    there = [loss for loss in losses if isfinite(loss) and loss > 0] or [1.0]
    low, high = floor(log10(min(there))), ceil(log10(max(there)))
    if high - low > _FEW_DECADES:
        return [10.0**power for power in range(low, min(high, low + _MOST_DECADES) + 1)]
    ladder = [float(f"{factor}e{power}") for power in range(low, high + 1) for factor in (1, 2, 5)]
    first = max(place for place, level in enumerate(ladder) if level <= min(there))
    last = next((place for place, level in enumerate(ladder) if level >= max(there)), len(ladder) - 1)
    return ladder[first : max(last, first + 1) + 1]
