"""What a run's process is told, and what is kept of what it says."""

import os
import sys

import pytest
import yaml

from resnet_lab.cli import main
from resnet_lab.config.find import shipped_configs
from resnet_lab.runs import Run
from resnet_lab.study.launchers.local import last_lines, start_process, step_arguments
from resnet_lab.study.on_disk import Step
from resnet_lab.study.plan import planned_runs, read_study


def test_each_step_has_its_command(plan, tmp_path):
    run = Run(tmp_path / "plain34" / "version_0")
    config = str(shipped_configs() / "plain34.yaml")
    fit = ["fit", "--config", config, "--name", "plain34", "--seed_everything", "1", "--logs", str(tmp_path)]
    assert step_arguments(plan[2], Step.FIT, None, tmp_path, None) == fit
    assert step_arguments(plan[2], Step.FIT, run, tmp_path, "32-true") == [*fit, "--trainer.precision", "32-true"]
    assert step_arguments(plan[2], Step.RESUME, run, tmp_path, "32-true") == ["fit", "--resume", str(run.path)]
    assert step_arguments(plan[2], Step.TEST, run, tmp_path, None) == ["test", "--config", str(run.config_path)]


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


def test_a_process_has_its_threads_and_a_session_of_its_own_and_its_output_is_kept(tmp_path):
    output = tmp_path / "studies" / "run.log"
    code = "import os; print(os.environ['OMP_NUM_THREADS'], os.environ['MKL_NUM_THREADS'], os.getsid(0) == os.getpid())"
    lock = os.open(tmp_path / "lock", os.O_CREAT)
    for threads in (1, 3):
        assert start_process([sys.executable, "-c", code], output, threads, lock).wait(timeout=300) == 0
    os.close(lock)
    assert output.read_text().splitlines()[2::3] == ["1 1 True", "3 3 True"]
    assert output.read_text().count(f"$ {sys.executable} -c 'import os;") == 2


def test_the_last_lines_are_of_the_last_command(tmp_path):
    output = tmp_path / "run.log"
    assert last_lines(output) == []
    output.write_text("\n$ fit\na\nb\n\n$ test\nc\n\nd\n")
    assert last_lines(output) == ["c", "d"]
    output.write_text("$ fit\n" + "".join(f"{number}\n" for number in range(20)))
    assert last_lines(output) == [str(number) for number in range(8, 20)]
