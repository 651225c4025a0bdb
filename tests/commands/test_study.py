"""``resnet-lab study``: its options, its plan, a whole small study, and no torch."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from resnet_lab.cli import main
from resnet_lab.commands.study import split_overrides
from resnet_lab.runs import Run, find_runs

FAKE = Path(__file__).parents[1] / "study" / "fake_lab.py"
SMALL = "--model.depth 20 --data.image_size 32 --data.batch_size 8 --data.num_workers 0 --trainer.max_epochs 2"


@pytest.fixture
def fake(tmp_path, monkeypatch, quick_polls):
    """Put the program that fits nothing in the place of ``resnet-lab``."""
    monkeypatch.setattr("resnet_lab.program.PROGRAM", (sys.executable, "-S", "-E", str(FAKE)))
    monkeypatch.setenv("FAKE_CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")  # also where these tests run on a machine with GPUs


def study(words: str) -> int:
    return main(["study", *words.split()])


def test_a_plan_is_shown_and_nothing_is_written(fake, capsys):
    assert study("residual.yaml --seeds 0 3 --cells resnet34 --threads 2 --plan") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "study   residual: 1 cell x 2 seeds, 2 runs in lightning_logs"
    assert [line.split() for line in lines[-2:]] == [["resnet34", "0", "waiting"], ["resnet34", "3", "waiting"]]
    assert not list(Path().iterdir())


def test_a_study_is_run_and_started_again_does_nothing(fake, tmp_path, capsys):
    words = "studies/residual.yaml --seeds 0 --logs runs --jobs 2 --threads"
    assert study(f"{words} 1") == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[-2:] == [
        "study   2 of 2 finished",
        "next    resnet-lab compare plain34 resnet34 --logs runs",
    ]
    assert "plain34 seed 0  testing" in err
    calls = (tmp_path / "calls").read_text()
    assert study(f"{words} 1") == 0
    assert "time    all runs are finished" in capsys.readouterr().out
    assert (tmp_path / "calls").read_text() == calls
    assert study(f"{words} 3".replace("--seeds 0", "--seeds 0 1")) == 0
    runs = [run for name in ("plain34", "resnet34") for run in find_runs(Path("runs"), name)]
    assert [(run.status().seed, run.status().threads) for run in runs] == [(0, 1), (1, 3)] * 2


PLAN = "cells: [plain34.yaml, resnet34.yaml]\nseeds: [1, 2]\nworth: 1.0\nfolds: 2\n"


def test_a_plan_without_looks_is_compared_by_its_file(fake, capsys):
    Path("fold.yaml").write_text(PLAN)
    by_plan = "next    resnet-lab compare fold.yaml --logs lightning_logs"
    assert study("fold.yaml --threads 1 --data.num_workers 4") == 0  # which changes no result
    assert capsys.readouterr().out.splitlines()[-1] == by_plan
    by_cells = "next    resnet-lab compare plain34 resnet34 --logs lightning_logs"
    for words in ("--seeds 1 2", "--cells plain34 resnet34", "--model.depth 20"):
        assert study(f"fold.yaml --threads 1 {words}") == 0
        assert capsys.readouterr().out.splitlines()[-1] == by_cells


def test_for_slurm_a_plan_without_looks_is_compared_by_its_file_too(fake, capsys):
    Path("fold.yaml").write_text(PLAN)
    words = "fold.yaml --threads 1 --launcher slurm"
    assert study(words) == 0
    by_plan = "resnet-lab compare fold.yaml --logs lightning_logs"
    assert capsys.readouterr().out.splitlines()[-1] == f"then    after these runs: {by_plan}"
    assert study("fold.yaml --threads 1") == 0
    capsys.readouterr()
    assert study(words) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"next    {by_plan}"


def test_the_partner_of_a_run_gets_its_threads_with_a_note(fake, capsys):
    assert study("residual.yaml --cells plain34 --seeds 0 --threads 1") == 0
    assert study("residual.yaml --seeds 0 --threads 3") == 0
    assert "note    the open runs of seed 0 get 1 thread, as the runs that it has" in capsys.readouterr().out
    [run] = find_runs(Path("lightning_logs"), "resnet34")
    assert run.status().threads == 1


@pytest.mark.parametrize(
    ("jobs", "place"),
    [
        ("", "4 GPUs, 1 of them used"),
        ("--jobs 4", "4 GPUs, 1 run each"),
        ("--jobs auto", "4 GPUs, 1 run each"),
        ("--jobs 8", "4 GPUs, 8 runs, 2 per GPU by turns"),
        ("--jobs auto --trainer.devices 2", "4 GPUs, 2 per run"),
        ("--jobs 2 --trainer.accelerator cpu", "4 GPUs, none of them used: the runs are on the CPU"),
    ],
)
def test_the_plan_says_how_gpus_are_dealt(fake, monkeypatch, capsys, jobs, place):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,2,3")
    assert study(f"residual.yaml {jobs} --plan") == 0
    assert f"\nplace   {place}\n" in capsys.readouterr().out


def test_more_gpus_than_there_are_are_refused_before_anything_is_run(fake, monkeypatch, capsys):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5")
    assert study("residual.yaml --trainer.devices 2") == 2
    assert "plain34 with seed 1 needs 2 GPUs, and there is 1: set trainer.devices" in capsys.readouterr().err
    assert not Path("lightning_logs").exists()


def test_every_gpu_of_nvidia_smi_is_dealt(fake, tmp_path, monkeypatch):
    program = tmp_path / "bin" / "nvidia-smi"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho GPU-a3d4\necho GPU-b1c2\n")
    program.chmod(0o755)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_GPUS", str(tmp_path / "gpus"))
    assert study("residual.yaml --seeds 0 --jobs auto") == 0
    calls = [line.split() for line in (tmp_path / "gpus").read_text().splitlines()]
    assert sorted(gpu for command, _, gpu in calls if command == "fit") == ["GPU-a3d4", "GPU-b1c2"]
    assert len({(run, gpu) for _, run, gpu in calls}) == 2  # a run is tested where it was fitted


def test_without_a_gpu_auto_means_a_run_of_one_thread_per_core(fake, monkeypatch, capsys):
    monkeypatch.setattr("resnet_lab.study.cores.physical_cores", lambda: 6)
    assert study("residual.yaml --jobs auto --plan") == 0
    assert "\nruns    6 at a time, 1 thread each, on 6 cores\n" in capsys.readouterr().out
    assert study("residual.yaml --jobs auto --threads 2 --plan") == 0
    assert "\nruns    3 at a time, 2 threads each, on 6 cores\n" in capsys.readouterr().out


def test_divergence_is_counted_apart_and_is_no_failure(fake, monkeypatch, capsys):
    monkeypatch.setenv("FAKE_DIVERGES", "plain34:0")
    assert study("residual.yaml --seeds 0 --threads 1") == 0
    out, err = capsys.readouterr()
    assert "study   1 of 2 finished, 1 diverged\n" in out
    assert "plain34 seed 0  diverged" in err


def test_failures_are_told_and_the_exit_code_is_1(fake, monkeypatch, capsys):
    monkeypatch.setenv("FAKE_FAILS", "plain34:0")
    assert study("residual.yaml --seeds 0 --threads 1") == 1
    out = capsys.readouterr().out
    assert (
        "failed  plain34 seed 0: fit ended with exit code 1.\n        | arm     plain34\n        | resnet-lab:" in out
    )
    assert "study   1 of 2 finished, 1 failed\n" in out


def test_settings_go_to_every_cell(fake, capsys):
    Path("photos").mkdir()
    assert study("residual.yaml --model.depth=18 --seeds 0 --threads 1 --data.root photos") == 0
    for name in ("plain34", "resnet34"):
        config = Run(Path("lightning_logs") / name / "version_0").config()
        assert (config["model"]["depth"], config["data"]["root"]) == (18, "photos")
    capsys.readouterr()
    assert study("residual.yaml --seeds 0 --threads 1 --plan") == 0
    assert "time    unknown for the 2 runs left" in capsys.readouterr().out  # at depth 34 these are other runs


def test_for_slurm_a_script_of_what_is_left_is_written(fake, capsys):
    assert study("residual.yaml --seeds 0 --cells plain34 --threads 2") == 0
    capsys.readouterr()
    words = "residual.yaml --seeds 0 --threads 2 --jobs 4 --launcher slurm"
    assert study(f"{words} --data.num_workers 4") == 0
    path = Path("lightning_logs/studies/residual/slurm.sh").absolute()
    assert capsys.readouterr().out.splitlines()[-1] == f"next    sbatch {path}"
    text = path.read_text()
    assert '\nruns=(\n  "resnet34 0"\n)\n' in text
    assert f"residual.yaml --logs {path.parents[2]} --data.num_workers=4 --threads 2 --cells" in text
    assert "#SBATCH --array=0-0%4\n" in text
    assert study(f"{words} --jobs auto") == 0  # the cluster decides
    assert "#SBATCH --array=0-0\n" in path.read_text()
    assert study(f"{words} --cells plain34") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "next    nothing: all runs are finished"


def test_for_slurm_the_runs_up_to_the_next_look_are_written_and_the_next_command_is_named(fake, capsys):
    Path("s.yaml").write_text("cells: [plain34.yaml, resnet34.yaml]\nseeds: [1, 2, 3, 4]\nlooks: [3, 4]\n")
    assert study("s.yaml --threads 2 --launcher slurm --data.num_workers 4") == 0
    assert capsys.readouterr().out.splitlines()[-1] == (
        "then    after these runs: resnet-lab study s.yaml --logs lightning_logs --data.num_workers=4 --threads 2 "
        "--launcher slurm"
    )
    text = Path("lightning_logs/studies/s/slurm.sh").read_text()
    assert "#SBATCH --array=0-5\n" in text
    assert '"resnet34 3"' in text
    assert '"plain34 4"' not in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "STUDY.yaml is missing: resnet-lab study --help"),
        ("residul.yaml", "There is no study residul.yaml; did you mean residual.yaml? Looked in "),
        ("residual.yaml --job 2", "There is no option --job; did you mean --jobs?"),
        ("residual.yaml --jobs 0", "--jobs is 0; it must be 1 or more."),
        ("residual.yaml --jobs all", "argument --jobs: invalid number or auto value: 'all'"),
        ("residual.yaml --threads -1", "--threads is -1; it must be 1 or more."),
        ("residual.yaml --seeds 1 1", "Seed 1 is given twice, and a seed is one run of each cell: give it once."),
        ("residual.yaml --cells plain", "has no cell plain; did you mean plain34?"),
        ("residual.yaml --data.root", "--data.root has no value: give --data.root VALUE."),
        (
            "residual.yaml --trainer.default_root_dir x",
            "The command line has trainer.default_root_dir, but the folder of",
        ),
        ("residual.yaml --launcher slurm", "--launcher slurm needs --threads: how many cores each run gets on the"),
        ("residual.yaml --data.root nowhere", "data.root nowhere does not exist. It should hold one folder per class"),
        ("residual.yaml --trainer.limit_train_batches 0.0", "trainer.limit_train_batches is 0, so nothing would be"),
        ("residual.yaml --model.depth 33", "The cell plain34 cannot be used: depth 33 is not known; choose 18"),
    ],
)
def test_wrong_input(fake, words, message, capsys):
    assert study(words) == 2
    [line] = [line for line in capsys.readouterr().err.splitlines() if line.startswith("resnet-lab: error: ")]
    assert message in line
    assert not Path("lightning_logs").exists()


def test_settings_are_told_from_options():
    words = ["s.yaml", "--data.a=b=c", "--jobs", "2", "--model.lr", "-1", "--data.x="]
    assert split_overrides(words) == (["s.yaml", "--jobs", "2"], {"data.a": "b=c", "model.lr": "-1", "data.x": ""})


def test_torch_is_not_imported(fake):
    code = (
        "import sys; import resnet_lab.program as program; from resnet_lab.cli import main\n"
        f"program.PROGRAM = (sys.executable, '-S', '-E', {str(FAKE)!r})\n"
        "assert main('study residual.yaml --seeds 0 --threads 1'.split()) == 0\n"
        "assert not {'torch', 'lightning', 'jsonargparse', 'matplotlib'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_real_study_killed_and_started_again_has_every_run_once(cell_folder, tmp_path):
    """SIGKILL hits the study alone: its run lives on, and the next study waits for it; SIGTERM ends both."""
    words = f"study residual.yaml --seeds 0 1 --threads 1 --data.root {cell_folder} {SMALL}".split()
    first = Run(tmp_path / "lightning_logs" / "plain34" / "version_0")

    def start():
        command = [sys.executable, "-m", "resnet_lab", *words]
        return subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    study = start()
    deadline = time.monotonic() + 120
    while not (first.path / "status.json").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(study.pid, signal.SIGKILL)
    study.communicate(timeout=300)
    study = start()
    out, _ = study.communicate(timeout=400)
    assert study.returncode == 0, out
    assert "study   4 of 4 finished" in out
    runs = [run for name in ("plain34", "resnet34") for run in find_runs(tmp_path / "lightning_logs", name)]
    assert [(run.name, run.status().seed, run.status().threads) for run in runs] == [
        *[("plain34", 0, 1), ("plain34", 1, 1)],
        *[("resnet34", 0, 1), ("resnet34", 1, 1)],
    ]
    assert all(run.test_metrics()["headline"] == "best" for run in runs)
    assert {run.status().plan.study for run in runs} == {"residual"}


@pytest.mark.slow
def test_a_real_study_that_was_stopped_resumes_its_run_in_place(cell_folder, tmp_path):
    """SIGTERM ends study and run, which writes a checkpoint; the same command goes on from there, to the same bits."""
    words = f"study residual.yaml --cells plain34 --seeds 0 --threads 1 --data.root {cell_folder} {SMALL}".split()
    words[words.index("--trainer.max_epochs") + 1] = "40"  # seconds of work are left when the signal comes

    def start(logs):
        command = [sys.executable, "-m", "resnet_lab", *words, "--logs", str(logs)]
        return subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    run, whole = (Run(tmp_path / logs / "plain34" / "version_0") for logs in ("stopped", "whole"))
    study = start("stopped")
    deadline = time.monotonic() + 120
    while not run.metrics_path.exists() or not run.metrics():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    study.send_signal(signal.SIGTERM)
    out, _ = study.communicate(timeout=120)
    assert study.returncode == 143, out
    assert run.status().status == "interrupted"
    for logs in ("stopped", "whole"):
        study = start(logs)
        out, _ = study.communicate(timeout=240)
        assert study.returncode == 0, out
    assert [one.path for one in find_runs(tmp_path / "stopped", "plain34")] == [run.path]
    assert len(run.status().resumed) == 1
    assert [row["val/loss"] for row in run.metrics()] == [row["val/loss"] for row in whole.metrics()]
    assert run.test_metrics()["best"] == whole.test_metrics()["best"]


@pytest.mark.slow
def test_the_study_for_gpus_runs_through_in_small(cell_folder, tmp_path):
    """Its shallowest and its deepest nets, both arms, here on thumbnails for one epoch."""
    cells = " ".join(f"{arm}{depth}-224" for depth in (18, 101) for arm in ("plain", "resnet"))
    words = f"study depth224.yaml --seeds 0 --cells {cells} --threads 1 --data.root {cell_folder} --data.image_size 32"
    words += " --data.batch_size 14 --data.num_workers 0 --trainer.max_epochs 1"
    command = [sys.executable, "-m", "resnet_lab", *words.split()]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "study   4 of 4 finished" in done.stdout
    runs = [run for cell in cells.split() for run in find_runs(tmp_path / "lightning_logs", cell)]
    assert [run.status().arm for run in runs] == ["Plain-18", "ResNet-18", "Plain-101", "ResNet-101"]
    assert {run.config()["model"]["precise_bn"] for run in runs} == {True}
