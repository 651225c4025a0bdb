"""Plot of curves by epoch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from resnet_lab.plots.style import INK, ON_COLOR, blank, legend_above, logarithmic_axis, points_on_hover, styled
from resnet_lab.statistics.curves import Curve

_PANEL = (4.8, 3.6)  # inches
_WIDE_RANGE = 50  # from this ratio of the highest to the lowest value on, a linear axis hides the low values


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


def have_wide_range(lines: Sequence[Line]) -> bool:
    """Return whether curves need a logarithmic axis: all values are above zero, and the highest dwarfs the lowest.

    >>> have_wide_range([Line("loss", "k", "-", [{1: 600.0, 2: 2.0}])])
    True
    """
    values = [value for line in lines for curve in line.curves for value in curve.values()]
    return bool(values) and min(values) > 0 and max(values) >= _WIDE_RANGE * min(values)


def curves_plot(
    lines: Sequence[Line], axes_labels: tuple[str, str], floors: Mapping[str, float], *, logarithmic: bool = False
) -> Figure:
    """Draw curves by epoch, each seed thin and the mean bold.

    Args:
        lines: The lines in the order of the legend.
        axes_labels: Labels of x and y.
        floors: Values of dotted horizontal lines, by label.
        logarithmic: Whether the y axis is logarithmic.
    """
    with styled():
        figure, axes = blank(axes_labels)
        _draw(axes, lines, axes_labels)
        for label, value in floors.items():
            axes.axhline(value, color=INK, lw=1.2, ls=":", label=label)
        if logarithmic:
            logarithmic_axis(axes)
        legend_above(figure, axes)
    return figure


def run_curves_plot(panels: Mapping[str, Sequence[Line]], best_epoch: int | None, title: str) -> Figure:
    """Draw the curves of one run, a metric per panel, side by side.

    Args:
        panels: Lines of one curve each, by the name of their metric.
        best_epoch: Epoch of the best checkpoint; it is marked.
        title: Line above the plot.
    """
    with styled():
        figure = Figure(figsize=(_PANEL[0] * len(panels), _PANEL[1]), layout="constrained")
        figure.suptitle(title, fontsize="medium")
        for place, (metric, lines) in enumerate(panels.items(), start=1):
            axes = figure.add_subplot(1, len(panels), place)
            axes.set(xlabel="epoch", ylabel=metric)
            _draw(axes, lines, ("epoch", metric))
            if best_epoch is not None:
                axes.axvline(best_epoch, color=INK, lw=1.2, ls=":", label=f"best checkpoint, epoch {best_epoch}")
        named = {
            label: handle
            for axes in figure.axes
            for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        figure.legend(named.values(), named.keys(), loc="outside lower center", ncols=len(named), handlelength=1.8)
    return figure


def _draw(axes: Axes, lines: Sequence[Line], axes_labels: tuple[str, str]) -> None:
    for line in lines:
        for curve in line.curves if len(line.curves) > 1 else ():
            axes.plot(list(curve), list(curve.values()), line.style, lw=0.8, color=line.color, alpha=0.35)
        mean = mean_curve(line.curves)
        style: dict[str, Any] = {"lw": 2.2, "color": line.color, "label": line.label}
        if len(mean) == 1:  # a line of one point is invisible
            style |= {"marker": "o", "ms": 7, "mfc": line.color if line.style == "-" else ON_COLOR, "mew": 1.6}
        axes.plot(list(mean), list(mean.values()), line.style, **style)
        texts = (f"{line.label}, {axes_labels[0]} {x}: {y:.4g}" for x, y in mean.items())
        points_on_hover(axes, mean, line.color, texts)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(axis="y")


def mean_curve(curves: Sequence[Curve]) -> dict[int, float]:
    """Return the mean over seeds at the epochs that all seeds measured.

    >>> mean_curve([{1: 0.5, 2: 0.75}, {2: 0.25}])
    {2: 0.5}
    """
    epochs = [epoch for epoch in curves[0] if all(epoch in curve for curve in curves)]
    return {epoch: sum(curve[epoch] for curve in curves) / len(curves) for epoch in epochs}
