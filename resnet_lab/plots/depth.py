"""Plot of error by depth: each run, the mean of each arm, and its interval over seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from resnet_lab.plots.style import INK, blank, legend_above, points_on_hover, styled
from resnet_lab.statistics.intervals import Interval

_SHIFT = 0.014  # share of the axis by which an arm is shifted sideways, so that arms and runs do not hide each other
_MARGIN = 0.05  # share of the range of all that is drawn, above and below it
_STRETCH = 0.5  # share of the range of the runs by which intervals may stretch the axis, on either side


@dataclass(frozen=True)
class Errors:
    """The errors of an arm, as shares.

    Attributes:
        label: Text of the legend.
        color: Color of the arm.
        runs: Error of each run, by depth.
        means: Mean error with its interval over seeds, by depth.
    """

    label: str
    color: str
    runs: Mapping[int, Sequence[float]]
    means: Mapping[int, Interval]


def limits_of(arms: Sequence[Errors], levels: Sequence[float] = ()) -> tuple[float, float]:
    """Return both ends of the y axis in percent, for plots that share one scale.

    The axis fits all runs, and the intervals as long as they stretch it by no more than half the range of the runs:
    over two seeds, an interval can be far wider than the range of the measured errors.

    Args:
        arms: The arms of all plots.
        levels: Values of horizontal lines, as shares.
    """
    runs = [100 * error for arm in arms for errors in arm.runs.values() for error in errors]
    drawn = [*runs, *(100 * level for level in levels)]
    low, high = min(drawn), max(drawn)
    stretch = _STRETCH * max(high - low, 1)
    ends = [
        100 * end for arm in arms for mean in arm.means.values() if mean.has_spread for end in (mean.low, mean.high)
    ]
    low = min(low, max(low - stretch, min(ends, default=low)))
    high = max(high, min(high + stretch, max(ends, default=high)))
    margin = _MARGIN * max(high - low, 1)
    return max(0.0, low - margin), min(100.0, high + margin)


def exceeds(arms: Sequence[Errors], limits: tuple[float, float]) -> bool:
    """Return whether an interval reaches beyond the y axis."""
    low, high = limits
    return any(100 * mean.high > high or 100 * mean.low < low for arm in arms for mean in arm.means.values())


def depth_plot(
    arms: Sequence[Errors], axes_labels: tuple[str, str], limits: tuple[float, float], levels: Mapping[str, float]
) -> Figure:
    """Draw error by depth, with a logarithmic x axis that has the depths as ticks.

    An interval that reaches beyond the y axis ends in an arrow.

    Args:
        arms: The arms, the control first.
        axes_labels: Labels of x and y.
        limits: Both ends of the y axis, in percent.
        levels: Values of dotted horizontal lines as shares, by label.
    """
    depths = sorted(arms[0].means)
    stretch = depths[-1] / depths[0]
    with styled():
        figure, axes = blank(axes_labels)
        for label, level in levels.items():
            axes.axhline(100 * level, color=INK, lw=1.2, ls=":", label=label)
        for arm, side in zip(arms, (-1, 1), strict=True):
            center, aside = (
                {depth: depth * stretch ** (side * shift) for depth in depths} for shift in (_SHIFT, 3 * _SHIFT)
            )
            for depth in depths:
                low, high = 100 * arm.means[depth].low, 100 * arm.means[depth].high
                axes.plot([center[depth]] * 2, [low, high], "-", lw=1.6, color=arm.color)
                for beyond, edge, arrow in ((low < limits[0], limits[0], "v"), (high > limits[1], limits[1], "^")):
                    if beyond:
                        axes.plot(center[depth], edge, arrow, ms=7, color=arm.color, clip_on=False)
                errors = [100 * error for error in arm.runs[depth]]
                axes.plot([aside[depth]] * len(errors), errors, "o", ms=3.5, color=arm.color, alpha=0.5, mew=0)
            means = [100 * arm.means[depth].mean for depth in depths]
            axes.plot(list(center.values()), means, "o-", ms=6, lw=1.8, color=arm.color, label=arm.label)
            shown = {center[depth]: mean for depth, mean in zip(depths, means, strict=True)}
            points_on_hover(axes, shown, arm.color, (_on_hover(arm, depth) for depth in depths))
        axes.set(xscale="log", ylim=limits, xlim=(depths[0] * stretch**-0.07, depths[-1] * stretch**0.07))
        axes.set_xticks(depths, [str(depth) for depth in depths])
        axes.set_xticks([], minor=True)
        axes.grid(axis="y")
        legend_above(figure, axes)
    return figure


def _on_hover(arm: Errors, depth: int) -> str:
    mean = arm.means[depth]
    ends = f" ({100 * mean.low:.3g} … {100 * mean.high:.3g})" if mean.has_spread else ""
    return f"{arm.label}-{depth}: {100 * mean.mean:.3g}{ends}"
