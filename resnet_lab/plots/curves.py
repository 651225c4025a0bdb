"""Curves by epoch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from resnet_lab.plots.style import INK, blank, styled
from resnet_lab.statistics.curves import Curve


@dataclass(frozen=True)
class Line:
    """One line of a legend: the curves of an arm, one a seed."""

    label: str
    colour: str
    style: Literal["-", "--"]
    curves: Sequence[Curve]
    dots: Sequence[tuple[int, float]] = ()
    """What the curves are means of."""


def curves_figure(lines: Sequence[Line], axes_labels: tuple[str, str], floors: Mapping[str, float]) -> Figure:
    """Draw curves by epoch: the seeds thin, their mean bold.

    Args:
        lines: In the order of the legend.
        axes_labels: Of x and y.
        floors: Dotted horizontal lines, by their label.
    """
    with styled():
        figure, axes = blank(axes_labels)
        for line in lines:
            for curve in line.curves if len(line.curves) > 1 else ():
                axes.plot(list(curve), list(curve.values()), line.style, lw=0.8, color=line.colour, alpha=0.35)
            mean = mean_curve(line.curves)
            axes.plot(list(mean), list(mean.values()), line.style, lw=2.2, color=line.colour, label=line.label)
        for label, value in floors.items():
            axes.axhline(value, color=INK, lw=1.2, ls=":", label=label)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(axis="y")
        axes.legend()
    return figure


def mean_curve(curves: Sequence[Curve]) -> dict[int, float]:
    """Return the mean over seeds at the epochs that all of them measured.

    >>> mean_curve([{1: 0.5, 2: 0.75}, {2: 0.25}])
    {2: 0.5}
    """
    epochs = [epoch for epoch in curves[0] if all(epoch in curve for curve in curves)]
    return {epoch: sum(curve[epoch] for curve in curves) / len(curves) for epoch in epochs}
