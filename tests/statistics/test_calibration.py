"""Bars of the reliability diagram, against the calibration error that a test wrote and against a count by hand."""

from pathlib import Path

import numpy as np
import pytest

from resnet_lab.runs import Run
from resnet_lab.statistics.calibration import Bin, confidences, reliability

RUNS = Path(__file__).parents[1] / "assets" / "runs"


def calibration_error(bars):
    """The expected calibration error by its definition (Guo et al. 2017, equation 3)."""
    return sum(bar.n * abs(bar.accuracy - bar.confidence) for bar in bars if bar.n) / sum(bar.n for bar in bars)


@pytest.mark.parametrize("name", ["plain34", "resnet34"])
@pytest.mark.parametrize("which", ["best", "last"])
def test_the_error_is_the_one_that_the_test_of_the_run_wrote(name, which):
    run = Run(RUNS / name / "version_0")
    rows = run.test_predictions(which)
    bars = reliability(*confidences(rows))
    assert calibration_error(bars) == pytest.approx(run.test_metrics()[which]["calibration_error"], abs=1e-6)
    assert sum(bar.n for bar in bars) == len(rows)
    assert sum(bar.n * bar.accuracy for bar in bars if bar.n) / len(rows) == pytest.approx(
        run.test_metrics()[which]["accuracy"]
    )


def test_bars_are_those_of_a_count_by_hand():
    generator = np.random.default_rng(0)
    confidence, correct = generator.uniform(0.3, 1.0, 500), generator.random(500) < 0.7
    for k, bar in enumerate(reliability(confidence, correct)):
        assert (bar.low, bar.high) == (k / 15, (k + 1) / 15)
        inside = [(c, r) for c, r in zip(confidence, correct, strict=True) if bar.low < c <= bar.high]
        assert bar.n == len(inside)
        if inside:
            assert (bar.confidence, bar.accuracy) == pytest.approx(tuple(np.mean(inside, axis=0)))


def test_an_edge_belongs_to_the_bin_below_it_and_an_empty_bin_has_no_figures():
    bars = reliability([0.5, 0.75, 1.0], [True, False, True], bins=4)
    assert [bar.n for bar in bars] == [0, 1, 1, 1]
    assert bars[0] == Bin(0.0, 0.25, 0, None, None)
    assert bars[3] == Bin(0.75, 1.0, 1, 1.0, 1.0)


def test_classes_that_no_image_has_or_gets_change_nothing():
    rows = [
        {"label": "a", "predicted": "a", "probability_a": "0.9", "probability_b": "0.1", "probability_absent": "0"},
        {"label": "b", "predicted": "a", "probability_a": "0.6", "probability_b": "0.4", "probability_absent": "0"},
    ]
    assert confidences(rows) == ([0.9, 0.6], [True, False])
    assert calibration_error(reliability(*confidences(rows))) == pytest.approx((0.1 + 0.6) / 2)
