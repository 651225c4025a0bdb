"""Plots of the difference between the arms: by seed pair, and by axis value."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from resnet_lab.plots.style import GRID, INK, ahead, blank, styled
from resnet_lab.statistics.intervals import Interval


def differences_plot(
    differences: Mapping[str, float], mean: tuple[str, Interval], xlabel: str, inner: Interval | None = None
) -> Figure:
    """Draw the difference of each pair and, below a line, the mean with its interval if there are several pairs.

    Args:
        differences: Treated minus control, in percentage points, by the name of the pair.
        mean: Name of the mean, and its interval in shares.
        xlabel: Label of the x axis.
        inner: A second, narrower interval, drawn as a thick line; the first is then a thin line.
    """
    name, interval = mean
    with styled():
        figure, axes = blank((xlabel, ""), height=1.5 + 0.27 * len(differences))
        rows = [*differences, name] if len(differences) > 1 else list(differences)
        axes.axvline(0, color=INK, lw=1)
        for row, value in enumerate(differences.values()):
            axes.plot(value, row, "o", ms=7, color=ahead(value))
        if len(differences) > 1:
            row, middle = len(differences), 100 * interval.mean
            axes.axhline(row - 0.5, color=GRID, lw=1)
            widths = [(interval, 3.0)] if inner is None else [(interval, 1.5), (inner, 4.5)]
            for drawn, width in widths:
                ends = [100 * drawn.low, 100 * drawn.high]
                axes.plot(ends, [row] * 2, "-", lw=width, color=ahead(middle), solid_capstyle="round")
            axes.plot(middle, row, "D", ms=9, color=ahead(middle))
        reach = 1.15 * max(1.0, *(abs(x) for x in axes.get_xlim()))
        axes.set(xlim=(-reach, reach), ylim=(len(rows) - 0.4, -0.6))
        axes.set_yticks(range(len(rows)), rows)
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x")
    return figure


def axis_plot(intervals: Mapping[str, Interval], axes_labels: tuple[str, str]) -> Figure:
    """Draw the mean difference and its interval at each axis value, in percentage points.

    Args:
        intervals: Intervals in shares, by the name of the axis value.
        axes_labels: Labels of x and y.
    """
    with styled():
        figure, axes = blank(axes_labels)
        axes.axhline(0, color=INK, lw=1)
        for position, interval in enumerate(intervals.values()):
            low, middle, high = (100 * value for value in (interval.low, interval.mean, interval.high))
            axes.plot([position, position], [low, high], "-", lw=3, color=ahead(middle), solid_capstyle="round")
            axes.plot(position, middle, "D", ms=8, color=ahead(middle))
        axes.set_xticks(range(len(intervals)), list(intervals))
        axes.set_xlim(-0.5, len(intervals) - 0.5)
        axes.grid(axis="y")
    return figure
