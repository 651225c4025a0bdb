"""Plot of curves by something other than epochs: layers, removed blocks, optimizer steps."""

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from scipy.stats import gmean

from resnet_lab.plots.curves import Line, mean_curve
from resnet_lab.plots.style import INK, blank, styled
from resnet_lab.statistics.curves import Curve

_FEW_DECADES = 100  # on an axis of fewer decades, ticks at powers of ten alone are too few
_FEW_POINTS = 12  # a curve of at most so many points shows each of them
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def profiles_plot(
    lines: Sequence[Line],
    axes_labels: tuple[str, str],
    *,
    logarithmic: bool = False,
    levels: Mapping[str, float] = MappingProxyType({}),
) -> Figure:
    """Draw curves over whole numbers, each seed thin and the mean bold.

    Args:
        lines: The lines in the order of the legend.
        axes_labels: Labels of x and y.
        logarithmic: Whether the y axis is logarithmic; then the mean is geometric, and values that are not above zero
            are left out.
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
            width = 2.2 if line.style == "-" else 1.4
            style: dict[str, Any] = {"lw": width, "color": line.color, "label": line.label}
            if len(mean) <= _FEW_POINTS:
                style |= {"marker": "o", "ms": 5}
            axes.plot(list(mean), list(mean.values()), line.style, **style)
        for label, level in levels.items():
            axes.axhline(level, color=INK, lw=1.2, ls=":", label=label)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if logarithmic:
            axes.set_yscale("log")
            low, high = axes.get_ylim()
            if high < _FEW_DECADES * low:
                axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter(FuncFormatter(tick_label))
            axes.yaxis.set_minor_formatter(NullFormatter())
        axes.grid(axis="y")
        axes.legend()
    return figure


def geometric_mean(curves: Sequence[Curve]) -> dict[int, float]:
    """Return the geometric mean of curves at the points that all of them have.

    >>> round(geometric_mean([{1: 0.01, 2: 1.0}, {1: 1.0}])[1], 6)
    0.1
    """
    return {x: float(gmean([curve[x] for curve in curves])) for x in mean_curve(curves)}


def tick_label(value: float, _: object = None) -> str:
    """Return the label of a tick at 1, 2 or 5 times a power of ten, as plain text and not as a formula.

    >>> tick_label(0.5), tick_label(1e-5), tick_label(2e-5)
    ('0.5', '10⁻⁵', '2·10⁻⁵')
    """
    if 1e-3 < value < 1e4:
        return f"{value:g}"
    exponent = math.floor(math.log10(value) + 1e-9)
    factor = round(value / 10**exponent)
    power = f"10{str(exponent).translate(_SUPERSCRIPTS)}"
    return power if factor == 1 else f"{factor}·{power}"


def _positive(curve: Curve) -> dict[int, float]:
    return {x: value for x, value in curve.items() if value > 0}
