"""Finished runs are compressed and pruned for a commit, and are compared as before."""

import gzip
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from resnet_lab.comparison.selection import select
from resnet_lab.errors import InputError
from resnet_lab.runs import lock_run, unlock_run
from resnet_lab.runs.digests import FIT_FILES, TEST_FILES, digests, lacks_digests
from resnet_lab.runs.intact import check_intact

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "commit_run.py"


def commit_run(*runs):
    words = [sys.executable, BENCHMARK, *(run.path for run in runs)]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)


def files_of(run):
    return {str(path.relative_to(run.path)): path.read_bytes() for path in run.path.rglob("*") if path.is_file()}


def test_what_a_report_is_made_of_stays(make_run, inspect, diagnose, logs):
    run = make_run(False)
    inspect(run)
    diagnose(run)
    run.update_status({"digests": digests(run, (*FIT_FILES, *TEST_FILES))})
    before, predictions = files_of(run), run.test_predictions("best")
    for name in (
        *("events.out.tfevents.1.vm.2.0", "hparams.yaml", ".lock", "checkpoints/best.ckpt", "exported/model.pt2"),
        *("figures/val_mistakes.png", "test/figures/test_mistakes.png"),  # photographs are not committed
    ):
        (run.path / name).parent.mkdir(exist_ok=True)
        (run.path / name).touch()
    assert commit_run(run).returncode == 0
    after = files_of(run)
    compressed = after.pop("test/predictions.csv.gz")
    plain = before.pop("test/predictions.csv")
    assert after == before
    assert len(compressed) < len(plain) / 3
    assert run.test_predictions("best") == predictions
    assert select(["plain34"], logs).runs == (run,)  # its digests are those of the content
    assert run.status().digests["test/predictions.csv"] == hashlib.sha256(plain).hexdigest()

    assert commit_run(run).returncode == 0  # once more: nothing is left to do
    assert files_of(run)["test/predictions.csv.gz"] == compressed


def test_a_run_without_digests_gets_those_of_its_files_and_nothing_else_of_its_status_changes(make_run):
    run = make_run(False, status={"digests": None})
    before = run.status_content()
    assert lacks_digests(run)
    assert commit_run(run).returncode == 0
    assert not lacks_digests(run)
    after = run.status_content()
    recorded = after.pop("digests")
    assert after == {key: value for key, value in before.items() if key != "digests"}
    assert recorded["metrics.csv"] == hashlib.sha256(run.metrics_path.read_bytes()).hexdigest()
    predictions = gzip.decompress(run.predictions_path.read_bytes())
    assert recorded["test/predictions.csv"] == hashlib.sha256(predictions).hexdigest()
    assert "diagnostics.csv" not in recorded  # the run has none
    check_intact(run)
    run.metrics_path.write_text(run.metrics_path.read_text().replace("0.", "0.0", 1))
    with pytest.raises(InputError, match=r"metrics\.csv of the run .* was changed"):
        check_intact(run)


def test_an_altered_run_gets_no_new_digests(make_run):
    run = make_run(False)
    run.config_path.write_text(run.config_path.read_text().replace("batch_size: 32", "batch_size: 64"))
    before = files_of(run)
    done = commit_run(run)
    assert done.returncode == 2
    assert "config.yaml of the run" in done.stderr
    assert files_of(run) == before


def test_equal_predictions_give_equal_bytes(make_run):
    runs = [make_run(False), make_run(False)]
    assert runs[0].test_predictions("best") == runs[1].test_predictions("best")
    assert commit_run(*runs).returncode == 0
    first, second = (run.predictions_path.read_bytes() for run in runs)
    assert first == second


@pytest.mark.parametrize("reason", ["is not finished", "is not tested", "is no run folder"])
def test_a_run_that_no_report_can_be_made_of_is_refused_and_the_others_stay_as_they_are(make_run, reason):
    whole = make_run(False)
    run = make_run(True, status={"status": "interrupted"} if reason == "is not finished" else None)
    if reason == "is not tested":
        run.predictions_path.unlink()
    if reason == "is no run folder":
        (run.path / "status.json").unlink()
    before = files_of(whole), files_of(run)
    done = commit_run(whole, run)
    assert done.returncode == 2
    assert f"{run.path} {reason}." in done.stderr
    assert (files_of(whole), files_of(run)) == before


def test_a_run_that_a_process_holds_is_refused(make_run):
    run = make_run(False)
    lock = lock_run(run)
    done = commit_run(run)
    unlock_run(run, lock)
    assert done.returncode == 2
    assert "is being trained by another process" in done.stderr
