"""The time that is left, by hand."""

from resnet_lab.study.estimate import seconds_left
from resnet_lab.study.run_rows import State


def test_unknown_until_an_epoch_was_timed(row):
    assert seconds_left([row(0, State.WAITING), row(1, State.TRAINING)], 1) is None


def test_runs_of_a_cell_last_as_those_before_them(row):
    rows = [
        row(0, State.FINISHED, 10, 100),
        row(1, State.FINISHED, 10, 200),
        row(2, State.WAITING),
        row(3, State.WAITING),
    ]
    assert seconds_left(rows, 1) == 300  # plain as the plain one, residual as the residual one
    assert seconds_left(rows, 2) == 200  # side by side, the longer one counts


def test_a_cell_without_a_timed_run_lasts_as_the_mean_of_all(row):
    assert seconds_left([row(0, State.FINISHED, 10, 100), row(1, State.WAITING)], 1) == 100


def test_a_run_under_way_counts_by_the_epochs_that_are_left_of_it(row):
    assert seconds_left([row(0, State.TRAINING, 4, 1000), row(1, State.WAITING)], 1) == 600 + 1000


def test_failed_and_finished_runs_take_no_time(row):
    assert seconds_left([row(0, State.FINISHED, 10, 100), row(1, State.FAILED, 3, 100)], 1) == 0
