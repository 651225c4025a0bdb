"""Runs by folder, by name and by folder of runs; what is no run is refused with the way out."""

import re
from pathlib import Path

import pytest

from resnet_lab.comparison.selection import NotReady, label, select
from resnet_lab.errors import InputError
from resnet_lab.runs import claim_run


def labels(words, logs):
    return [label(run) for run in select([str(word) for word in words], logs).runs]


def test_a_name_is_its_newest_finished_run_of_each_seed(make_run, logs):
    for seed in (0, 1, 0):
        make_run(False, seed)
    make_run(False, 1, status={"status": "running"})
    assert labels(["plain34"], logs) == ["plain34/version_2", "plain34/version_1"]
    assert select(["plain34"], logs).not_ready == ()  # its seed has a finished run


def test_a_run_folder_is_that_run_however_it_is_written(make_run, logs, monkeypatch):
    older = make_run(False)
    make_run(False)
    assert labels([older.path], logs) == ["plain34/version_0"]
    assert labels([f"{older.path}/"], logs) == ["plain34/version_0"]
    monkeypatch.chdir(older.path)
    assert labels(["."], logs) == ["plain34/version_0"]


def test_the_folder_of_a_name_is_like_the_name(make_run, logs):
    make_run(False)
    make_run(False)
    assert labels([logs / "plain34"], Path("elsewhere")) == ["plain34/version_1"]


def test_a_folder_of_runs_is_all_its_names(make_run, logs):
    make_run(True)
    make_run(False)
    (logs / "comparison" / "residual-0123abcd").mkdir(parents=True)
    assert labels([logs], Path("elsewhere")) == ["plain34/version_0", "resnet34/version_0"]


def test_a_folder_below_the_logs_is_one_of_runs_too(make_run, logs):
    make_run(True)
    assert labels([logs.name], logs.parent) == ["resnet34/version_0"]


def test_a_run_that_two_words_name_is_there_once(make_run, logs):
    run = make_run(True)
    assert labels(["resnet34", run.path, logs], logs) == ["resnet34/version_0"]


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
    assert refusal(["plain43"], logs).endswith(f"the name of a run in {logs}; did you mean plain34?")
    assert refusal(["x"], logs) == (
        f"x is neither a folder nor the name of a run in {logs}; there is plain34, resnet34."
    )
    assert refusal(["x"], logs / "none").endswith("; there is none.")


def test_an_empty_folder_is_refused(tmp_path, logs):
    (tmp_path / "empty").mkdir()
    assert refusal([tmp_path / "empty"], logs) == (
        f"{tmp_path}/empty holds no run: a run folder is <logs>/<name>/version_<n>, as resnet-lab fit makes it."
    )


def test_an_unfinished_run_is_refused(make_run, logs):
    run = make_run(False, status={"status": "interrupted"})
    assert refusal([run.path], logs) == f"The run {run.path} is interrupted; a comparison takes finished runs."
    assert refusal(["plain34"], logs) == "plain34 has no finished run: plain34/version_0 is interrupted."


def test_a_run_of_another_tool_is_refused(logs):
    foreign = claim_run(logs, "other")
    (foreign.path / "hparams.yaml").write_text("lr: 1\n")
    assert "version_0 is no run of resnet-lab (it has no status.json" in refusal([foreign.path], logs)
    assert refusal(["other"], logs).startswith("other has no finished run: other/version_0 is no run of resnet-lab")


def test_a_run_of_a_later_format_is_refused(make_run, logs):
    run = make_run(False, status={"format": 2})
    assert refusal([run.path], logs) == f"{run.path} has format 2; this resnet-lab reads up to 1."


def test_an_untested_run_is_refused_with_the_command_that_tests_it(make_run, logs):
    run = make_run(False)
    (run.path / "test" / "metrics.json").unlink()
    assert refusal(["plain34"], logs) == (
        f"The run {run.path} lacks test/metrics.json: it is trained, but not tested. "
        f"First run: resnet-lab test --config {run.path}/config.yaml"
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


@pytest.mark.parametrize("word", ["/", "/proc/version", "x" * 300, "a\0b", ".."])
def test_a_word_that_leads_nowhere_is_refused_in_words(make_run, logs, monkeypatch, tmp_path, word):
    make_run(False)
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    assert "\n" not in refusal([word], logs)


def test_a_name_that_is_too_long_is_told_in_short(logs):
    assert refusal(["x" * 300], logs) == f"{'x' * 80} cannot be read (File name too long)."
