"""The array script, run by bash as SLURM would run it."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from resnet_lab.study.launchers.slurm import array_script


@pytest.fixture
def script(plan, tmp_path):
    def write(command, jobs=None):
        path = tmp_path / "a study" / "slurm.sh"
        path.parent.mkdir(exist_ok=True)
        folder = tmp_path / "work here"
        folder.mkdir(exist_ok=True)
        text = array_script(plan, command, path=path, name="residual", cores=3, jobs=jobs, folder=folder)
        path.write_text(text)
        return path

    return write


@pytest.fixture
def environment(tmp_path):
    """A task of an array, and an ``scontrol`` that notes what it is told."""
    scontrol = tmp_path / "bin" / "scontrol"
    scontrol.parent.mkdir()
    scontrol.write_text(f'#!/bin/bash\necho "$@" >> "{tmp_path}/requeued"\n')
    scontrol.chmod(0o755)
    variables = {"SLURM_ARRAY_TASK_ID": "2", "SLURM_ARRAY_JOB_ID": "77"}
    return {**os.environ, **variables, "PATH": f"{scontrol.parent}:{os.environ['PATH']}"}


def test_the_head_asks_for_a_task_a_run_and_its_cores(script, plan):
    lines = script(["study"], jobs=2).read_text().splitlines()
    assert len(plan) == 4
    assert "#SBATCH --array=0-3%2" in lines
    assert "#SBATCH --cpus-per-task=3" in lines
    assert "#SBATCH --array=0-3" in script(["study"]).read_text().splitlines()


def test_each_task_runs_its_cell_and_seed_in_the_folder_where_the_study_was_planned(script, environment):
    done = subprocess.run(
        ["bash", script(["bash", "-c", 'echo "$PWD" "$@"; exit 1', "study", "a b"])],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert Path(done.stdout.split(" a b ")[0]).name == "work here"
    assert done.stdout.endswith(" a b --cells plain34 --seeds 1\n")
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("number", "requeued", "code"),
    [(signal.SIGUSR1, "requeue 77_2\n", 143), (signal.SIGTERM, "", 143)],
    ids=["out of time", "canceled"],
)
def test_a_task_that_runs_out_of_time_stops_its_study_and_is_queued_again(
    script, environment, tmp_path, number, requeued, code
):
    ready = tmp_path / "ready"
    study = f'trap "sleep 0.1; exit 143" TERM; touch "{ready}"; while :; do sleep 0.02; done'
    task = subprocess.Popen(["bash", script(["bash", "-c", study])], env=environment)
    while not ready.exists():
        time.sleep(0.01)
    task.send_signal(number)
    assert task.wait(timeout=120) == code
    notes = tmp_path / "requeued"
    assert (notes.read_text() if notes.exists() else "") == requeued


def test_a_study_that_ends_in_the_last_minutes_is_not_queued_again(script, environment, tmp_path):
    ready = tmp_path / "ready"
    study = f'trap "exit 0" TERM; touch "{ready}"; while :; do sleep 0.02; done'
    task = subprocess.Popen(["bash", script(["bash", "-c", study])], env=environment)
    while not ready.exists():
        time.sleep(0.01)
    task.send_signal(signal.SIGUSR1)
    assert task.wait(timeout=120) == 0
    assert not (tmp_path / "requeued").exists()
