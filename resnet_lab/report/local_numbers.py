"""Numbers of a report in the form of its language: a decimal comma and points between thousands."""

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any, cast

from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter, Formatter

from resnet_lab.plots.style import HOVER
from resnet_lab.report.document import Code, Document

_NUMBER = re.compile(r"(?<![\w.,:/=^-])[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w/]|[.,:-]\d)")
_SWAPPED = str.maketrans(",.", ".,")
_KEPT = frozenset({"key", "name", "anchor", "path", "picture", "commands", "language", "kind"})
"""Fields of blocks that are no text to read; names of verdicts have no number."""


def with_decimal_commas(document: Document) -> Document:
    """Return a report with decimal commas in its text and its plots. Code, commands, paths and tables for LaTeX stay.

    Args:
        document: The report. Its plots are changed in place.
    """
    for plot in document.plots:
        _relabel(plot.figure)
    texts = (field.name for field in fields(document) if field.name not in ("hand_in", "language"))
    changed = {name: _changed(getattr(document, name)) for name in texts}
    files = {name: decimal_commas(text) if name.endswith(".txt") else text for name, text in document.hand_in.items()}
    return replace(document, **changed, hand_in=files)


def decimal_commas(text: str) -> str:
    """Return a text with a decimal comma in each number, and points between thousands; versions and paths stay.

    >>> decimal_commas("0.5% of 1,837 images, torch 2.14.1, arXiv:1512.03385")
    '0,5% of 1.837 images, torch 2.14.1, arXiv:1512.03385'
    """
    return _NUMBER.sub(lambda number: number[0].translate(_SWAPPED), text)


def _changed(value: Any) -> Any:
    if isinstance(value, str):
        return decimal_commas(value)
    if isinstance(value, tuple):
        return tuple(map(_changed, value))
    if isinstance(value, Code) or not is_dataclass(value) or isinstance(value, type):
        return value
    own = {f.name: _changed(getattr(value, f.name)) for f in fields(value) if f.name not in _KEPT}
    return replace(cast(Any, value), **own)


class _DecimalComma(Formatter):
    """Formatter of ticks that writes what another one does, with decimal commas."""

    def __init__(self, inner: Formatter) -> None:
        self.inner = inner

    def __call__(self, x: float, pos: int | None = None) -> str:
        return decimal_commas(self.inner(x, pos))

    def format_ticks(self, values: list[float]) -> list[str]:
        return [label.replace(".", ",") for label in self.inner.format_ticks(values)]


def _relabel(figure: Figure) -> None:
    """Give a plot decimal commas: its ticks, its texts, and what appears on hover."""
    for artist in figure.findobj():
        if (name := artist.get_gid()) is not None and name.startswith(HOVER):
            artist.set_gid(decimal_commas(name))
        if isinstance(artist, Axis) and not isinstance(artist.get_major_formatter(), FixedFormatter | _DecimalComma):
            artist.set_major_formatter(_DecimalComma(artist.get_major_formatter()))
        elif isinstance(artist, Text):
            artist.set_text(decimal_commas(artist.get_text()))
