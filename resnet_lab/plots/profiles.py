"""A figure along something other than epochs: layers, removed blocks, optimizer steps."""

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

_FEW_DECADES = 100  # on fewer, powers of ten alone are too few ticks
_FEW_PLACES = 12  # each is marked
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def profiles_figure(
    lines: Sequence[Line],
    axes_labels: tuple[str, str],
    *,
    logarithmic: bool = False,
    levels: Mapping[str, float] = MappingProxyType({}),
) -> Figure:
    """Draw figures by a whole number: the seeds thin, their mean bold.

    Args:
        lines: In the order of the legend.
        axes_labels: Of x and y.
        logarithmic: Whether the y axis is one of factors; then the mean is geometric, and what is not above zero is
            left out.
        levels: Dotted horizontal lines, by their label.
    """
    with styled():
        figure, axes = blank(axes_labels)
        for line in lines:
            curves = [_positive(curve) for curve in line.curves] if logarithmic else line.curves
            for curve in curves if len(curves) > 1 else ():
                axes.plot(list(curve), list(curve.values()), line.style, lw=0.8, color=line.colour, alpha=0.3)
            if line.dots:
                axes.plot(*zip(*line.dots, strict=True), "o", ms=3.5, color=line.colour, alpha=0.35, mew=0)
            mean = geometric_mean(curves) if logarithmic else mean_curve(curves)
            width = 2.2 if line.style == "-" else 1.4
            look: dict[str, Any] = {"lw": width, "color": line.colour, "label": line.label}
            if len(mean) <= _FEW_PLACES:
                look |= {"marker": "o", "ms": 5}
            axes.plot(list(mean), list(mean.values()), line.style, **look)
        for label, level in levels.items():
            axes.axhline(level, color=INK, lw=1.2, ls=":", label=label)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if logarithmic:
            axes.set_yscale("log")
            low, high = axes.get_ylim()
            if high < _FEW_DECADES * low:
                axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter(FuncFormatter(of_a_tick))
            axes.yaxis.set_minor_formatter(NullFormatter())
        axes.grid(axis="y")
        axes.legend()
    return figure


def geometric_mean(curves: Sequence[Curve]) -> dict[int, float]:
    """Return the geometric mean of curves where all of them are.

    >>> round(geometric_mean([{1: 0.01, 2: 1.0}, {1: 1.0}])[1], 6)
    0.1
    """
    return {place: float(gmean([curve[place] for curve in curves])) for place in mean_curve(curves)}


def of_a_tick(value: float, _: object = None) -> str:
    """Return 1, 2 or 5 times a power of ten as the label of a tick; labels are not typeset as formulas.

    >>> of_a_tick(0.5), of_a_tick(1e-5), of_a_tick(2e-5)
    ('0.5', '10⁻⁵', '2·10⁻⁵')
    """
    if 1e-3 < value < 1e4:
        return f"{value:g}"
    exponent = math.floor(math.log10(value) + 1e-9)
    factor = round(value / 10**exponent)
    power = f"10{str(exponent).translate(_SUPERSCRIPTS)}"
    return power if factor == 1 else f"{factor}·{power}"


def _positive(curve: Curve) -> dict[int, float]:
    return {place: value for place, value in curve.items() if value > 0}
