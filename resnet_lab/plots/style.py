"""Style of all plots: colors, size, and rendering as SVG and PNG; matplotlib without pyplot."""

import io
import math
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from textwrap import wrap
from typing import Any

import matplotlib
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

CONTROL, TREATED = "#b45309", "#1d4ed8"
ROLE_COLORS = {"control": CONTROL, "treated": TREATED}
INK, GRID, ON_COLOR = "#1f2937", "#d1d5db", "#fffffe"
"""Text and axes, grid, and text on the color of an arm; a page in dark mode replaces these and the arms' colors."""
CORRECT, WRONG = "0.15", "#c1272d"
"""Titles of sample images."""

_STYLE: dict[Any, Any] = {
    "font.size": 11,  # about 10 pixels on the screen of a phone
    "axes.spines.top": False,
    "axes.spines.right": False,
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK),
    "grid.color": GRID,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "text.parse_math": False,  # a class may be called $x$
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "resnet-lab",  # equal plots give equal files
}
_SIZE = (4.8, 3.5)  # inches
_LONGEST_UPRIGHT = 30  # characters of a label that fit beside a plot
_PER_INCH = 10.4  # characters of a label that fit below a plot, per inch of its width
_FEW_DECADES = 100  # on an axis of fewer decades, ticks at powers of ten alone are too few
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
HOVER, _NEXT = "hover:", "\u2063"  # before the texts in the id of a group, and between them


def on_hover(artist: Artist, text: str) -> None:
    """Show a text where the pointer rests on an artist of the SVG.

    Args:
        artist: Any artist that is drawn as one group.
        text: Such as a name and a value.
    """
    artist.set_gid(f"{HOVER}{text}")


def points_on_hover(
    axes: Axes, curve: Mapping[int, float] | Mapping[float, float], color: str, texts: Iterable[str]
) -> None:
    """Show a text where the pointer rests on a point of a curve; the points themselves stay invisible.

    Args:
        axes: Axes with the curve.
        curve: Value by position.
        color: Color of the curve.
        texts: One text per point, such as a name and a value.
    """
    if curve:
        points = axes.scatter(list(curve), list(curve.values()), s=90, color=color, alpha=0.01, linewidths=0)
        on_hover(points, _NEXT.join(texts))


def as_svg(figure: Figure) -> str:
    """Return a plot as an SVG document without a background; equal plots give equal text."""
    buffer = io.StringIO()
    with styled():
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return re.sub(rf'<g id="{HOVER}([^"]*)">(.*?</g>)', _with_titles, buffer.getvalue(), flags=re.DOTALL)


def _with_titles(group: re.Match[str]) -> str:
    """Return a group of an SVG with its text as title; of several texts, one per point."""
    first, *others = group[1].split(_NEXT)
    if not others:
        return f"<g><title>{first}</title>{group[2]}"
    texts = iter([first, *others])
    points = re.sub(r"<use ([^>]*)/>", lambda use: f"<use {use[1]}><title>{next(texts)}</title></use>", group[2])
    return f"<g>{points}"


def as_png(figure: Figure) -> bytes:
    """Return a plot as a PNG on white."""
    buffer = io.BytesIO()
    with styled():
        figure.savefig(buffer, format="png", dpi=160, metadata={"Software": None})
    return buffer.getvalue()


def blank(axes_labels: tuple[str, str], height: float = _SIZE[1], width: float = _SIZE[0]) -> tuple[Figure, Axes]:
    """Return an empty plot, about as wide as the screen of a phone unless told otherwise.

    Args:
        axes_labels: Labels of x and y.
        height: Height in inches.
        width: Width in inches.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set(xlabel=below(axes_labels[0], width), ylabel="\n".join(wrap(axes_labels[1], _LONGEST_UPRIGHT)))
    return figure, axes


def below(label: str, width: float) -> str:
    """Return a label as lines that fit below a plot.

    Args:
        label: The label.
        width: Width of the plot in inches.
    """
    return "\n".join(wrap(label, round(_PER_INCH * width)))


def legend_above(figure: Figure, axes: Axes) -> None:
    """Put the legend of axes above them, in two columns, where it covers no curve."""
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=2, handlelength=1.8)


def logarithmic_axis(axes: Axes) -> None:
    """Make the y axis logarithmic, with plain numbers as labels of its ticks."""
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    if high < _FEW_DECADES * low:
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(tick_label))
    axes.yaxis.set_minor_formatter(NullFormatter())


def tick_label(value: float, _: object = None) -> str:
    """Return the label of a tick at 1, 2 or 5 times a power of ten, as plain text and not as a formula.

    >>> tick_label(0.5), tick_label(1e-5), tick_label(2e-5)
    ('0.5', '10⁻⁵', '2·10⁻⁵')
    """
    if 1e-3 < value < 1e4:
        return f"{value:g}"
    exponent = math.floor(math.log10(value) + 1e-9)
    factor = round(value / 10**exponent)
    power = f"10{str(exponent).translate(_SUPERSCRIPTS)}"
    return power if factor == 1 else f"{factor}·{power}"


@contextmanager
def styled() -> Iterator[None]:
    """Draw or save in the common style; no warning for a glyph that the font lacks, since a browser has it."""
    with matplotlib.rc_context(_STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def ahead(difference: float) -> str:
    """Return the color of the arm that is ahead.

    Args:
        difference: Treated minus control.
    """
    return TREATED if difference > 0 else CONTROL if difference < 0 else INK
