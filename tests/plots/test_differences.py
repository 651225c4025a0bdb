"""Differences are drawn at their value, in the color of the arm that is ahead."""

import math

import pytest

from resnet_lab.plots.differences import axis_plot, differences_plot, strip_plot
from resnet_lab.plots.style import CONTROL, INK, TREATED, as_svg
from resnet_lab.statistics.intervals import paired_t


def drawn(figure):
    """Return the data of all lines as lists of points."""
    [axes] = figure.axes
    return [list(zip(*line.get_data(), strict=True)) for line in axes.lines]


def test_differences_have_the_color_of_the_arm_that_is_ahead():
    figure = differences_plot({"seed 0": 2.0, "seed 1": -1.0}, ("mean", paired_t([0.02, -0.01])), "points")
    _zero, first, second, _rule, interval, mean = figure.axes[0].lines
    assert [line.get_color() for line in (first, second, mean)] == [TREATED, CONTROL, TREATED]
    expected = paired_t([0.02, -0.01])
    assert interval.get_xdata() == pytest.approx([100 * expected.low, 100 * expected.high])
    assert mean.get_xdata() == pytest.approx([0.5])
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
    intervals = {"depth 18": paired_t([0.01, 0.03]), "depth 34": paired_t([-0.01, -0.03])}
    figure = axis_plot(intervals, ("depth", "points"))
    _, span, mean, _, other = drawn(figure)
    assert span == [
        (0, pytest.approx(100 * intervals["depth 18"].low)),
        (0, pytest.approx(100 * intervals["depth 18"].high)),
    ]
    assert (mean, other) == ([(0, pytest.approx(2))], [(1, pytest.approx(-2))])
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == list(intervals)


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


def test_with_a_loss_the_arm_of_the_lower_value_is_ahead():
    figure = differences_plot({"seed 0": -0.1}, ("mean", paired_t([-0.1])), "nats", scale=1, lower_is_better=True)
    [dot] = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert (dot.get_xdata()[0], dot.get_color()) == (-0.1, TREATED)
