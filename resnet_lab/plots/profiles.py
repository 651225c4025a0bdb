"""Plot of curves by something other than epochs: layers, removed blocks, optimizer steps."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy import stats

from resnet_lab.plots.curves import Line, mean_curve
from resnet_lab.plots.style import INK, blank, legend_above, logarithmic_axis, styled
from resnet_lab.statistics.curves import Curve

_FEWEST_SEEDS = 3  # an interval from two seeds is wider than the plot
_FEW_POINTS = 12  # a curve of at most so many points shows each of them


def profiles_plot(
    lines: Sequence[Line],
    axes_labels: tuple[str, str],
    *,
    logarithmic: bool = False,
    bands: bool = False,
    levels: Mapping[str, float] = MappingProxyType({}),
) -> Figure:
    """Draw curves over whole numbers, each seed thin and the mean bold.

    Args:
        lines: The lines in the order of the legend.
        axes_labels: Labels of x and y.
        logarithmic: Whether the y axis is logarithmic; then the mean is geometric, and values that are not above zero
            are left out.
        bands: Whether to shade the 95% interval of each mean over seeds (t), where three seeds or more have the point.
        levels: Values of dotted horizontal lines, by label.
    """
    with styled():
        figure, axes = blank(axes_labels)
        for line in lines:
            curves = [_positive(curve) for curve in line.curves] if logarithmic else line.curves
            for curve in curves if len(curves) > 1 else ():
                axes.plot(list(curve), list(curve.values()), line.style, lw=0.8, color=line.color, alpha=0.3)
            if line.dots:
                axes.plot(*zip(*line.dots, strict=True), "o", ms=3.5, color=line.color, alpha=0.35, mew=0)
            mean = geometric_mean(curves) if logarithmic else mean_curve(curves)
            if bands:
                _shade(axes, line, curves, logarithmic)
            width = 2.2 if line.style == "-" else 1.4
            style: dict[str, Any] = {"lw": width, "color": line.color, "label": line.label}
            if len(mean) <= _FEW_POINTS:
                style |= {"marker": "o", "ms": 5}
            axes.plot(list(mean), list(mean.values()), line.style, **style)
        for label, level in levels.items():
            axes.axhline(level, color=INK, lw=1.2, ls=":", label=label)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if logarithmic:
            logarithmic_axis(axes)
        axes.grid(axis="y")
        legend_above(figure, axes)
    return figure


def _shade(axes: Axes, line: Line, curves: Sequence[Curve], logarithmic: bool) -> None:
    """Shade the 95% interval of the mean of curves; on a logarithmic axis, of the geometric mean."""
    if len(curves) < _FEWEST_SEEDS:
        return
    points = list(mean_curve(curves))
    values = np.array([[curve[x] for x in points] for curve in curves])
    values = np.log(values) if logarithmic else values
    half = stats.t.ppf(0.975, len(curves) - 1) * stats.sem(values, axis=0)
    low, high = (np.exp(edge) if logarithmic else edge for edge in (values.mean(0) - half, values.mean(0) + half))
    axes.fill_between(points, low, high, color=line.color, alpha=0.12, lw=0)


def geometric_mean(curves: Sequence[Curve]) -> dict[int, float]:
    """Return the geometric mean of curves at the points that all of them have.

    >>> round(geometric_mean([{1: 0.01, 2: 1.0}, {1: 1.0}])[1], 6)
    0.1
    """
    return {x: float(stats.gmean([curve[x] for curve in curves])) for x in mean_curve(curves)}


def _positive(curve: Curve) -> dict[int, float]:
    return {x: value for x, value in curve.items() if value > 0}
