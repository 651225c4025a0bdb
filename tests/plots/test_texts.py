"""Names are shortened in their middle, and drawn by a font that has their characters."""

import pytest
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font

from resnet_lab.plots.texts import left_to_right, shortened, use_fonts_for


@pytest.mark.parametrize("longest", [3, 10, 11, 40])
def test_a_shortened_text_has_both_ends_and_its_length(longest):
    text = "".join(chr(65 + k) for k in range(30))
    short = shortened(text, longest)
    assert len(short) == min(longest, 30)
    assert (short[0], short[-1]) == (text[0], text[-1])
    assert shortened("猫" * 30, 11) == "猫猫…猫猫"  # each takes two columns
    assert shortened("e\u0301" * 10, 10) == "e\u0301" * 10  # accents take none


def test_a_text_that_begins_in_arabic_still_begins_at_the_left():
    assert left_to_right("قطة/1.png") == "\u200eقطة/1.png"
    assert left_to_right("cat/1.png") == "cat/1.png"


def test_another_font_draws_what_the_default_lacks():
    """STIX comes with matplotlib, as does the default font."""
    default, other = (get_font(findfont(FontProperties(family=name))) for name in ("DejaVu Sans", "STIXGeneral"))
    only = chr(min(other.get_charmap().keys() - default.get_charmap().keys() - set(range(0xE000, 0xF900))))
    assert only.isprintable()
    figure = Figure()
    axes = figure.add_subplot()
    axes.set_yticks([0, 1], ["plain", only])
    assert use_fonts_for(figure) == ""
    families = axes.get_yticklabels()[1].get_fontfamily()
    assert len(families) > 1
    assert ord(only) in get_font(findfont(FontProperties(family=families[1]))).get_charmap()


def test_characters_that_no_font_has_are_named():
    figure = Figure()
    figure.suptitle("cat \U0002fa1d\U0002fa1c")
    assert use_fonts_for(figure) == "\U0002fa1c\U0002fa1d"
    assert use_fonts_for(Figure()) == ""
