"""A study says before its first run which run has nothing to start from; the shipped one is the controlled form."""

import zipfile
from pathlib import Path

import pytest

from resnet_lab.cli import main
from resnet_lab.config.find import shipped_configs
from resnet_lab.study.plan import planned_runs, read_study
from resnet_lab.study.starts import missing_start

STUDIES = shipped_configs() / "studies"


@pytest.fixture
def planned():
    study = read_study(STUDIES / "fine-tune.yaml", seeds=[1, 2])
    model = {"model.residual": True, "model.depth": 34, "model.shortcut": "A"}
    configs = {
        cell.name: {
            **model,
            "model.residual": "resnet" in cell.name,
            "model.init_from": cell.settings["model.init_from"],
        }
        for cell in study.cells
    }
    return planned_runs(study, configs)


def test_each_run_starts_from_the_run_of_its_arm_and_seed(planned, make_run, logs):
    assert missing_start(planned, logs).startswith(
        "The cell plain34-tuned cannot start with seed 1: plain34-pretrained"
    )
    for seed, residual in ((1, False), (1, True), (2, False)):
        run = make_run(residual, seed, name=f"{'resnet' if residual else 'plain'}34-pretrained")
        run.checkpoints["best"].parent.mkdir()
        zipfile.ZipFile(run.checkpoints["best"], "w").close()
    said = missing_start(planned, logs)
    assert said.startswith(
        "The cell resnet34-tuned cannot start with seed 2: resnet34-pretrained has no finished run of"
    )
    assert missing_start([run for run in planned if run.seed == 1], logs) is None


def test_runs_that_draw_their_weights_need_nothing(plan, logs):
    assert missing_start(plan, logs) is None


def test_both_halves_of_the_shipped_study_belong_together():
    """Each arm starts from the arm of its own kind, and the seeds are the same."""
    first, second = (read_study(STUDIES / f"{name}.yaml") for name in ("pretrain", "fine-tune"))
    sources = {cell.settings["model.init_from"]: cell.config.name for cell in second.cells}
    assert sources == {cell.name: cell.config.name for cell in first.cells}
    assert {cell.config.name for cell in second.cells} == {"plain34.yaml", "resnet34.yaml"}
    assert first.seeds == second.seeds


def test_the_shipped_study_is_planned_before_its_sources_exist_and_run_only_after(fake, calls, monkeypatch, capsys):
    monkeypatch.setattr("resnet_lab.program.PROGRAM", fake)
    assert main(["study", "fine-tune.yaml", "--plan", "--data.root", "photographs"]) == 0
    out = capsys.readouterr().out
    assert "study   fine-tune: 2 cells x 6 seeds, 12 runs in lightning_logs" in out
    assert "note    The cell plain34-tuned cannot start with seed 1: plain34-pretrained is neither" in out
    assert main(["study", "fine-tune.yaml", "--threads", "1", "--data.root", "photographs"]) == 2
    assert "cannot start with seed 1" in capsys.readouterr().err
    assert calls() == []
    assert not Path("lightning_logs").exists()
