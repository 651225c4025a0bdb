"""Runs counted by what is done with them, and what they are before anything is."""

from resnet_lab.study.run_rows import State, count, initial_rows


def test_rows_are_counted_by_state(row):
    rows = [row(0, State.FINISHED), row(1, State.FAILED), row(2, State.FINISHED)]
    assert (count(rows, State.FINISHED), count(rows, State.FAILED, State.FINISHED)) == (2, 3)
    assert rows[0].label == "plain34 seed 0"


def test_without_a_run_folder_all_wait(plan, tmp_path):
    assert {row.state for row in initial_rows(plan, tmp_path)} == {State.WAITING}
