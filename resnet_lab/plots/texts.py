"""Texts of plots: shortened names, and installed fonts for the scripts that the default font lacks."""

from collections.abc import Iterable
from functools import cache
from unicodedata import bidirectional, combining, east_asian_width

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.text import Text

_NO_LETTERS = ("Last Resort", ".LastResort", "Emoji")  # parts of names of fonts of boxes and of colored pictures


def shortened(text: str, longest: int) -> str:
    """Return a text without its middle if it is too long: beginnings and ends tell names apart.

    Args:
        text: The text.
        longest: Columns that it may take; a Chinese, Japanese or Korean character takes two.

    >>> shortened("defective/cell0001.png", 14), shortened("cell0001.png", 14)
    ('defect…001.png', 'cell0001.png')
    >>> shortened("猫と犬の写真", 9)
    '猫と…写真'
    """
    if _width(text) <= longest:
        return text
    tail = _beginning(text[::-1], longest // 2)[::-1]
    return f"{_beginning(text, (longest - 1) // 2)}…{tail}"


def _beginning(text: str, longest: int) -> str:
    end, room = 0, longest
    while end < len(text) and room >= (width := _width(text[end])):
        end, room = end + 1, room - width
    return text[:end]


def left_to_right(text: str) -> str:
    """Return a text that begins at the left, also if its first letter is Hebrew or Arabic."""
    return f"\u200e{text}" if any(bidirectional(character) in ("R", "AL") for character in text) else text


def _width(text: str) -> int:
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def use_fonts_for(figure: Figure) -> str:
    """Let installed fonts draw the characters that the default font lacks.

    Args:
        figure: A plot; its texts get further fonts if they need any.

    Returns:
        The characters that no installed font has. They are drawn as empty boxes.
    """
    texts = [text for text in figure.findobj(Text) if isinstance(text, Text)]
    lacking = {character for text in texts for character in text.get_text() if character.isprintable()}
    lacking -= _characters(findfont(FontProperties()))
    if not lacking:
        return ""
    families: list[str] = []
    for name, path in _others():
        if found := lacking & _characters(path):
            families.append(name)
            lacking -= found
        if not lacking:
            break
    for text in texts:
        text.set_fontfamily([*text.get_fontfamily(), *families])
    return "".join(sorted(lacking))


def _others() -> Iterable[tuple[str, str]]:
    """Yield name and path of the installed upright fonts of normal weight; those without serifs first."""
    fonts = {
        (font.name, font.fname)
        for font in fontManager.ttflist
        if font.style == "normal" and str(font.weight) in ("400", "normal", "regular")
        if not any(part in font.name for part in _NO_LETTERS)
    }
    return sorted(fonts, key=lambda font: ("Sans" not in font[0], font))


@cache
def _characters(path: str) -> frozenset[str]:
    """Return the characters of a font; none of one that cannot be read."""
    try:
        return frozenset(map(chr, get_font(path).get_charmap()))
    except (OSError, RuntimeError):
        return frozenset()
