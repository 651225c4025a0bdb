"""Differences are drawn at their value, in the color of the verdict, and each side of zero has its name."""

import math

import pytest

from resnet_lab.plots.differences import axis_plot, differences_plot, strip_plot
from resnet_lab.plots.style import CONTROL, INK, TREATED, as_svg
from resnet_lab.statistics.intervals import paired_t

SIDES = (("Plain better", CONTROL), ("ResNet better", TREATED))


def drawn(figure):
    """Return the data of all lines as lists of points."""
    [axes] = figure.axes
    return [list(zip(*line.get_data(), strict=True)) for line in axes.lines]


def test_all_differences_have_the_color_of_the_verdict():
    pairs, mean = {"seed 0": 2.0, "seed 1": -1.0}, ("mean", paired_t([0.02, -0.01]))
    figure = differences_plot(pairs, mean, "points", color=TREATED)
    _zero, first, second, _rule, interval, middle = figure.axes[0].lines
    assert [line.get_color() for line in (first, second, interval, middle)] == [TREATED] * 4
    assert {line.get_color() for line in differences_plot(pairs, mean, "points").axes[0].lines[1:3]} == {INK}
    expected = paired_t([0.02, -0.01])
    assert interval.get_xdata() == pytest.approx([100 * expected.low, 100 * expected.high])
    assert middle.get_xdata() == pytest.approx([0.5])
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == ["seed 0", "seed 1", "mean"]
    low, high = figure.axes[0].get_xlim()
    assert low == -high  # zero is in the middle
    assert high > 100 * expected.high


def test_a_second_interval_is_a_thick_line_on_the_first():
    outer, inner = paired_t([0.02, -0.01], 0.99), paired_t([0.02, -0.01], 0.9)
    figure = differences_plot({"seed 0": 2.0, "seed 1": -1.0}, ("mean", outer), "points", inner)
    _zero, _first, _second, _rule, thin, thick, _mean = figure.axes[0].lines
    assert thin.get_linewidth() < thick.get_linewidth()
    for line, interval in ((thin, outer), (thick, inner)):
        assert line.get_xdata() == pytest.approx([100 * interval.low, 100 * interval.high])


def test_one_pair_has_no_mean_and_no_interval():
    figure = differences_plot({"seed 0": 0.0}, ("mean", paired_t([0.0])), "points")
    assert len(figure.axes[0].lines) == 2
    assert figure.axes[0].lines[1].get_color() == INK


def test_places_show_mean_and_interval():
    intervals = {"18": paired_t([0.01, 0.03]), "34": paired_t([-0.01, -0.03])}
    drawn_with = {
        name: (interval, color) for (name, interval), color in zip(intervals.items(), (INK, CONTROL), strict=True)
    }
    figure = axis_plot(drawn_with, ("depth", "points"), SIDES)
    texts = {text.get_text(): text for text in figure.axes[0].texts}
    assert texts["Plain better"].get_position()[1] < texts["ResNet better"].get_position()[1]
    assert [line.get_color() for line in figure.axes[0].lines[1:]] == [INK, INK, CONTROL, CONTROL]
    _, span, mean, _, other = drawn(figure)
    assert span == [
        (0, pytest.approx(100 * intervals["18"].low)),
        (0, pytest.approx(100 * intervals["18"].high)),
    ]
    assert (mean, other) == ([(0, pytest.approx(2))], [(1, pytest.approx(-2))])
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == list(intervals)


def test_a_label_that_is_wider_than_the_plot_has_two_lines():
    label = "ResNet dikurangi Plain, kenaikan error pelatihan (poin persentase)"
    [axes] = differences_plot({"seed 0": 0.0}, ("mean", paired_t([0.0])), label).axes
    assert axes.get_xlabel().split("\n") == [label.removesuffix(" (poin persentase)"), "(poin persentase)"]


def test_an_interval_of_one_pair_is_not_drawn_as_a_number():
    assert math.isnan(paired_t([0.1]).low)
    assert "nan" not in as_svg(differences_plot({"seed 0": 10.0}, ("mean", paired_t([0.1])), "points")).lower()


def test_a_strip_has_a_dot_per_value_the_interval_and_the_line_that_it_is_held_against():
    interval = paired_t([1.0, 2.0, 3.0])
    [axes] = strip_plot([1.0, 2.0, 3.0], interval, "nats", 1.0, TREATED).axes
    line, *dots, spread, mean = axes.lines
    assert list(line.get_xdata()) == [1, 1]
    assert [dot.get_xdata()[0] for dot in dots] == [1, 2, 3]
    assert list(spread.get_xdata()) == [interval.low, interval.high]
    assert mean.get_xdata()[0] == 2
    low, high = axes.get_xlim()
    assert (low + high) / 2 == pytest.approx(1)
    assert low < interval.low
    assert high > interval.high
    [axes] = strip_plot([0.0], None, "nats").axes
    assert len(axes.lines) == 2


@pytest.mark.parametrize("plot", [0, 1])
def test_a_long_label_fits_below_the_plot(plot):
    label = "ResNet-34 dikurangi Plain-34, akurasi uji (poin persentase)"
    figure = (
        differences_plot({"seed 0": 1.0}, ("mean", paired_t([0.01])), label),
        strip_plot([1.0], None, label),
    )[plot]
    figure.draw_without_rendering()
    [axes] = figure.axes
    shown = axes.xaxis.label.get_window_extent()
    assert figure.bbox.x0 <= shown.x0
    assert shown.x1 <= figure.bbox.x1
    assert shown.y0 >= figure.bbox.y0
    assert axes.get_position().height * figure.get_figheight() > 0.3


def test_on_a_strip_the_names_of_both_sides_do_not_meet_in_the_longer_language():
    sides = (("← ResNet-34 lebih baik", TREATED), ("Plain-34 lebih baik →", CONTROL))
    figure = strip_plot([-0.0141], None, "ResNet-34 dikurangi Plain-34 (nat)", sides=sides)
    figure.draw_without_rendering()
    left, right = (text.get_window_extent() for text in figure.axes[0].texts)
    assert left.x1 < right.x0


@pytest.mark.parametrize("plot", [0, 1])
def test_either_side_of_zero_has_its_name_in_the_color_of_the_arm(plot):
    [axes] = (
        differences_plot({"seed 0": 1.0}, ("mean", paired_t([0.01])), "points", sides=SIDES),
        strip_plot([1.0], None, "points", sides=SIDES),
    )[plot].axes
    left, right = axes.texts
    assert (left.get_text(), left.get_color(), left.get_ha()) == ("Plain better", CONTROL, "left")
    assert (right.get_text(), right.get_color(), right.get_ha()) == ("ResNet better", TREATED, "right")
    assert left.get_position()[0] < right.get_position()[0]
