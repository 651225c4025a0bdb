"""The figures of a report: matplotlib without pyplot, each about as wide as a phone's screen."""

import io
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import matplotlib
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from resnet_lab.comparison.calibration import Bin
from resnet_lab.comparison.intervals import Interval
from resnet_lab.comparison.measures import Curve

CONTROL, TREATED = "#b45309", "#1d4ed8"
INK, GRID, ON_COLOUR = "#1f2937", "#d1d5db", "#fffffe"
"""Text and axes, what lies behind the data, and text on the colour of an arm: a dark page has others for them."""

_STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK),
    "grid.color": GRID,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "text.parse_math": False,  # a class may be called $x$
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "resnet-lab",  # equal figures give equal files
}
_SIZE = (4.8, 3.5)  # inches
_MOST_NUMBERED = 12  # classes up to which a confusion matrix has room for its numbers
_MOST_NAMED = 30
_LONGEST_NAME = 18


@dataclass(frozen=True)
class Line:
    """One line of a legend: the curves of an arm, one a seed."""

    label: str
    colour: str
    style: Literal["-", "--"]
    curves: Sequence[Curve]


@dataclass(frozen=True)
class Calibration:
    """The reliability of an arm: its bars, one list a seed."""

    label: str
    colour: str
    bars: Sequence[Sequence[Bin]]


def as_svg(figure: Figure) -> str:
    """Return a figure as an SVG document without a background; equal figures give equal text."""
    buffer = io.StringIO()
    with _styled():
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def as_png(figure: Figure) -> bytes:
    """Return a figure as a PNG on white."""
    buffer = io.BytesIO()
    with _styled():
        figure.savefig(buffer, format="png", dpi=160, metadata={"Software": None})
    return buffer.getvalue()


def curves_figure(lines: Sequence[Line], axes_labels: tuple[str, str], floors: Mapping[str, float]) -> Figure:
    """Draw curves by epoch: the seeds thin, their mean bold.

    Args:
        lines: In the order of the legend.
        axes_labels: Of x and y.
        floors: Dotted horizontal lines, by their label.
    """
    with _styled():
        figure, axes = _figure(axes_labels)
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


def differences_figure(differences: Mapping[str, float], mean: tuple[str, Interval], xlabel: str) -> Figure:
    """Draw the difference of each pair, and below a line their mean with its interval, if it has one.

    Args:
        differences: Treated minus control, in percentage points, by the name of the pair.
        mean: Its name, and the interval in shares.
        xlabel: What is drawn.
    """
    name, interval = mean
    with _styled():
        figure, axes = _figure((xlabel, ""), height=1.5 + 0.27 * len(differences))
        rows = [*differences, name] if len(differences) > 1 else list(differences)
        axes.axvline(0, color=INK, lw=1)
        for row, value in enumerate(differences.values()):
            axes.plot(value, row, "o", ms=7, color=_side(value))
        if len(differences) > 1:
            low, middle, high = (100 * value for value in (interval.low, interval.mean, interval.high))
            axes.axhline(len(differences) - 0.5, color=GRID, lw=1)
            axes.plot([low, high], [len(differences)] * 2, "-", lw=3, color=_side(middle), solid_capstyle="round")
            axes.plot(middle, len(differences), "D", ms=9, color=_side(middle))
        reach = 1.15 * max(1.0, *(abs(x) for x in axes.get_xlim()))
        axes.set(xlim=(-reach, reach), ylim=(len(rows) - 0.4, -0.6))
        axes.set_yticks(range(len(rows)), rows)
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x")
    return figure


def places_figure(intervals: Mapping[str, Interval], axes_labels: tuple[str, str]) -> Figure:
    """Draw the mean difference and its interval at each place of the axis, in percentage points.

    Args:
        intervals: In shares, by the name of the place.
        axes_labels: Of x and y.
    """
    with _styled():
        figure, axes = _figure(axes_labels)
        axes.axhline(0, color=INK, lw=1)
        for place, interval in enumerate(intervals.values()):
            low, middle, high = (100 * value for value in (interval.low, interval.mean, interval.high))
            axes.plot([place, place], [low, high], "-", lw=3, color=_side(middle), solid_capstyle="round")
            axes.plot(place, middle, "D", ms=8, color=_side(middle))
        axes.set_xticks(range(len(intervals)), list(intervals))
        axes.set_xlim(-0.5, len(intervals) - 0.5)
        axes.grid(axis="y")
    return figure


def confusion_figure(
    confusion: Sequence[Sequence[float]], classes: Sequence[str], colour: str, axes_labels: tuple[str, str]
) -> Figure:
    """Draw a confusion matrix: the share of each true class as depth of colour, the number of images in each cell.

    Args:
        confusion: Images, or their mean over seeds ``(K, K)``: rows true, columns predicted.
        classes: K class names.
        colour: Of a share of one.
        axes_labels: Of x, predicted, and y, true.
    """
    count = len(classes)
    shares = [[n / (sum(images) or 1) for n in images] for images in confusion]
    with _styled():
        figure, axes = _figure(axes_labels, height=4.2)
        if count > _MOST_NUMBERED:
            depth = LinearSegmentedColormap.from_list("share", [(*to_rgb(colour), 0), (*to_rgb(colour), 1)])
            axes.imshow(shares, cmap=depth, vmin=0, vmax=1)
        else:
            for row, column in product(range(count), repeat=2):
                share, corner = shares[row][column], (column - 0.5, row - 0.5)
                axes.add_patch(Rectangle(corner, 1, 1, facecolor=colour, alpha=share, edgecolor="none"))
                shade = ON_COLOUR if share > 0.55 else INK
                axes.text(column, row, f"{confusion[row][column]:.4g}", ha="center", va="center", color=shade)
        step = math.ceil(count / _MOST_NAMED)
        names = [f"{name[: _LONGEST_NAME - 1]}…" if len(name) > _LONGEST_NAME else name for name in classes][::step]
        turn: dict[str, Any] = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if count > 3 else {}
        axes.set_xticks(range(0, count, step), names, **turn)
        axes.set_yticks(range(0, count, step), names)
        axes.set(xlim=(-0.5, count - 0.5), ylim=(count - 0.5, -0.5), aspect="equal")
        for side in axes.spines.values():
            side.set(visible=True, color=GRID)
    return figure


def reliability_figure(arms: Sequence[Calibration], axes_labels: tuple[str, str]) -> Figure:
    """Draw accuracy over confidence: the seeds thin, all their images together bold, the size of a dot their number.

    Args:
        arms: The control first.
        axes_labels: Of x and y.
    """
    with _styled():
        figure, axes = _figure(axes_labels, height=4.2)
        axes.plot([0, 1], [0, 1], ":", color=INK, lw=1.2)
        for arm in arms:
            for bars in arm.bars if len(arm.bars) > 1 else ():
                axes.plot(*_points(bars)[:2], "-", lw=0.8, color=arm.colour, alpha=0.3)
            confidence, accuracy, n = _points([_together(same) for same in zip(*arm.bars, strict=True)])
            axes.plot(confidence, accuracy, "-", lw=2, color=arm.colour, label=arm.label)
            axes.scatter(confidence, accuracy, [12 + 160 * k / sum(n) for k in n], color=arm.colour, zorder=3)
        axes.set(xlim=(0, 1.02), ylim=(0, 1.02), aspect="equal")
        axes.grid()
        axes.legend(loc="upper left")
    return figure


def _together(bars: Sequence[Bin]) -> Bin:
    """Return one bar of the images of several of the same edges."""
    n = sum(bar.n for bar in bars)
    confidence, accuracy = (
        sum(bar.n * (getattr(bar, name) or 0.0) for bar in bars) / n if n else None
        for name in ("confidence", "accuracy")
    )
    return Bin(bars[0].low, bars[0].high, n, confidence, accuracy)


def _points(bars: Sequence[Bin]) -> tuple[list[float], list[float], list[int]]:
    """Return confidence, accuracy and number of the bars that hold images."""
    filled = [(bar.confidence, bar.accuracy, bar.n) for bar in bars if bar.confidence is not None]
    confidence, accuracy, n = zip(*filled, strict=True)
    return list(confidence), list(accuracy), list(n)


def _side(difference: float) -> str:
    """Return the colour of the arm that is ahead."""
    return TREATED if difference > 0 else CONTROL if difference < 0 else INK


def _figure(axes_labels: tuple[str, str], height: float = _SIZE[1]) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(_SIZE[0], height), layout="constrained")
    axes = figure.add_subplot()
    axes.set(xlabel=axes_labels[0], ylabel=axes_labels[1])
    return figure, axes


@contextmanager
def _styled() -> Iterator[None]:
    """Draw or save in the style of the reports; of a glyph that the font lacks nothing is said: a browser has it."""
    with matplotlib.rc_context(_STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield
