"""A figure along something other than epochs: layers, removed blocks, optimizer steps."""

import math
from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter
from scipy.stats import gmean

from resnet_lab.comparison.measures import Curve
from resnet_lab.comparison.plots.curves import Line, mean_curve
from resnet_lab.comparison.plots.style import blank, styled

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def profiles_figure(lines: Sequence[Line], axes_labels: tuple[str, str], *, logarithmic: bool = False) -> Figure:
    """Draw figures by a whole number: the seeds thin, their mean bold.

    Args:
        lines: In the order of the legend.
        axes_labels: Of x and y.
        logarithmic: Whether the y axis is one of factors; then the mean is geometric, and what is not above zero is
            left out.
    """
    with styled():
        figure, axes = blank(axes_labels)
        for line in lines:
            curves = [_positive(curve) for curve in line.curves] if logarithmic else line.curves
            for curve in curves if len(curves) > 1 else ():
                axes.plot(list(curve), list(curve.values()), line.style, lw=0.8, color=line.colour, alpha=0.3)
            mean = geometric_mean(curves) if logarithmic else mean_curve(curves)
            width = 2.2 if line.style == "-" else 1.4
            axes.plot(list(mean), list(mean.values()), line.style, lw=width, color=line.colour, label=line.label)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if logarithmic:
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter(FuncFormatter(power_of_ten))
            axes.yaxis.set_minor_formatter(NullFormatter())
        axes.grid(axis="y")
        axes.legend()
    return figure


def geometric_mean(curves: Sequence[Curve]) -> dict[int, float]:
    """Return the geometric mean of curves where all of them are.

    >>> geometric_mean([{1: 0.01, 2: 1.0}, {1: 1.0}])
    {1: 0.1}
    """
    return {place: float(gmean([curve[place] for curve in curves])) for place in mean_curve(curves)}


def power_of_ten(value: float, _: object = None) -> str:
    """Return a power of ten as text: labels are not typeset as formulas.

    >>> power_of_ten(0.001)
    '10⁻³'
    """
    return f"10{str(round(math.log10(value))).translate(_SUPERSCRIPTS)}"


def _positive(curve: Curve) -> dict[int, float]:
    return {place: value for place, value in curve.items() if value > 0}
