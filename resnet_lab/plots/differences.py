"""Plots of the difference between the arms: by seed pair, on one line, and by axis value."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from resnet_lab.plots.style import GRID, INK, below, blank, on_hover, styled, tick_label
from resnet_lab.statistics.intervals import Interval

Sides = tuple[tuple[str, str], tuple[str, str]]
"""Text and color of what lies below zero and of what lies above it."""
_STRIP = 3.6  # inches
_SMALL = 8.5  # points; on a strip, the names of both sides share one line
_STRIP_LINE = 0.18  # inches that a strip grows by each further line of its label


def differences_plot(
    differences: Mapping[str, float],
    mean: tuple[str, Interval],
    xlabel: str,
    inner: Interval | None = None,
    scale: float = 100,
    color: str = INK,
    sides: Sides | None = None,
) -> Figure:
    """Draw the difference of each pair and, below a line, the mean with its interval if there are several pairs.

    Args:
        differences: Treated minus control, by the name of the pair.
        mean: Name of the mean, and its interval.
        xlabel: Label of the x axis.
        inner: A second, narrower interval, drawn as a thick line; the first is then a thin line.
        scale: Factor from the values to the unit of the label, such as 100 from shares to percentage points.
        color: Color of all marks: that of the arm that the verdict puts ahead, or that of text.
        sides: What lies on either side of zero.
    """
    name, interval = mean
    differences = {pair: scale * difference for pair, difference in differences.items()}
    with styled():
        figure, axes = blank((xlabel, ""), height=1.6 + 0.27 * len(differences))
        rows = [*differences, name] if len(differences) > 1 else list(differences)
        axes.axvline(0, color=INK, lw=1)
        for row, (pair, value) in enumerate(differences.items()):
            [dot] = axes.plot(value, row, "o", ms=7, color=color, alpha=0.6, mew=0)
            on_hover(dot, f"{pair}: {value:+.3g}")
        if len(differences) > 1:
            row, middle = len(differences), scale * interval.mean
            axes.axhline(row - 0.5, color=GRID, lw=1)
            styles = [(interval, 3.0, 0)] if inner is None else [(interval, 1.5, 13), (inner, 4.5, 0)]
            for drawn, width, height in styles:  # of the ends, which a thick line of about this length does not hide
                ends = [scale * drawn.low, scale * drawn.high]
                [line] = axes.plot(ends, [row] * 2, "|-", lw=width, ms=height, mew=width, color=color)
                line.set_solid_capstyle("round")
                on_hover(line, f"{100 * drawn.level:g}%: {ends[0]:+.3g} … {ends[1]:+.3g}")
            [mark] = axes.plot(middle, row, "D", ms=9, color=color)
            on_hover(mark, f"{name}: {middle:+.3g}")
        reach = 1.15 * max(scale / 100, *(abs(x) for x in axes.get_xlim()))
        axes.set(xlim=(-reach, reach), ylim=(len(rows) - 0.4, -0.6))
        axes.set_yticks(range(len(rows)), rows)
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x")
        if sides is not None:
            _name_sides(axes, sides)
    return figure


def strip_plot(
    values: Sequence[float],
    interval: Interval | None,
    xlabel: str,
    zero: float = 0.0,
    color: str = INK,
    *,
    limit: str = "",
    factors: bool = False,
    sides: Sides | None = None,
) -> Figure:
    """Draw values on one line, small dots, with the mean and its interval around it.

    Args:
        values: One value per pair, in the unit of the label.
        interval: Of their mean, in the same unit; None if there is none.
        xlabel: Label of the x axis.
        zero: The value that the interval is held against.
        color: Color of all marks, such as that of the arm that is ahead.
        limit: Text above the line at ``zero``, which is needed where that value is another than 0.
        factors: Whether the values are powers of ten, whose ticks are labeled as factors.
        sides: What lies on either side of ``zero``.
    """

    def said(value: float) -> str:
        return f"{10**value:.3g}" if factors else f"{value:+.3g}"

    with styled():
        height = (1.2 if limit else 1.0) + _STRIP_LINE * below(xlabel, _STRIP).count("\n")
        figure, axes = blank((xlabel, ""), height=height, width=_STRIP)
        axes.axvline(zero, color=INK, lw=1, ls="--" if limit else "-")
        if limit:
            axes.set_title(limit, x=0.5, fontsize="medium", color=INK, pad=3)
        mean = sum(values) / len(values)
        for value in values:
            [dot] = axes.plot(value, 0, "o", ms=6, color=color, alpha=0.45, mew=0)
            on_hover(dot, said(value))
        if interval is not None:
            ends = [interval.low, interval.high]
            [line] = axes.plot(ends, [0, 0], "-", lw=2.5, color=color, solid_capstyle="round")
            on_hover(line, f"{100 * interval.level:g}%: {said(ends[0])} … {said(ends[1])}")
            [mark] = axes.plot(mean, 0, "D", ms=8, color=color)
            on_hover(mark, said(mean))
        reach = 1.15 * max(1e-9, *(abs(x - zero) for x in axes.get_xlim()))
        axes.set(xlim=(zero - reach, zero + reach), ylim=(-1, 1))
        axes.set_yticks([])
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=factors))
        if factors:
            axes.xaxis.set_major_formatter(FuncFormatter(lambda power, _: tick_label(10**power)))
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        if sides is not None:
            _name_sides(axes, sides, _SMALL)
    return figure


def axis_plot(
    intervals: Mapping[str, tuple[Interval, str]], axes_labels: tuple[str, str], sides: Sides | None = None
) -> Figure:
    """Draw the mean difference and its interval at each axis value, in percentage points.

    Args:
        intervals: Interval in shares and its color, by the name of the axis value, which may have several lines.
        axes_labels: Labels of x and y.
        sides: What lies below zero, and what above.
    """
    with styled():
        figure, axes = blank(axes_labels)
        axes.axhline(0, color=INK, lw=1)
        for position, (name, (interval, color)) in enumerate(intervals.items()):
            low, middle, high = (100 * value for value in (interval.low, interval.mean, interval.high))
            shown = name.replace("\n", ", ")
            axes.plot([position, position], [low, high], "-", lw=3, color=color, solid_capstyle="round")
            [mark] = axes.plot(position, middle, "D", ms=8, color=color)
            on_hover(mark, f"{shown}: {middle:+.3g} ({100 * interval.level:g}%: {low:+.3g} … {high:+.3g})")
        axes.set_xticks(range(len(intervals)), list(intervals))
        axes.set_xlim(-0.5, len(intervals) - 0.5)
        axes.grid(axis="y")
        if sides is not None:
            for y, edge, (text, color) in ((0.02, "bottom", sides[0]), (0.98, "top", sides[1])):
                axes.text(0.02, y, text, color=color, va=edge, transform=axes.transAxes)
    return figure


def _name_sides(axes: Axes, sides: Sides, size: float | None = None) -> None:
    """Write above a plot what lies to the left of zero, and what to the right."""
    for x, side, (text, color) in zip((0, 1), ("left", "right"), sides, strict=True):
        axes.text(x, 1.02, text, color=color, ha=side, va="bottom", fontsize=size, transform=axes.transAxes)
