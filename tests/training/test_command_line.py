"""The whole way through the console script, on real cells: what is seen, the exit codes, and the two arms as twins."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml

from resnet_lab.checkpoint.reading import read_checkpoint
from resnet_lab.checkpoint.states import states
from resnet_lab.runs import Run, find_runs

# In this process a warning is an error; what a user sees of warnings is tested with the console script.
pytestmark = pytest.mark.filterwarnings("default")
TINY = "--model.depth 20 --data.image_size 32 --data.batch_size 8 --data.num_workers 0"


def test_a_clean_run_says_what_it_does_and_no_more(fitted, arm, run):
    """Without a terminal: a block, a line an epoch, a block; no warning, advertisement, control character.

    A network so small may learn nothing, and then one line more says so.
    """
    done = fitted[arm]
    said = [
        line for line in done.stdout.splitlines() if not line.startswith("note    this network has learned nothing")
    ]
    assert [line[:8].strip() for line in said] == [
        *("network", "seed", "data", "classes", "cache", "device", "run"),
        *("done", "scores", "", "", "last, ep", "best, ep", "speed", "next", ""),
    ]
    assert all(line.isprintable() and line == line.rstrip() for line in said)
    lines = done.stderr.splitlines()
    assert len(lines) == 2
    for epoch, line in enumerate(lines, start=1):
        assert line.startswith(f"epoch {epoch}/2  train loss ")
        assert re.search(r"  elapsed \d:\d\d:\d\d  left \d:\d\d:\d\d$", line)
        assert line.isprintable()
    assert " images/s " in lines[1]


def test_the_arms_start_from_the_same_weights(folder, resnet_lab):
    """With a learning rate of 0 the weights stay where they were."""
    for name in ("plain34", "resnet34"):
        options = f"--model.lr 0 --trainer.max_epochs 1 {TINY}"
        assert resnet_lab(f"fit --config {name}.yaml --name start-{name} {options}").returncode == 0
    runs = [find_runs(folder / "lightning_logs", f"start-{name}")[0] for name in ("plain34", "resnet34")]
    states = [torch.load(run.checkpoints["last"], weights_only=True)["state_dict"] for run in runs]
    assert states[0].keys() == states[1].keys()
    trained = [name for name in states[0] if "running_" not in name]  # BatchNorm's statistics are of the data
    assert len(trained) > 60
    for name in trained:
        assert torch.equal(states[0][name], states[1][name]), name


def test_the_arms_differ_in_one_key(folder, fitted):
    plain, residual = (find_runs(folder / "lightning_logs", name)[0] for name in ("plain34", "resnet34"))
    configs = [run.config() for run in (plain, residual)]
    for config in configs:
        del config["name"], config["model"]["residual"]
    assert configs[0] == configs[1]
    assert plain.status().fingerprint == residual.status().fingerprint


def test_a_saved_config_repeats_the_run_bit_for_bit(folder, fitted, resnet_lab):
    original = find_runs(folder / "lightning_logs", "resnet34")[0]
    done = resnet_lab(f"fit --config {original.config_path} --name again --data.num_workers 0")
    assert done.returncode == 0, done.stderr
    [again] = find_runs(folder / "lightning_logs", "again")
    untimed = [
        [{k: v for k, v in row.items() if not k.startswith("time/")} for row in run.metrics()]
        for run in (original, again)
    ]
    assert untimed[0] == untimed[1]
    weights = [torch.load(run.checkpoints["last"], weights_only=True)["state_dict"] for run in (original, again)]
    assert all(torch.equal(value, weights[1][name]) for name, value in weights[0].items())
    saved = [yaml.safe_load(run.config_path.read_text()) for run in (original, again)]
    assert saved[1] == {**saved[0], "name": "again", "data": {**saved[0]["data"], "num_workers": 0}}


@pytest.mark.slow
def test_a_test_in_the_process_of_the_fit_is_that_of_a_process_of_its_own(folder, console_script, resnet_lab):
    """Bit for bit: scores, predictions, digests; and the config of the run does not say who tested it."""
    words = f"fit --config resnet34.yaml {TINY} --trainer.max_epochs 2"
    assert resnet_lab(f"{words} --name alone").returncode == 0
    alone, after = (folder / "lightning_logs" / name / "version_0" for name in ("alone", "after"))
    assert not (alone / "test").exists()
    for command in (f"test {alone}", f"{words} --name after --test_after true"):
        done = console_script(command)
        assert done.returncode == 0, done.stderr
    for name in ("test/metrics.json", "test/predictions.csv"):
        assert (after / name).read_bytes() == (alone / name).read_bytes(), name
    digests = [Run(path).status_content()["digests"] for path in (alone, after)]
    assert digests[0].keys() == digests[1].keys()
    configs = [Run(path).config() for path in (alone, after)]
    assert configs[0] == {**configs[1], "name": "alone"}


def test_a_resumed_run_is_tested_after_it_too(folder, resnet_lab):
    """A finished run that says *interrupted* stands for a run whose process was killed."""
    words = f"fit --config plain34.yaml {TINY} --trainer.max_epochs 1 --name broken"
    assert resnet_lab(words).returncode == 0
    run = Run(folder / "lightning_logs" / "broken" / "version_0")
    run.update_status({"status": "interrupted"})
    assert resnet_lab(f"fit --resume {run.path} --test_after true").returncode == 0
    assert run.status().status == "finished"
    assert run.test_metrics()["best"]["n"] > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGUSR1, 143)],
    ids=lambda value: str(value),
)
@pytest.mark.parametrize("whole_group", [False, True])
def test_a_signal_leaves_an_interrupted_run_and_its_code(folder, cell_folder, number, code, whole_group):
    """To the command alone, or to its whole process group, as Ctrl-C, SLURM and systemd do."""
    name = f"signal-{int(number)}-{whole_group}"
    command = f"fit --config plain34.yaml --name {name} {TINY} --data.num_workers 2 --trainer.max_epochs 500"
    process = subprocess.Popen(
        [Path(sys.executable).with_name("resnet-lab"), *command.split(), "--data.root", str(cell_folder)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A job in the background of a shell inherits a Ctrl-C that is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("epoch 1/500")  # it is training
        (os.killpg if whole_group else os.kill)(process.pid, number)
        errors = process.communicate(timeout=300)[1]
    finally:
        process.kill()
        process.communicate(timeout=300)
    assert process.returncode == code, errors
    [run] = find_runs(folder / "lightning_logs", name)
    status = run.status()
    assert status.status == "interrupted"
    assert status.epochs >= 1
    go_on = f"resnet-lab: interrupted; go on with: resnet-lab fit --resume lightning_logs/{name}/version_0"
    assert errors.splitlines()[-1] == go_on
    newest = states(run.states)[0]
    assert read_checkpoint(newest, must_have_checksum=True)["global_step"] >= 4 * status.epochs
    assert not list(run.path.rglob("*.tmp"))


@pytest.mark.slow
def test_without_a_compiler_a_compiled_run_fails_by_name(folder, console_script, monkeypatch):
    monkeypatch.setenv("CXX", "/nowhere/g++")
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(folder / "inductor"))
    options = "--model.depth 20 --data.image_size 32 --trainer.max_epochs 1 --compile true"
    done = console_script(f"fit --config resnet34.yaml --name uncompiled {options}")
    assert done.returncode == 1
    [run] = find_runs(folder / "lightning_logs", "uncompiled")
    assert run.status().status == "failed"
    said = done.stderr.splitlines()[-1]
    assert said.startswith("resnet-lab: error: torch.compile cannot make the network (")
    assert said.endswith("leave --compile out.")
