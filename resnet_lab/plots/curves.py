"""Plot of curves by epoch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from resnet_lab.plots.style import INK, blank, points_on_hover, styled
from resnet_lab.statistics.curves import Curve


@dataclass(frozen=True)
class Line:
    """One entry of a legend: the curves of an arm.

    Attributes:
        label: Text of the legend.
        color: Color of the arm.
        style: Solid or dashed.
        curves: One curve per seed: value by epoch, or by another whole number.
        dots: Single values behind the means, as points ``(x, y)``.
    """

    label: str
    color: str
    style: Literal["-", "--"]
    curves: Sequence[Curve]
    dots: Sequence[tuple[int, float]] = ()


def curves_plot(lines: Sequence[Line], axes_labels: tuple[str, str], floors: Mapping[str, float]) -> Figure:
    """Draw curves by epoch, each seed thin and the mean bold.

    Args:
        lines: The lines in the order of the legend.
        axes_labels: Labels of x and y.
        floors: Values of dotted horizontal lines, by label.
    """
    with styled():
        figure, axes = blank(axes_labels)
        for line in lines:
            for curve in line.curves if len(line.curves) > 1 else ():
                axes.plot(list(curve), list(curve.values()), line.style, lw=0.8, color=line.color, alpha=0.35)
            mean = mean_curve(line.curves)
            axes.plot(list(mean), list(mean.values()), line.style, lw=2.2, color=line.color, label=line.label)
            texts = (f"{line.label}, {axes_labels[0]} {x}: {y:.4g}" for x, y in mean.items())
            points_on_hover(axes, mean, line.color, texts)
        for label, value in floors.items():
            axes.axhline(value, color=INK, lw=1.2, ls=":", label=label)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y")
        axes.legend()
    return figure


def mean_curve(curves: Sequence[Curve]) -> dict[int, float]:
    """Return the mean over seeds at the epochs that all seeds measured.

    >>> mean_curve([{1: 0.5, 2: 0.75}, {2: 0.25}])
    {2: 0.5}
    """
    epochs = [epoch for epoch in curves[0] if all(epoch in curve for curve in curves)]
    return {epoch: sum(curve[epoch] for curve in curves) / len(curves) for epoch in epochs}
