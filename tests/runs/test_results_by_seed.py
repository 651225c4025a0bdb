"""The newest result of each seed counts, finished or diverged, and what it replaces is told if it diverged."""

import json

from resnet_lab.files import write_json
from resnet_lab.runs.results_by_seed import results_by_seed

DIVERGED = {"status": "diverged"}


def test_a_diverged_run_is_the_result_of_its_seed(make_run):
    finished, diverged = make_run(True, 0), make_run(True, 1, status=DIVERGED)
    assert results_by_seed([finished, diverged]) == ([finished, diverged], [])


def test_the_newest_result_of_a_seed_counts_and_an_earlier_divergence_is_told(make_run):
    diverged, repeated = make_run(True, status=DIVERGED), make_run(True)
    assert results_by_seed([diverged, repeated]) == ([repeated], [diverged])
    again = make_run(True, status=DIVERGED)
    assert results_by_seed([diverged, repeated, again]) == ([again], [diverged])


def test_an_earlier_finished_run_with_values_that_are_no_numbers_is_told_too(make_run):
    earlier, newest = make_run(True), make_run(True)
    scores = json.loads((earlier.path / "test" / "metrics.json").read_text())
    scores["last"]["loss"] = float("nan")
    write_json(earlier.path / "test" / "metrics.json", scores)
    assert results_by_seed([earlier, newest]) == ([newest], [earlier])


def test_a_repeat_that_still_runs_replaces_nothing(make_run):
    diverged, running = make_run(True, status=DIVERGED), make_run(True, status={"status": "running"})
    assert results_by_seed([diverged, running]) == ([diverged], [])


def test_unfinished_runs_are_told_where_their_seed_has_no_result(make_run):
    failed, other = make_run(True, 0, status={"status": "failed"}), make_run(True, 1)
    assert results_by_seed([failed, other]) == ([other], [failed])
