"""Ladder: one row per cell, what it closes with its interval and seeds, and held-out accuracy beside it."""

import math
from dataclasses import replace

import pytest
from matplotlib.text import Text

from resnet_lab.plots.ladder import LadderRow, LadderTexts, ladder_plot, limits
from resnet_lab.plots.style import CONTROL, INK, ON_COLOR, TREATED

TEXTS = LadderTexts("share (%)", ("plain: 49%", "residual: 95%"), "held-out", "decided", "open", "seed")
ROWS = [
    LadderRow("plain", "", 0.0, held_out=[0.3, 0.32], decided=None, color=CONTROL),
    LadderRow("dirac", "95%", 95.0, 90.0, 101.0, seeds=[93.0, 97.0], held_out=[0.9, 0.94]),
    LadderRow("weak", "2%", 2.0, -20.0, 25.0, seeds=[-3.0, 7.0], held_out=[0.3], decided=False),
    LadderRow("none", "runs diverged", None, decided=False),
    LadderRow("residual", "", 100.0, seeds=[98.0, 102.0], held_out=[0.95], color=TREATED),
]


@pytest.fixture
def drawn():
    return ladder_plot(ROWS, 100.0, TEXTS)


def lines(axes, marker, place=None):
    """Return the lines of a marker, at a row if one is given."""
    found = [line for line in axes.lines if line.get_marker() == marker and len(line.get_xdata())]
    return [line for line in found if place is None or line.get_ydata()[0] == pytest.approx(place)]


def test_a_row_per_cell_from_the_start_at_the_top_to_the_end_at_the_bottom(drawn):
    axes = drawn.axes[0]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["plain", "dirac", "weak", "none", "residual"]
    bottom, top = axes.get_ylim()
    assert top < 0 < 4 < bottom
    assert axes.get_xlabel() == "share (%)"
    assert [tick.get_color() for tick in axes.get_yticklabels()] == [CONTROL, INK, INK, INK, TREATED]


def test_the_lines_of_both_ends_are_named(drawn):
    axes = drawn.axes[0]
    upright = [line for line in axes.lines if list(line.get_xdata()) in ([0, 0], [100, 100]) and line.get_lw() > 1.5]
    assert [(line.get_xdata()[0], line.get_color()) for line in upright] == [(0, CONTROL), (100, TREATED)]
    said = {text.get_text(): text.xy[0] for text in axes.texts}
    assert (said["plain: 49%"], said["residual: 95%"]) == (0, 100)
    assert {"95%", "2%", "runs diverged"} <= said.keys()


def test_value_interval_and_seeds_of_a_row(drawn):
    axes = drawn.axes[0]
    [value] = lines(axes, "D", 1)
    assert (list(value.get_xdata()), value.get_markerfacecolor()) == ([95], INK)
    intervals = [line for line in axes.lines if list(line.get_ydata()) == [1, 1]]
    assert [list(line.get_xdata()) for line in intervals] == [[90, 101]]
    assert [sorted(line.get_xdata()) for line in lines(axes, "o", 1.2)] == [[93, 97]]


def test_a_row_that_is_not_decided_has_an_open_mark(drawn):
    [value] = lines(drawn.axes[0], "D", 2)
    assert value.get_markerfacecolor() == ON_COLOR


def test_the_start_has_a_mark_of_its_own_as_no_test_is_about_it(drawn):
    assert lines(drawn.axes[0], "D", 0) == []
    [mark] = lines(drawn.axes[0], "|", 0)
    assert (list(mark.get_xdata()), mark.get_color()) == ([0], CONTROL)


def test_on_a_narrow_plot_each_name_is_above_its_row_and_lies_within_the_plot():
    long = LadderRow("a rung with a name that is longer than one line of a plot on a phone", "9%", 9.0, 1.0, 17.0)
    figure = ladder_plot([*ROWS[:-1], long, ROWS[-1]], 100.0, TEXTS, narrow=True)
    figure.draw_without_rendering()
    axes, beside = figure.axes
    assert {label.get_text() for label in axes.get_yticklabels()} == {""}
    names = {text.get_text().replace("\n", " "): text for text in axes.texts}
    values = [text for text in axes.texts if text.get_text().endswith("%") and text.get_text()[0].isdigit()]
    for place, row in enumerate([*ROWS[:-1], long, ROWS[-1]]):
        shown = names[row.name].get_window_extent()
        assert row.color == names[row.name].get_color()
        assert axes.transData.inverted().transform((0, shown.y0))[1] < place
        assert shown.x1 <= figure.bbox.x1
        assert not any(shown.overlaps(value.get_window_extent()) for value in values)
    assert beside.get_title(loc="right") == "held-out"


@pytest.mark.parametrize("low", [-40.0, -120.0, -300.0])
def test_on_a_narrow_plot_the_texts_of_both_ends_meet_neither_each_other_nor_the_title_beside(low):
    """Also where intervals to the left push both lines together."""
    texts = replace(TEXTS, ends=("Plain-32: 42.9%\ntraining accuracy", "ResNet-32: 92.8%\ntraining accuracy"))
    wide = LadderRow("weak", "-9%", -9.0, low, 17.0)
    figure = ladder_plot([ROWS[0], wide, ROWS[-1]], 100.0, texts, narrow=True)
    figure.draw_without_rendering()
    axes, beside = figure.axes
    start, end = (text for text in axes.texts if "accuracy" in text.get_text())
    assert not start.get_window_extent().overlaps(end.get_window_extent())
    [title] = [text for text in beside.get_children() if isinstance(text, Text) and text.get_text() == "held-out"]
    assert not end.get_window_extent().overlaps(title.get_window_extent())


def test_a_row_without_a_value_has_words_in_its_place(drawn):
    assert lines(drawn.axes[0], "D", 3) == []
    [text] = [text for text in drawn.axes[0].texts if text.get_text() == "runs diverged"]
    assert text.xy[1] == 3


def test_held_out_accuracy_stands_in_a_column_of_its_own_in_percent(drawn):
    beside = drawn.axes[1]
    assert beside.get_title(loc="right") == "held-out"
    assert [line.get_xdata()[0] for line in lines(beside, "|")] == pytest.approx([31, 92, 30, 95])
    assert [sorted(line.get_xdata()) for line in lines(beside, "o", 1.2)] == [[90, 94]]


def test_the_legend_says_what_the_marks_mean(drawn):
    [legend] = drawn.legends
    assert [text.get_text() for text in legend.get_texts()] == ["decided", "open", "seed"]


def test_the_axis_holds_ends_values_and_seeds_and_no_endless_interval():
    low, high = limits(ROWS, 100.0)
    assert -30 < low < -20
    assert 102 < high < 112
    endless = [*ROWS, LadderRow("x", "", 50.0, -math.inf, math.inf), LadderRow("y", "", 50.0, -900, 1000)]
    assert limits(endless, 100.0) == (low, high)


def test_an_end_beyond_the_axis_is_an_arrow_and_an_unbounded_set_has_two_parts():
    rows = [
        ROWS[0],
        LadderRow("far", "", 50.0, 20.0, 5000.0),
        LadderRow("two", "", 50.0, 10, 90, outside=True),
        ROWS[-1],
    ]
    axes = ladder_plot(rows, 100.0, TEXTS).axes[0]
    low, high = axes.get_xlim()
    assert [list(line.get_xdata()) for line in lines(axes, ">", 1)] == [[high]]
    parts = sorted(list(line.get_xdata()) for line in axes.lines if list(line.get_ydata()) == [2, 2])
    assert parts == [[low, 10], [90, high]]
    assert len(lines(axes, "<", 2)) == len(lines(axes, ">", 2)) == 1


def test_everything_is_a_bar_over_the_whole_axis():
    rows = [ROWS[0], LadderRow("any", "", 50.0, -math.inf, math.inf), ROWS[-1]]
    axes = ladder_plot(rows, 100.0, TEXTS).axes[0]
    [bar] = [line for line in axes.lines if list(line.get_ydata()) == [1, 1]]
    assert tuple(bar.get_xdata()) == axes.get_xlim()


def test_nothing_measured_is_drawn_without_the_line_of_the_end():
    rows = [LadderRow("plain", "", 0.0), LadderRow("dirac", "not measured", None), LadderRow("residual", "", None)]
    axes = ladder_plot(rows, None, TEXTS).axes[0]
    assert axes.get_xlim() == (-1, 1)
    assert "residual: 95%" not in [text.get_text() for text in axes.texts]


@pytest.mark.parametrize(
    ("end", "sides"),
    [(100.0, ["left", "right"]), (0.01, ["right", "left"]), (5.0, ["right", "left"]), (-100.0, ["right", "left"])],
)
def test_the_texts_of_the_ends_do_not_meet(end, sides):
    rows = [
        LadderRow("plain", "", 0.0),
        LadderRow("weak", "", 2.0, seeds=[-4.9, 9.9]),
        LadderRow("residual", "", end),
    ]
    axes = ladder_plot(rows, end, TEXTS).axes[0]
    said = {text.get_text(): text for text in axes.texts}
    pair = [said["plain: 49%"], said["residual: 95%"]]
    assert [text.get_ha() for text in pair] == sides
    axes.figure.draw_without_rendering()
    first, second = sorted((text.get_window_extent() for text in pair), key=lambda extent: extent.x0)
    assert second.x0 - first.x1 > 5


def test_a_long_name_has_several_lines():
    rows = [ROWS[0], LadderRow("orthogonal kernels at the start (delta)", "", 5.0), ROWS[-1]]
    axes = ladder_plot(rows, 100.0, TEXTS).axes[0]
    assert axes.get_yticklabels()[1].get_text() == "orthogonal kernels at the\nstart (delta)"


def test_a_seed_beyond_the_axis_is_an_arrow_at_its_edge():
    rows = [ROWS[0], LadderRow("far", "", 50.0, seeds=[40.0, 900.0, -900.0]), ROWS[-1]]
    axes = ladder_plot(rows, 100.0, TEXTS).axes[0]
    low, high = axes.get_xlim()
    assert high < 120
    assert [list(line.get_xdata()) for line in lines(axes, "o", 1.2)] == [[40]]
    assert [list(line.get_xdata()) for line in (*lines(axes, "<", 1.2), *lines(axes, ">", 1.2))] == [[low], [high]]
