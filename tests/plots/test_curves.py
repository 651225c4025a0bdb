"""Curves hold the given data: seeds thin, their mean bold."""

import pytest

from resnet_lab.plots.curves import Line, curves_plot, mean_curve
from resnet_lab.plots.style import CONTROL

SEEDS = [{1: 0.5, 2: 0.7, 3: 0.9}, {1: 0.3, 2: 0.5}]


def drawn(figure):
    """Return the data of all lines as lists of points."""
    [axes] = figure.axes
    return [list(zip(*line.get_data(), strict=True)) for line in axes.lines]


def test_seeds_are_thin_and_their_mean_is_bold():
    figure = curves_plot([Line("Plain-34, val", CONTROL, "-", SEEDS)], ("epoch", "loss"), {"floor": 0.2})
    first, second, mean, floor = drawn(figure)
    assert first == list(SEEDS[0].items())
    assert second == list(SEEDS[1].items())
    assert mean == [(1, 0.4), (2, pytest.approx(0.6))] == list(mean_curve(SEEDS).items())
    assert {y for _, y in floor} == {0.2}
    widths = [line.get_linewidth() for line in figure.axes[0].lines]
    assert max(widths[:2]) < 1 < 2 < widths[2]
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["Plain-34, val", "floor"]


def test_a_single_seed_is_its_own_mean():
    [only] = drawn(curves_plot([Line("x", CONTROL, "--", SEEDS[:1])], ("epoch", "loss"), {}))
    assert only == list(SEEDS[0].items())
