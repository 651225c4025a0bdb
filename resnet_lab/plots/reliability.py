"""Reliability diagram: accuracy by confidence."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from resnet_lab.plots.style import INK, blank, styled
from resnet_lab.statistics.calibration import Bin


@dataclass(frozen=True)
class Calibration:
    """The calibration of an arm.

    Attributes:
        label: Text of the legend.
        color: Color of the arm.
        bars: One list of bins per seed.
    """

    label: str
    color: str
    bars: Sequence[Sequence[Bin]]


def reliability_plot(arms: Sequence[Calibration], axes_labels: tuple[str, str]) -> Figure:
    """Draw accuracy by confidence, each seed thin and all images together bold; dots grow with the number of images.

    Args:
        arms: The arms, the control first.
        axes_labels: Labels of x and y.
    """
    with styled():
        figure, axes = blank(axes_labels, height=4.2)
        axes.plot([0, 1], [0, 1], ":", color=INK, lw=1.2)
        for arm in arms:
            for bars in arm.bars if len(arm.bars) > 1 else ():
                axes.plot(*_points(bars)[:2], "-", lw=0.8, color=arm.color, alpha=0.3)
            confidence, accuracy, n = _points([_together(same) for same in zip(*arm.bars, strict=True)])
            axes.plot(confidence, accuracy, "-", lw=2, color=arm.color, label=arm.label)
            axes.scatter(confidence, accuracy, [12 + 160 * k / sum(n) for k in n], color=arm.color, zorder=3)
        axes.set(xlim=(0, 1.02), ylim=(0, 1.02), aspect="equal")
        axes.grid()
        axes.legend(loc="upper left")
    return figure


def _together(bars: Sequence[Bin]) -> Bin:
    """Return one bin of the images of several bins with equal edges."""
    n = sum(bar.n for bar in bars)
    confidence, accuracy = (
        sum(bar.n * (getattr(bar, name) or 0.0) for bar in bars) / n if n else None
        for name in ("confidence", "accuracy")
    )
    return Bin(bars[0].low, bars[0].high, n, confidence, accuracy)


def _points(bars: Sequence[Bin]) -> tuple[list[float], list[float], list[int]]:
    """Return confidence, accuracy and number of images of the bins that hold images."""
    filled = [(bar.confidence, bar.accuracy, bar.n) for bar in bars if bar.confidence is not None]
    confidence, accuracy, n = zip(*filled, strict=True)
    return list(confidence), list(accuracy), list(n)
