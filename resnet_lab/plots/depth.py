"""Plot of error by depth: each run, the mean of each arm, and its interval over seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from resnet_lab.plots.style import INK, blank, points_on_hover, styled
from resnet_lab.statistics.intervals import Interval

_SHIFT = 0.014  # share of the axis by which an arm is shifted sideways, so that arms and runs do not hide each other
_MARGIN = 1.08


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


def top_of(values: Sequence[float]) -> float:
    """Return the upper end of the y axis in percent, for plots that share one scale.

    Args:
        values: All errors that are drawn, as shares.
    """
    return _MARGIN * 100 * max(values)


def exceeds(arms: Sequence[Errors], top: float) -> bool:
    """Return whether an interval reaches beyond the y axis."""
    return any(100 * mean.high > top or mean.low < 0 for arm in arms for mean in arm.means.values())


def depth_plot(arms: Sequence[Errors], axes_labels: tuple[str, str], top: float, levels: Mapping[str, float]) -> Figure:
    """Draw error by depth, with a logarithmic x axis that has the depths as ticks.

    The y axis fits the runs and not the intervals: over two seeds, an interval can be far wider than the range of the
    measured errors.

    Args:
        arms: The arms, the control first.
        axes_labels: Labels of x and y.
        top: Upper end of the y axis, in percent.
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
                errors = [100 * error for error in arm.runs[depth]]
                axes.plot([aside[depth]] * len(errors), errors, "o", ms=3.5, color=arm.color, alpha=0.5, mew=0)
            means = [100 * arm.means[depth].mean for depth in depths]
            axes.plot(list(center.values()), means, "o-", ms=6, lw=1.8, color=arm.color, label=arm.label)
            shown = {center[depth]: mean for depth, mean in zip(depths, means, strict=True)}
            points_on_hover(axes, shown, arm.color, (_on_hover(arm, depth) for depth in depths))
        axes.set(xscale="log", ylim=(0, top), xlim=(depths[0] * stretch**-0.07, depths[-1] * stretch**0.07))
        axes.set_xticks(depths, [str(depth) for depth in depths])
        axes.set_xticks([], minor=True)
        axes.grid(axis="y")
        axes.legend()
    return figure


def _on_hover(arm: Errors, depth: int) -> str:
    mean = arm.means[depth]
    ends = f" ({100 * mean.low:.3g} … {100 * mean.high:.3g})" if mean.has_spread else ""
    return f"{arm.label}-{depth}: {100 * mean.mean:.3g}{ends}"
