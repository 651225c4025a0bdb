"""Run folders and checkpoints that version 0.1 wrote are tested, compared, inspected and resumed as by itself.

tests/assets/make_version_0_1.py made them. Another processor adds in another order: numbers agree to 1e-5 then, and to
the last bit on a processor like the one that made them.
"""

import csv
import json
import shutil
import tarfile
from pathlib import Path

import pytest
import torch

from resnet_lab.checkpoint.trained_checkpoint import TrainedCheckpoint
from resnet_lab.cli import main
from resnet_lab.runs import Run, find_runs

ARCHIVE = Path(__file__).parent / "assets" / "version_0_1.tar.xz"
ARMS = ("plain34", "resnet34")
arms = pytest.mark.parametrize("arm", ARMS)


@pytest.fixture
def then(tmp_path):
    """What version 0.1 wrote, as it was."""
    return unpacked(tmp_path / "then")


@pytest.fixture
def now(tmp_path, cell_folder, monkeypatch):
    """A copy that this version works on, in the working folder, beside the photographs."""
    logs = unpacked(tmp_path / "now")
    monkeypatch.chdir(logs.parent)
    Path("cells").symlink_to(cell_folder)
    return logs


def unpacked(folder):
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder)  # a file of this repository; filter= needs Python 3.11.4
    return folder / "logs"


def run_of(logs, arm):
    return Run(logs / arm / "version_0")


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def assert_equal(now, then, exact=False):
    """Compare values of JSON, and text of CSV as numbers where it is one."""
    if isinstance(then, dict):
        assert now.keys() >= then.keys()
        for key in then:
            assert_equal(now[key], then[key], exact)
    elif isinstance(then, list):
        assert len(now) == len(then)
        for pair in zip(now, then, strict=True):
            assert_equal(*pair, exact)
    else:
        try:
            now, then = float(now), float(then)
        except (TypeError, ValueError):
            assert now == then
        else:
            assert now == (then if exact else pytest.approx(then, rel=1e-5, abs=1e-5))


@arms
def test_a_checkpoint_is_tested(then, now, arm):
    old, new = run_of(then, arm), run_of(now, arm)
    shutil.rmtree(new.path / "test")
    assert main(["test", "--config", str(new.config_path)]) == 0
    assert_equal(new.test_metrics(), old.test_metrics())
    for which in ("best", "last"):
        assert_equal(new.test_predictions(which), old.test_predictions(which))


@arms
def test_a_checkpoint_predicts(then, now, arm):
    old, new = run_of(then, arm), run_of(now, arm)
    assert main(["predict", "--config", str(new.config_path)]) == 0
    assert_equal(rows_of(new.path / "predict" / "predictions.csv"), old.test_predictions("best"))


def test_single_photographs_are_predicted_by_a_checkpoint_alone(then, now, cell_folder, capsys):
    expected = run_of(then, "resnet34").test_predictions("best")
    photographs = [str(cell_folder / row["path"]) for row in expected]
    checkpoint = str(run_of(now, "resnet34").checkpoints["best"])
    capsys.readouterr()
    assert main(["predict", "--ckpt_path", checkpoint, "--format", "json", "--data.images", *photographs]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["class"] for row in rows] == [row["predicted"] for row in expected]
    for name in ("probability_defective", "probability_functional"):
        assert_equal([row[name] for row in rows], [row[name] for row in expected])


def test_runs_are_compared(now):
    assert main(["compare", *ARMS, "--logs", str(now), "--no_pictures", "--output", "report"]) == 0
    [contrast] = json.loads(Path("report/comparison.json").read_text())["contrasts"]
    assert contrast["seeds"] == [0]
    assert (
        "# Plain\N{NON-BREAKING HYPHEN}20 against ResNet\N{NON-BREAKING HYPHEN}20"
        in Path("report/report.md").read_text()
    )


@arms
def test_a_trained_network_is_inspected(then, now, arm):
    """The archive's initial networks are none that a seed gives, so only the trained ones are compared."""
    old, new = run_of(then, arm), run_of(now, arm)
    shutil.rmtree(new.path / "inspect")
    assert main(["inspect", str(new.path), "--output", "figures"]) == 0
    names = ("gradients", "responses", "lesion")
    for before, after in ([rows_of(run.path / "inspect" / f"{name}.csv") for run in (old, new)] for name in names):
        trained = [[row for row in rows if row["checkpoint"] == "best"] for rows in (after, before)]
        assert trained[0]
        assert_equal(*trained)


def test_an_interrupted_run_is_resumed_and_ends_like_the_one_that_was_not(then, now):
    whole, resumed = run_of(then, "plain34"), Run(now / "plain34" / "version_1")
    assert resumed.status().status == "interrupted"
    assert main(["fit", "--resume", str(resumed.path)]) == 0
    status = resumed.status()
    assert status.status == "finished"
    [resumption] = status.resumed
    assert (resumption.epoch, resumption.step) == (2, 6)
    exact = not {"threads", "hardware", "versions"} & vars(resumption).keys()

    for name in ("metrics.csv", "diagnostics.csv"):
        before, after = (
            [
                {key: value for key, value in row.items() if not key.startswith("time/")}
                for row in rows_of(run.path / name)
            ]
            for run in (whole, resumed)
        )
        assert_equal(after, before, exact)
    assert_equal(resumed.final_metrics(), whole.final_metrics(), exact)
    before, after = (TrainedCheckpoint.read(run.checkpoints["last"]).weights for run in (whole, resumed))
    assert before.keys() == after.keys()
    for name, tensor in before.items():
        torch.testing.assert_close(after[name], tensor, rtol=0 if exact else 1e-4, atol=0 if exact else 1e-5)
    assert [run.version for run in find_runs(now, "plain34")] == [0, 1]


def test_a_finished_run_is_not_begun_again(now, capsys):
    capsys.readouterr()
    assert main(["fit", "--resume", str(now / "plain34" / "version_0")]) == 0
    assert "finished" in capsys.readouterr().out
