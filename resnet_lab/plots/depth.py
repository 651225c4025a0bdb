"""Error against depth: each run, the mean of each arm, and its interval over seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from resnet_lab.plots.style import INK, blank, styled
from resnet_lab.statistics.intervals import Interval

_APART = 0.014  # of the way from the first to the last depth, to either side: arms hide neither each other nor runs
_ROOM = 1.08


@dataclass(frozen=True)
class Errors:
    """The errors of an arm, as shares: of each run, by depth, and their means with intervals."""

    label: str
    colour: str
    runs: Mapping[int, Sequence[float]]
    means: Mapping[int, Interval]


def top_of(values: Sequence[float]) -> float:
    """Return where the axis ends, in percent, so that figures of the same errors can share it."""
    return _ROOM * 100 * max(values)


def runs_out(arms: Sequence[Errors], top: float) -> bool:
    """Say whether an interval reaches beyond the axis, which the runs measure out."""
    return any(100 * mean.high > top or mean.low < 0 for arm in arms for mean in arm.means.values())


def depth_figure(
    arms: Sequence[Errors], axes_labels: tuple[str, str], top: float, levels: Mapping[str, float]
) -> Figure:
    """Draw error against depth, on a logarithmic axis with the depths as its ticks.

    The axis is measured out by the runs: over two seeds an interval can be far wider than all that was seen.

    Args:
        arms: The control first.
        axes_labels: Of x and y.
        top: End of the y axis, in percent.
        levels: Dotted horizontal lines, as shares, by their label.
    """
    depths = sorted(arms[0].means)
    stretch = depths[-1] / depths[0]
    with styled():
        figure, axes = blank(axes_labels)
        for label, level in levels.items():
            axes.axhline(100 * level, color=INK, lw=1.2, ls=":", label=label)
        for arm, way in zip(arms, (-1, 1), strict=True):
            places, aside = (
                {depth: depth * stretch ** (way * apart) for depth in depths} for apart in (_APART, 3 * _APART)
            )
            for depth in depths:
                low, high = 100 * arm.means[depth].low, 100 * arm.means[depth].high
                axes.plot([places[depth]] * 2, [low, high], "-", lw=1.6, color=arm.colour)
                errors = [100 * error for error in arm.runs[depth]]
                axes.plot([aside[depth]] * len(errors), errors, "o", ms=3.5, color=arm.colour, alpha=0.5, mew=0)
            means = [100 * arm.means[depth].mean for depth in depths]
            axes.plot(list(places.values()), means, "o-", ms=6, lw=1.8, color=arm.colour, label=arm.label)
        axes.set(xscale="log", ylim=(0, top), xlim=(depths[0] * stretch**-0.07, depths[-1] * stretch**0.07))
        axes.set_xticks(depths, [str(depth) for depth in depths])
        axes.set_xticks([], minor=True)
        axes.grid(axis="y")
        axes.legend()
    return figure
