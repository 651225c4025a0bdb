"""Figures hold the data they are given, and equal figures are equal files."""

import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from resnet_lab.comparison.calibration import reliability
from resnet_lab.comparison.intervals import paired_t
from resnet_lab.comparison.plots import (
    CONTROL,
    INK,
    TREATED,
    Calibration,
    Line,
    as_png,
    as_svg,
    confusion_figure,
    curves_figure,
    differences_figure,
    mean_curve,
    places_figure,
    reliability_figure,
)

SEEDS = [{1: 0.5, 2: 0.7, 3: 0.9}, {1: 0.3, 2: 0.5}]


def drawn(figure):
    """Return the data of all lines as lists of points."""
    [axes] = figure.axes
    return [list(zip(*line.get_data(), strict=True)) for line in axes.lines]


def test_seeds_are_thin_and_their_mean_is_bold():
    figure = curves_figure([Line("Plain-34, val", CONTROL, "-", SEEDS)], ("epoch", "loss"), {"floor": 0.2})
    first, second, mean, floor = drawn(figure)
    assert first == list(SEEDS[0].items())
    assert second == list(SEEDS[1].items())
    assert mean == [(1, 0.4), (2, pytest.approx(0.6))] == list(mean_curve(SEEDS).items())
    assert {y for _, y in floor} == {0.2}
    widths = [line.get_linewidth() for line in figure.axes[0].lines]
    assert max(widths[:2]) < 1 < 2 < widths[2]
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["Plain-34, val", "floor"]


def test_a_single_seed_is_its_own_mean():
    [only] = drawn(curves_figure([Line("x", CONTROL, "--", SEEDS[:1])], ("epoch", "loss"), {}))
    assert only == list(SEEDS[0].items())


def test_differences_have_the_colour_of_the_arm_that_is_ahead():
    figure = differences_figure({"seed 0": 2.0, "seed 1": -1.0}, ("mean", paired_t([0.02, -0.01])), "points")
    _zero, first, second, _rule, interval, mean = figure.axes[0].lines
    assert [line.get_color() for line in (first, second, mean)] == [TREATED, CONTROL, TREATED]
    expected = paired_t([0.02, -0.01])
    assert interval.get_xdata() == pytest.approx([100 * expected.low, 100 * expected.high])
    assert mean.get_xdata() == pytest.approx([0.5])
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == ["seed 0", "seed 1", "mean"]
    low, high = figure.axes[0].get_xlim()
    assert low == -high  # zero is in the middle
    assert high > 100 * expected.high


def test_one_pair_has_no_mean_and_no_interval():
    figure = differences_figure({"seed 0": 0.0}, ("mean", paired_t([0.0])), "points")
    assert len(figure.axes[0].lines) == 2
    assert figure.axes[0].lines[1].get_color() == INK


def test_places_show_mean_and_interval():
    intervals = {"depth 18": paired_t([0.01, 0.03]), "depth 34": paired_t([-0.01, -0.03])}
    figure = places_figure(intervals, ("depth", "points"))
    _, span, mean, _, other = drawn(figure)
    assert span == [
        (0, pytest.approx(100 * intervals["depth 18"].low)),
        (0, pytest.approx(100 * intervals["depth 18"].high)),
    ]
    assert (mean, other) == ([(0, pytest.approx(2))], [(1, pytest.approx(-2))])
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == list(intervals)


def test_a_confusion_matrix_is_coloured_by_share_and_numbered():
    figure = confusion_figure([[3, 1], [0, 0]], ("good", "an absent class of a long name"), TREATED, ("x", "y"))
    [axes] = figure.axes
    assert [patch.get_alpha() for patch in axes.patches] == [0.75, 0.25, 0, 0]
    assert [text.get_text() for text in axes.texts] == ["3", "1", "0", "0"]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["good", "an absent class o…"]


def test_many_classes_leave_no_room_for_numbers():
    figure = confusion_figure(np.eye(40).tolist(), [f"class {k}" for k in range(40)], CONTROL, ("x", "y"))
    [shares] = figure.axes[0].images
    np.testing.assert_array_equal(shares.get_array(), np.eye(40))
    assert not figure.axes[0].texts
    assert len(figure.axes[0].get_xticklabels()) == 20


def test_reliability_takes_the_images_of_all_seeds_together():
    seeds = [reliability([0.9, 0.9], [True, True]), reliability([0.9, 0.3], [False, True])]
    figure = reliability_figure([Calibration("Plain-34", CONTROL, seeds)], ("confidence", "accuracy"))
    _, first, second, together = drawn(figure)
    assert first == [(pytest.approx(0.9), 1)]
    assert second == [(pytest.approx(0.3), 1), (pytest.approx(0.9), 0)]
    assert together == [(pytest.approx(0.3), 1), (pytest.approx(0.9), pytest.approx(2 / 3))]


def make():
    return curves_figure([Line("Plain-34 $x$ \u65e5", CONTROL, "-", SEEDS)], ("epoch", "loss"), {})


def test_equal_figures_are_equal_files_with_text_as_text():
    assert as_svg(make()) == as_svg(make())
    assert as_png(make()) == as_png(make())
    svg = as_svg(make())
    assert "Plain-34 $x$ \u65e5</text>" in svg
    assert ET.fromstring(svg).tag.endswith("svg")
    assert as_png(make()).startswith(b"\x89PNG")


def test_an_interval_of_one_pair_is_not_drawn_as_a_number():
    assert math.isnan(paired_t([0.1]).low)
    assert "nan" not in as_svg(differences_figure({"seed 0": 10.0}, ("mean", paired_t([0.1])), "points")).lower()
