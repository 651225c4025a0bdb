"""Command lines of the steps of a run, read back by the real parser."""

import pytest
import yaml

from resnet_lab.cli import main
from resnet_lab.comparison.plan import Plan
from resnet_lab.config.find import shipped_configs
from resnet_lab.provenance import plan_of_study
from resnet_lab.runs import Run
from resnet_lab.study.on_disk import Step
from resnet_lab.study.plan import planned_runs, read_study
from resnet_lab.study.program import step_arguments, step_environment


def test_each_step_has_its_command(plan, tmp_path):
    run = Run(tmp_path / "plain34" / "version_0")
    config = str(shipped_configs() / "plain34.yaml")
    fit = ["fit", "--config", config, "--name", "plain34", "--seed_everything", "1", "--logs", str(tmp_path)]
    after = ["--test_after", "true"]
    assert step_arguments(plan[2], Step.FIT, None, tmp_path, None) == [*fit, *after]
    assert step_arguments(plan[2], Step.FIT, run, tmp_path, "32-true") == [
        *fit,
        "--trainer.precision",
        "32-true",
        *after,
    ]
    assert step_arguments(plan[2], Step.RESUME, run, tmp_path, "32-true") == ["fit", "--resume", str(run.path), *after]
    assert step_arguments(plan[2], Step.TEST, run, tmp_path, None) == ["test", str(run.path)]


def test_a_run_is_told_its_threads_and_its_plan(monkeypatch):
    environment = step_environment(Plan("my study", "a" * 64), 3)
    assert environment["OMP_NUM_THREADS"] == environment["MKL_NUM_THREADS"] == "3"
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert plan_of_study() == {"study": "my study", "digest": "a" * 64}


def test_fit_takes_what_it_is_told(tmp_path, capsys):
    """The words of a cell come out of the real parser as the values that the study's file has."""
    path = tmp_path / "mine.yaml"
    path.write_text(
        "cells: [{config: plain34.yaml, name: plain18, model: {depth: 18}}]\nseeds: [5]\n"
        "data: {root: 'ü x', value_range: [0, 255]}\ntrainer: {precision: 32-true, gradient_clip_val: null}\n"
    )
    study = read_study(path, {"model.lr": "3e-5"})
    [planned] = planned_runs(study, {"plain18": {}})
    with pytest.raises(SystemExit) as end:
        main([*step_arguments(planned, Step.FIT, None, tmp_path / "logs", "bf16-mixed"), "--print_config"])
    assert end.value.code == 0
    config = yaml.safe_load(capsys.readouterr().out)
    assert (config["name"], config["seed_everything"], config["model"]["depth"]) == ("plain18", 5, 18)
    assert (config["model"]["lr"], config["model"]["residual"]) == (3e-5, False)
    assert (config["data"]["root"], config["data"]["value_range"]) == ("ü x", [0, 255])
    assert config["trainer"]["precision"] == "32-true"  # the study's own, whatever its first run had
    assert config["logs"] == str(tmp_path / "logs")
