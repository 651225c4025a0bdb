"""Cells of a ladder: training errors, and costs that are left out where no run has them."""

from pathlib import Path

import pytest

from resnet_lab.comparison.ladder_cells import HELD_OUT_ACCURACY, TRAIN_ACCURACY, LadderCell
from resnet_lab.runs import Run


def cell(*measures):
    runs = {seed: Run(Path("plain") / f"version_{seed}") for seed in range(len(measures))}
    return LadderCell("plain", "plain", "", runs, dict(enumerate(measures)))


def test_a_training_error_is_one_minus_the_training_accuracy():
    assert cell({TRAIN_ACCURACY: 0.75}).error(0) == pytest.approx(0.25)


def test_a_mean_is_over_the_runs_that_have_the_measure():
    found = cell({HELD_OUT_ACCURACY: 0.5}, {HELD_OUT_ACCURACY: 0.7}, {}).mean_sd(HELD_OUT_ACCURACY)
    assert found.n == 2
    assert found.mean == pytest.approx(0.6)
    assert found.sd == pytest.approx(0.1 * 2**0.5)


def test_a_cell_without_runs_has_no_bill_and_no_parameters():
    empty = cell()
    bill = empty.bill
    assert (bill.decades_lost.mean, bill.seconds_per_step.mean, bill.memory_mb.mean) == (None, None, None)
    assert empty.parameters is None
