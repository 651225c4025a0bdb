"""Reliability diagrams hold the bars they are given."""

import pytest

from resnet_lab.plots.reliability import Calibration, reliability_plot
from resnet_lab.plots.style import CONTROL
from resnet_lab.statistics.calibration import reliability


def drawn(figure):
    """Return the data of all lines as lists of points."""
    [axes] = figure.axes
    return [list(zip(*line.get_data(), strict=True)) for line in axes.lines]


def test_reliability_takes_the_images_of_all_seeds_together():
    seeds = [reliability([0.9, 0.9], [True, True]), reliability([0.9, 0.3], [False, True])]
    figure = reliability_plot([Calibration("Plain-34", CONTROL, seeds)], ("confidence", "accuracy"))
    _, first, second, together = drawn(figure)
    assert first == [(pytest.approx(0.9), 1)]
    assert second == [(pytest.approx(0.3), 1), (pytest.approx(0.9), 0)]
    assert together == [(pytest.approx(0.3), 1), (pytest.approx(0.9), pytest.approx(2 / 3))]
