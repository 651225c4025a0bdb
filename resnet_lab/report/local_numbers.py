"""Signs of a report as print has them: decimal commas where the language has them, minus signs, names on one line."""

import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, cast

from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter, Formatter

from resnet_lab.plots.style import HOVER
from resnet_lab.report.document import Document

_NUMBER = re.compile(
    r"(?<!bagian )(?<![\w.,:/=^\u2212-])[+\u2212-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w/]|[.,:-]\d)"
)
_MINUS = re.compile(r"(?<![\w.,:/=^+\u2212\u2011-])-(?=\d)")
_NETWORK = re.compile(r"\b(Plain|ResNet)-(?=\d)")
_SWAPPED = str.maketrans(",.", ".,")
_KEPT = frozenset({"key", "name", "anchor", "path", "picture", "commands", "language", "kind", "code"})
"""Fields of blocks that are no text to read; names of verdicts have no number."""
_Writing = Callable[[str], str]


def with_decimal_commas(document: Document) -> Document:
    """Return a report with decimal commas in its text and its plots. Code, commands, paths and tables for LaTeX stay.

    Args:
        document: The report. Its plots are changed in place.
    """
    files = {name: decimal_commas(text) if name.endswith(".txt") else text for name, text in document.hand_in.items()}
    return replace(_rewritten(document, decimal_commas), hand_in=files)


def typeset(document: Document) -> Document:
    """Return a report with minus signs, and with names such as Plain-34 that no line break divides.

    Code, commands, paths, names of files and the files for a hand-in keep the characters of a keyboard.

    Args:
        document: The report. Its plots are changed in place.
    """
    return _rewritten(document, printed)


def printed(text: str) -> str:
    r"""Return a text with a minus sign before negative numbers, and a hyphen that does not break in names of networks.

    >>> printed("Plain-34: -1.46, plain34/version_0, lr 3e-4, 2026-11-24").encode("ascii", "backslashreplace").decode()
    'Plain\\u201134: \\u22121.46, plain34/version_0, lr 3e-4, 2026-11-24'
    """
    return _NETWORK.sub("\\1\u2011", _MINUS.sub("\u2212", text))


def decimal_commas(text: str) -> str:
    """Return a text with a decimal comma in each number, and points between thousands; versions, sections, paths stay.

    >>> decimal_commas("0.5% of 1,837 images, torch 2.14.1, arXiv:1512.03385")
    '0,5% of 1.837 images, torch 2.14.1, arXiv:1512.03385'
    """
    return _NUMBER.sub(lambda number: number[0].translate(_SWAPPED), text)


def _rewritten(document: Document, write: _Writing) -> Document:
    """Return a report with each text that is read written anew; its plots are changed in place."""
    for plot in document.plots:
        for figure in filter(None, (plot.figure, plot.narrow)):
            _relabel(figure, write)
    texts = (field.name for field in fields(document) if field.name not in ("hand_in", "language"))
    return replace(document, **{name: _changed(getattr(document, name), write) for name in texts})


def _changed(value: Any, write: _Writing) -> Any:
    if isinstance(value, str):
        return write(value)
    if isinstance(value, tuple):
        return tuple(_changed(one, write) for one in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    own = {f.name: _changed(getattr(value, f.name), write) for f in fields(value) if f.name not in _KEPT}
    return replace(cast(Any, value), **own)


class _Rewritten(Formatter):
    """Formatter of ticks that writes anew what another one writes."""

    def __init__(self, inner: Formatter, write: _Writing) -> None:
        self.inner, self.write = inner, write

    def __call__(self, x: float, pos: int | None = None) -> str:
        return self.write(self.inner(x, pos))

    def format_ticks(self, values: list[float]) -> list[str]:
        return list(map(self.write, self.inner.format_ticks(values)))


def _relabel(figure: Figure, write: _Writing) -> None:
    """Write the texts of a plot anew: its ticks, its labels, and what appears on hover."""
    for artist in figure.findobj():
        if (name := artist.get_gid()) is not None and name.startswith(HOVER):
            artist.set_gid(f"{HOVER}{write(name.removeprefix(HOVER))}")
        if isinstance(artist, Axis):
            ticks = artist.get_major_formatter()
            if isinstance(ticks, FixedFormatter):
                ticks.seq = [write(label) for label in ticks.seq]
            else:
                artist.set_major_formatter(_Rewritten(ticks, write))
        elif isinstance(artist, Text):
            artist.set_text(write(artist.get_text()))
