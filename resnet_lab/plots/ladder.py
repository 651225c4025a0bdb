"""Plot of a ladder: one row per cell, the part of the gap that it closes, and its held-out accuracy beside it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator

from resnet_lab.plots.style import CONTROL, GRID, INK, ON_COLOR, TREATED, on_hover, styled

_WIDTH, _ROW, _HEAD = 8.2, 0.44, 1.6  # inches
_NARROW_WIDTH, _NARROW_ROW, _LINE = 4.3, 0.64, 0.18  # inches; a row grows by the lines of the longest name
_ABOVE, _BELOW = 0.16, 0.2  # rows: the interval lies on the row, its label above and the seeds below it
_MARGIN = 0.06
_APART = 4  # points from the line of an end to its text
_WRAP, _NARROW_WRAP = 30, 48  # characters per line of the name of a row
_NAMED = 0.4  # inches: on a narrow plot, the last line of a row's name begins so far above its interval
_LABEL_WRAP, _TITLE_WRAP = 36, 15  # characters per line of the labels of a narrow plot
_NARROW_LINES = 3  # of the text of an end


@dataclass(frozen=True)
class LadderRow:
    """A row: an end of the ladder, or a rung.

    Attributes:
        name: Name of the row.
        label: Text over the value, or in place of it.
        value: What the cell closes, on the scale of the plot; None without a run.
        low: Lower end of its interval; nan without one, infinite without an end.
        high: Upper end of its interval.
        outside: Whether the set is everything up to ``low`` and from ``high`` on.
        seeds: What each seed closes.
        held_out: Held-out accuracy of each seed, as a share.
        decided: Whether the test says that the cell differs from the start; None for the start itself.
        color: Color of the row.
    """

    name: str
    label: str
    value: float | None
    low: float = math.nan
    high: float = math.nan
    outside: bool = False
    seeds: Sequence[float] = ()
    held_out: Sequence[float] = ()
    decided: bool | None = True
    color: str = INK


@dataclass(frozen=True)
class LadderTexts:
    """Texts of the plot.

    Attributes:
        x: Label of the x axis.
        ends: Texts over the lines of start and end.
        held_out: Title of the column of held-out accuracy.
        decided: Legend of a filled mark.
        undecided: Legend of an open mark.
        seed: Legend of a dot.
    """

    x: str
    ends: tuple[str, str]
    held_out: str
    decided: str
    undecided: str
    seed: str


def ladder_plot(rows: Sequence[LadderRow], end: float | None, texts: LadderTexts, *, narrow: bool = False) -> Figure:
    """Draw a ladder, from the start at the top to the end at the bottom.

    Args:
        rows: Start, rungs and end, in this order.
        end: Position of the end on the x axis, and the start is at 0; None if it is not known.
        texts: Its texts.
        narrow: Whether the plot is for the screen of a phone: each name stands above its row, and not beside it.
    """
    names = ["\n".join(wrap(row.name, _NARROW_WRAP if narrow else _WRAP)) for row in rows]
    lines = max(name.count("\n") + 1 for name in names)
    width, row_height = (_NARROW_WIDTH, _NARROW_ROW + _LINE * lines) if narrow else (_WIDTH, _ROW)
    above = (_NAMED + _LINE * lines) / row_height if narrow else 0.5  # rows: from the top of a row to its interval
    with styled():
        figure = Figure(figsize=(width, _HEAD + row_height * len(rows)), layout=ConstrainedLayoutEngine(wspace=0.05))
        axes, beside = figure.subplots(1, 2, sharey=True, width_ratios=(3.4, 1) if narrow else (5, 1.5))
        shown = limits(rows, end)
        _draw_ends(axes, end, texts.ends, shown, top=-above - 0.07, narrow=narrow)
        for place, row in enumerate(rows):
            _draw(axes, row, place, shown)
            _draw_held_out(beside, row.held_out, place)
        label = "\n".join(wrap(texts.x, _LABEL_WRAP)) if narrow else texts.x
        axes.set(xlim=shown, ylim=(len(rows) - above + 0.05, -above - 0.05), xlabel=label)
        _write_names(axes, rows, names, above if narrow else None)
        title = "\n".join(wrap(texts.held_out, _TITLE_WRAP)) if narrow else texts.held_out
        beside.set_title(title, fontsize=9, color=INK, loc="right")
        beside.xaxis.set_major_locator(MaxNLocator(3, prune="lower"))  # a number at the edge would touch the one beside
        for drawn in (axes, beside):
            drawn.grid(axis="x")
            drawn.spines["left"].set_visible(False)
            drawn.tick_params(axis="y", length=0)
            for place in range(1, len(rows)):
                drawn.axhline(place - above, color=GRID, lw=0.6)
        _legend(figure, axes, texts, columns=2 if narrow else 3)
    return figure


def limits(rows: Sequence[LadderRow], end: float | None) -> tuple[float, float]:
    """Return the limits of the x axis: they hold both ends and all values, and of seeds and intervals what lies near.

    Args:
        rows: All rows.
        end: Position of the end, if it is known.
    """
    points = [0.0, *(value for value in (end, *(row.value for row in rows)) if value is not None)]
    reach = max(points) - min(points)
    edges = [edge for row in rows for edge in (row.low, row.high) if math.isfinite(edge) and not row.outside]
    edges += [seed for row in rows for seed in row.seeds]
    near = [edge for edge in edges if min(points) - reach <= edge <= max(points) + reach]
    low, high = min([*points, *near]), max([*points, *near])
    room = _MARGIN * (high - low) or 1.0
    return low - room, high + room


def _write_names(axes: Axes, rows: Sequence[LadderRow], names: Sequence[str], above: float | None) -> None:
    """Write the name of each row beside it, or so many rows above its interval."""
    axes.set_yticks(range(len(rows)), names if above is None else [""] * len(rows))
    for label, row in zip(axes.get_yticklabels(), rows, strict=True):
        label.set_color(row.color)
    if above is None:
        return
    for place, (row, name) in enumerate(zip(rows, names, strict=True)):
        written = axes.annotate(
            name,
            (0, place - above),
            (0, -_APART),
            xycoords=axes.get_yaxis_transform(),
            textcoords="offset points",
            color=row.color,
            va="top",
            fontsize=9.5,
        )
        written.set_bbox({"facecolor": ON_COLOR, "edgecolor": "none", "pad": 0.8})  # no line strikes the name


def _draw_ends(
    axes: Axes,
    end: float | None,
    texts: tuple[str, str],
    shown: tuple[float, float],
    *,
    top: float,
    narrow: bool,
) -> None:
    """Draw the lines of both ends, with texts that do not meet: between lines far apart, outside lines close by.

    On a narrow plot, each text has several short lines over its own line, that of the start above that of the end.
    """
    far = end is None or abs(end) > 0.45 * (shown[1] - shown[0])
    right = end is None or end >= 0
    sides = ("left", "right") if far == right else ("right", "left")
    heights = (_NARROW_LINES * 12, 0) if narrow and not far else (0, 0)
    for position, color, text, side, up in zip((0.0, end), (CONTROL, TREATED), texts, sides, heights, strict=True):
        if position is not None:
            axes.axvline(position, color=color, lw=1.6, zorder=1)
            beside = (0 if narrow else _APART if side == "left" else -_APART, up)
            said = "\n".join(wrap(text, _TITLE_WRAP)) if narrow else text
            drawn = axes.annotate(
                said,
                (position, top),
                beside,
                textcoords="offset points",
                color=color,
                ha="center" if narrow else side,
                va="bottom",
            )
            drawn.set(fontsize=9.5, annotation_clip=False)


def _draw_held_out(axes: Axes, held_out: Sequence[float], place: int) -> None:
    percent = [100 * value for value in held_out]
    axes.plot(percent, [place + _BELOW] * len(percent), "o", ms=3, color=INK, alpha=0.35, mew=0)
    if percent:
        axes.plot(sum(percent) / len(percent), place, "|", ms=10, mew=1.8, color=INK, alpha=0.6)


def _draw(axes: Axes, row: LadderRow, place: int, shown: tuple[float, float]) -> None:
    """Draw the seeds, the interval and the value of a row; an arrow marks an end or a seed beyond the axis."""
    low, high = shown
    inner = [seed for seed in row.seeds if low <= seed <= high]
    axes.plot(inner, [place + _BELOW] * len(inner), "o", ms=3.6, color=row.color, alpha=0.4, mew=0)
    for seed in row.seeds:
        if seed < low or seed > high:
            edge, mark = (low, "<") if seed < low else (high, ">")
            axes.plot(edge, place + _BELOW, mark, ms=3.6, color=row.color, alpha=0.4, mew=0, clip_on=False)
    if row.value is None:
        middle = sum(shown) / 2
        axes.annotate(row.label, (middle, place), color=row.color, ha="center", va="center", fontsize=9, style="italic")
        return
    parts = [(row.low, row.high)]
    if row.outside:
        parts = [(-math.inf, row.low), (row.high, math.inf)]
    for start, end in parts:
        if math.isnan(start) or math.isnan(end) or start > high or end < low:
            continue
        inside = max(start, low), min(end, high)
        axes.plot(inside, [place] * 2, "-", lw=2.6, color=row.color, solid_capstyle="butt", zorder=2)
        for edge, limit, mark in ((start, low, "<"), (end, high, ">")):
            if (edge < limit) if mark == "<" else (edge > limit):
                axes.plot(limit, place, mark, ms=7, color=row.color, clip_on=False, zorder=3)
    if row.decided is None:  # the start is what others are compared with
        axes.plot(row.value, place, "|", ms=14, mew=2.6, color=row.color, zorder=4)
        return
    face = row.color if row.decided else ON_COLOR
    [drawn] = axes.plot(row.value, place, "D", ms=7.5, color=row.color, mfc=face, mew=1.6, zorder=4)
    ends = f" ({row.low:.3g} … {row.high:.3g})" if math.isfinite(row.low) and not row.outside else ""
    on_hover(drawn, f"{row.name}: {row.value:.3g}{ends}")
    over = axes.annotate(row.label, (row.value, place - _ABOVE), color=row.color, ha="center", va="bottom", fontsize=9)
    over.set_bbox({"facecolor": ON_COLOR, "edgecolor": "none", "pad": 0.8})  # no line strikes the text


def _legend(figure: Figure, axes: Axes, texts: LadderTexts, *, columns: int) -> None:
    marks = [
        axes.plot([], [], "D-", ms=6.5, lw=2.2, color=INK, mew=1.5, label=texts.decided)[0],
        axes.plot([], [], "D-", ms=6.5, lw=2.2, color=INK, mfc=ON_COLOR, mew=1.5, label=texts.undecided)[0],
        axes.plot([], [], "o", ms=3.6, color=INK, alpha=0.4, mew=0, label=texts.seed)[0],
    ]
    figure.legend(handles=marks, loc="outside lower left", ncols=columns, fontsize=9)
