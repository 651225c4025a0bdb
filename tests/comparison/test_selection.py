"""The runs that are compared are finished, tested and whole; others are told or refused with the way out."""

import re

import pytest

from resnet_lab.comparison.plan import Plan
from resnet_lab.comparison.selection import NotReady, select
from resnet_lab.errors import InputError
from resnet_lab.runs import claim_run


def labels(words, logs):
    return [run.label for run in select([str(word) for word in words], logs).runs]


def test_a_name_is_its_newest_finished_run_of_each_seed(make_run, logs):
    for seed in (0, 1, 0):
        make_run(False, seed)
    make_run(False, 1, status={"status": "running"})
    assert labels(["plain34"], logs) == ["plain34/version_2", "plain34/version_1"]
    assert select(["plain34"], logs).not_ready == ()  # its seed has a finished run


def test_what_a_name_holds_unfinished_is_told(make_run, logs):
    make_run(True, 0)
    make_run(True, 1, status={"status": "failed"})
    make_run(True, 2, status={"status": "running"})
    claim_run(logs, "resnet34")
    assert select(["resnet34"], logs).not_ready == (
        NotReady("resnet34/version_1", "failed"),
        NotReady("resnet34/version_2", "running"),
        NotReady("resnet34/version_3", None),
    )


def refusal(words, logs):
    with pytest.raises(InputError) as caught:
        select([str(word) for word in words], logs)
    return str(caught.value)


def test_an_unknown_name_is_refused_with_the_nearest(make_run, logs):
    make_run(False)
    make_run(True)
    assert refusal(["resnet34", "plain43"], logs).endswith(f"the name of a run in {logs}; did you mean plain34?")


def test_an_untested_run_is_refused_with_the_command_that_tests_it(make_run, logs):
    run = make_run(False)
    (run.path / "test" / "metrics.json").unlink()
    assert refusal(["plain34"], logs) == (
        f"The run {run.path} lacks test/metrics.json: it is trained, but not tested. "
        f"First run: resnet-lab test {run.path}"
    )


def test_a_run_that_lacks_what_fit_writes_is_refused(make_run, logs):
    run = make_run(False)
    (run.path / "final" / "metrics.json").unlink()
    assert refusal(["plain34"], logs) == f"The run {run.path} lacks final/metrics.json; train it again."


@pytest.mark.parametrize("name", ["config.yaml", "metrics.csv", "final/metrics.json", "test/metrics.json"])
def test_a_damaged_run_is_refused(make_run, logs, name):
    run = make_run(False)
    (run.path / name).write_text("epoch\n{half: [")
    assert re.search(rf"(The run {run.path}|{run.path}/{name}) is damaged(, or| \()", refusal(["plain34"], logs))


def test_runs_of_other_seeds_than_asked_for_are_passed_over_unchecked(make_run, logs):
    run, other = make_run(False, 0), make_run(False, 7)
    other.config_path.write_text("model: [")
    assert select(["plain34"], logs, Plan("s", "0" * 64, seeds=(0, 1))).runs == (run,)
    assert "config.yaml cannot be used" in refusal(["plain34"], logs)
