"""Two real processes give what one gives; they train, end and resume as one run."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from resnet_lab import ImageFolderDataModule
from resnet_lab.checkpoint.trained_checkpoint import TrainedCheckpoint
from resnet_lab.cli import main
from resnet_lab.distributed import process_group
from resnet_lab.distributed.process_group import (
    adopt_world_size,
    destroy_group,
    gather_over_ranks,
    launched_world_size,
    rank_zero_first,
    rank_zero_output,
)
from resnet_lab.distributed.shutdown import SynchronizedShutdown
from resnet_lab.errors import InputError
from resnet_lab.runs import Run, find_runs
from resnet_lab.training.exact_trainer import ExactTrainer
from resnet_lab.training.final_scores import score_split

SMALL = "--model.depth 20 --data.image_size 32 --data.batch_size 2 --data.num_workers 1 --trainer.accelerator cpu"
TWO = "--trainer.devices 2 --trainer.strategy ddp"
FIT = f"fit --config resnet34.yaml {SMALL} --trainer.max_epochs 2 --checkpoint.every_n_steps 2"
CALLBACKS = '''
import os, signal
from lightning.pytorch import Callback

class At(Callback):
    """Do something to one process, or to the launcher, at the start of a step, once."""
    def __init__(self, step: int, what: str, rank: int = 0, done: str = ""):
        self.step, self.what, self.rank, self.done = step, what, rank, done

    def on_train_batch_start(self, trainer, *_):
        if trainer.global_step != self.step or trainer.global_rank != self.rank or os.path.exists(self.done):
            return
        open(self.done, "w").close()
        if self.what == "fail":
            raise RuntimeError("on purpose")
        number = getattr(signal, self.what.split()[0])
        own, parent = os.getpid(), os.getppid()
        {"self": lambda: os.kill(own, number),
         "launcher": lambda: os.kill(parent, number),
         "group": lambda: os.killpg(os.getpgid(own), number)}[self.what.split()[1]]()
'''
"""For ``--trainer.callbacks``: what happens within a fit."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("several")
    (folder / "happening.py").write_text(CALLBACKS)
    return folder


@pytest.fixture(scope="module")
def resnet_lab(folder, cell_folder):
    """Run the command as a process of its own; by torchrun, if it is to."""

    def run(command: str, *, by: str = "") -> subprocess.CompletedProcess[str]:
        root = [] if command.startswith("fit --resume") else ["--data.root", str(cell_folder)]
        start = [str(Path(sys.executable).with_name("torchrun")), *by.split()] if by else [sys.executable]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONFAULTHANDLER": "1"}
        environment["PYTHONPATH"] = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
        process = subprocess.Popen(
            [*start, "-m", "resnet_lab", *command.split(), *root],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # A job in the background of a shell inherits a Ctrl-C that is ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        try:
            out, err = process.communicate(timeout=300)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGABRT)  # each process prints the stacks of its threads
            pytest.fail(process.communicate(timeout=60)[1])
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    return run


def only_run(folder: Path, name: str) -> Run:
    [run] = find_runs(folder / "lightning_logs", name)
    return run


@pytest.fixture(scope="module")
def fitted(folder, resnet_lab):
    """A run of two processes, with pictures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_LAB_FIGURES", "true")
        done = resnet_lab(f"{FIT} {TWO} --name two")
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def run(folder, fitted):
    return only_run(folder, "two")


def differences(one: Run, other: Run) -> list[str]:
    """Name what differs between two runs, times apart."""
    found = []
    for which in ("best", "last"):
        states = [torch.load(run.checkpoints[which], weights_only=True) for run in (one, other)]
        for key in ("state_dict", "optimizer_states", "lr_schedulers", "train_metrics", "epoch", "global_step"):
            if not equal(states[0][key], states[1][key]):
                found.append(f"{which}.ckpt: {key}")
    rows = [
        [{k: v for k, v in row.items() if not k.startswith("time/")} for row in run.metrics()] for run in (one, other)
    ]
    if rows[0] != rows[1]:
        found.append("metrics.csv")
    if one.diagnostics_path.read_bytes() != other.diagnostics_path.read_bytes():
        found.append("diagnostics.csv")
    if one.final_metrics() != other.final_metrics():
        found.append("final/metrics.json")
    return found


def equal(one, other) -> bool:
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(equal, one, other))
    return one == other


@pytest.mark.slow
def test_a_fit_makes_one_run_and_speaks_once(fitted, run):
    # A network so small may learn nothing, and then one line more says so.
    lines = [line for line in fitted.stdout.splitlines() if not line.startswith("note    this network has learned")]
    assert [line[:8].strip() for line in lines] == [
        *("network", "seed", "data", "classes", "cache", "device", "step", "run"),
        *("done", "scores", "", "", "last, ep", "best, ep", "speed", "next", ""),
    ]
    assert lines[6] == "step    4 images: batches of 2 x 2 processes"
    assert [line.split("  ")[0] for line in fitted.stderr.splitlines()] == ["epoch 1/2", "epoch 2/2"]
    status = run.status()
    assert (status.status, status.processes, status.batch_size_effective) == ("finished", 2, 4)
    assert [row["step"] for row in run.metrics()] == [7, 14]  # 28 images, 2 x 2 a step
    files = {str(path.relative_to(run.path)) for path in run.path.rglob("*") if path.is_file()}
    pictures = {name for name in files if name.startswith("figures/")}
    always = {f"figures/{name}.png" for name in ("curves", "train_images", "val_images", "val_confusion")}
    assert pictures - {"figures/val_mistakes.png"} == always
    assert {name for name in files - pictures if not name.startswith("events.out.tfevents.")} == {
        *("checkpoints/best.ckpt", "checkpoints/last.ckpt", "config.yaml", "final/metrics.json"),
        *("diagnostics.csv", "hparams.yaml", "metrics.csv", "status.json"),
    }
    assert sorted(Path(name).suffix for name in files if name.startswith("events.")) == [".0", ".figures"]


@pytest.mark.slow
def test_the_final_scores_are_those_of_one_process(run, cell_folder):
    """The validation split has three batches: one process has two of them, the other one."""
    assert run.status().split_sizes["val"] == 6
    data = ImageFolderDataModule(str(cell_folder), batch_size=2, image_size=32, num_workers=0, seed=0)
    trainer = ExactTrainer(
        accelerator="cpu",
        precision=run.status().precision,
        callbacks=[SynchronizedShutdown()],
        logger=False,
        enable_progress_bar=False,
    )
    scores = {
        which: {
            split: score_split(trainer, TrainedCheckpoint.read(path).network(), data, split)
            for split in ("train", "val")
        }
        for which, path in run.checkpoints.items()
    }
    assert scores == run.final_metrics()
    row = run.metrics()[-1]
    assert (row["val/accuracy"], row["val/loss"]) == tuple(scores["last"]["val"].values())


@pytest.mark.slow
@pytest.mark.parametrize("command", ["test", "predict", "validate"])
def test_an_evaluation_is_that_of_one_process(run, resnet_lab, folder, command):
    said, files = [], []
    for number, options in enumerate(("--trainer.devices 1 --trainer.strategy auto", TWO)):
        output = f"written-{command}-{number}"
        options += "" if command == "validate" else f" --output {output}"
        done = resnet_lab(f"{command} --config {run.config_path} {options}")
        assert done.returncode == 0, done.stderr
        said.append(done.stdout.replace(output, "written"))
        files.append({path.name: path.read_bytes() for path in sorted((folder / output).glob("*"))})
    assert said[0] == said[1]
    assert files[0] == files[1]
    expected = {"test": ["metrics.json", "predictions.csv"], "predict": ["predictions.csv"], "validate": []}
    assert list(files[0]) == expected[command]


@pytest.mark.slow
def test_a_fit_is_repeated_bit_for_bit_by_torchrun(run, folder, resnet_lab):
    """Here the number of processes is torchrun's to say."""
    done = resnet_lab(f"{FIT} --name torchrun", by="--nproc_per_node 2 --master_port 0 --standalone")
    assert done.returncode == 0, done.stderr
    again = only_run(folder, "torchrun")
    assert again.status().processes == 2
    assert differences(run, again) == []


@pytest.mark.slow
def test_another_number_than_torchrun_started_is_refused(resnet_lab, folder):
    done = resnet_lab(f"{FIT} --name one --trainer.devices 1", by="--nproc_per_node 2 --standalone")
    assert done.returncode == 1
    assert (
        "resnet-lab: error: 2 processes were started, but trainer.devices and trainer.num_nodes make 1" in done.stderr
    )
    assert not find_runs(folder / "lightning_logs", "one")


def at(folder: Path, step: int, what: str, *, rank: int = 0) -> str:
    """Return the option that has something happen once; each has its own file."""
    done = folder / f"done-{what.replace(' ', '-')}-{rank}"
    text = (
        f'{{"class_path":"happening.At","init_args":{{"step":{step},"what":"{what}","rank":{rank},"done":"{done}"}}}}'
    )
    return f"--trainer.callbacks+={text}".replace(" ", "\\u0020")


@pytest.mark.slow
@pytest.mark.parametrize(("what", "rank"), [("SIGKILL launcher", 0), ("SIGKILL self", 0), ("SIGKILL self", 1)])
def test_a_fit_that_was_killed_is_resumed_bit_for_bit(run, folder, resnet_lab, what, rank):
    name = f"killed-{what.split()[1]}-{rank}"
    done = resnet_lab(f"{FIT} {TWO} --name {name} {at(folder, 5, what, rank=rank)}")
    assert done.returncode == (-9 if "launcher" in what else 1), done.stderr
    killed = only_run(folder, name)
    assert killed.status().status != "finished"
    done = resnet_lab(f"fit --resume {killed.path}")
    assert done.returncode == 0, done.stderr
    # Processes whose launcher is gone notice it when they next look, and may take some steps until then.
    steps = r"\d+, in epoch \d" if "launcher" in what else "4, in epoch 1"
    assert re.search(f"resume  after step {steps}\n", done.stdout)
    assert killed.status().status == "finished"
    assert differences(run, killed) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "rank", "code"),
    [
        ("SIGTERM launcher", 0, 143),
        ("SIGTERM group", 0, 143),
        ("SIGTERM self", 1, 143),
        ("SIGINT group", 0, 130),
        ("SIGINT launcher", 1, 130),
    ],
)
def test_a_signal_ends_all_ranks_in_order(run, folder, resnet_lab, what, rank, code):
    name = what.replace(" ", "-")
    done = resnet_lab(f"{FIT} {TWO} --name {name} {at(folder, 5, what, rank=rank)}")
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    stopped = only_run(folder, name)
    assert done.stderr.splitlines()[-1].endswith(
        f"go on with: resnet-lab fit --resume {stopped.path.relative_to(folder)}"
    )
    assert stopped.status().status == "interrupted"
    if code == 143:
        done = resnet_lab(f"fit --resume {stopped.path}")
        assert done.returncode == 0, done.stderr
        # Told apart from the states of every second step: the step at which it was told, or one after.
        assert "resume  after step 4," not in done.stdout
        assert differences(run, stopped) == []


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1])
def test_a_process_that_fails_ends_the_others(folder, resnet_lab, rank):
    done = resnet_lab(f"{FIT} {TWO} --name failed-{rank} {at(folder, 3, 'fail', rank=rank)}")
    assert done.returncode == 1
    assert "RuntimeError: on purpose" in done.stderr
    gone = (
        "process 2: " * (rank == 0)
        + "Another process of the run ended, so this one ends too. The other one has printed the reason."
    )
    assert f"resnet-lab: error: {gone}" in done.stderr
    failed = only_run(folder, f"failed-{rank}")
    assert failed.status().status == "failed"
    assert ("on purpose" in failed.status().error) is (rank == 0)


@pytest.mark.slow
def test_another_number_of_processes_does_not_resume(run, folder, resnet_lab):
    name = "other-number"
    assert resnet_lab(f"{FIT} {TWO} --name {name} {at(folder, 5, 'SIGTERM group', rank=1)}").returncode == 143
    done = resnet_lab(f"fit --resume {only_run(folder, name).path} --trainer.devices 1")
    assert done.returncode == 2
    assert "it would become another run: trainer.devices was 2 and is 1." in done.stderr


def refusal(capsys, cell_folder: Path, options: str) -> str:
    """Return what a fit is refused with, before any process is started."""
    assert main(f"{FIT} --data.root {cell_folder} {options}".split()) == 2
    assert not Path("lightning_logs").exists()
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            "--trainer.devices 4",
            "The val split has 6 images, which make 3 batches of 2, and each of the 4 processes needs one: choose a "
            "smaller data.batch_size or fewer trainer.devices.",
        ),
        (
            "--trainer.devices 2 --data.batch_size 15",
            "The train split has 28 images, which make 1 full batches of 15, and each of the 2 processes needs one",
        ),
        (
            "--trainer.devices 2 --trainer.strategy ddp_spawn",
            "trainer.strategy is ddp_spawn; 2 processes need ddp: give --trainer.strategy ddp.",
        ),
        (
            "--trainer.devices 2 --trainer.overfit_batches 1",
            "trainer.overfit_batches is for one process, and there are 2: leave it out.",
        ),
        (f"{TWO} --trainer.sync_batchnorm true", "trainer.sync_batchnorm: torch has it for GPUs only"),
        (
            f"{TWO} --seed_everything true",
            "seed_everything is true, and 2 processes would draw different seeds: give a number.",
        ),
    ],
)
def test_what_cannot_be_shared_is_refused(capsys, cell_folder, options, said):
    assert said in refusal(capsys, cell_folder, options)


def test_what_started_the_processes_says_how_many(monkeypatch):
    assert launched_world_size() is None
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "a")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    monkeypatch.setenv("WORLD_SIZE", "6")
    assert launched_world_size() == (2, 3)
    trainer = AttributeDict(devices=1, num_nodes=1)
    adopt_world_size(trainer, {"trainer.devices"})
    assert trainer == {"devices": 1, "num_nodes": 3}
    adopt_world_size(trainer, ())
    assert trainer == {"devices": 2, "num_nodes": 3}


@pytest.mark.parametrize(("per_node", "expected"), [("2", (2, 4)), (None, (2, 4))])
def test_slurm_says_how_many(monkeypatch, per_node, expected):
    monkeypatch.setenv("SLURM_NTASKS", "8")
    monkeypatch.setenv("SLURM_NNODES", "4")
    monkeypatch.setenv("SLURM_JOB_NAME", "fit")
    if per_node:
        monkeypatch.setenv("SLURM_NTASKS_PER_NODE", per_node)
    assert launched_world_size() == expected


class AttributeDict(dict):
    __getattr__ = dict.__getitem__


class OneOfTwo:
    """A trainer of one of two ranks, whose broadcast is what rank zero has sent."""

    def __init__(self, first: bool, sent=None):
        self.is_global_zero, self.strategy, self.sent = first, self, sent

    def broadcast(self, value):
        if self.is_global_zero:
            self.sent = value
        return self.sent


def test_what_the_first_process_gives_all_get():
    first = OneOfTwo(True)
    assert rank_zero_first(first, lambda: 5) == 5
    assert rank_zero_first(OneOfTwo(False, first.sent), lambda: 1 / 0) == 5


def test_what_is_wrong_is_told_once():
    first = OneOfTwo(True)

    def refuse():
        raise InputError("no")

    with pytest.raises(InputError, match="no"):
        rank_zero_first(first, refuse)
    with pytest.raises(SystemExit) as left:
        rank_zero_first(OneOfTwo(False, first.sent), refuse)
    assert left.value.code == 2


def test_batches_come_back_in_the_order_in_which_they_were_dealt(monkeypatch):
    assert gather_over_ranks([1, 2, 3]) == [1, 2, 3]
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.distributed, "get_world_size", lambda: 2)

    def gather(shares, mine):
        shares[:] = [mine, [1, 3]]

    monkeypatch.setattr(torch.distributed, "all_gather_object", gather)
    assert gather_over_ranks([0, 2, 4]) == [0, 1, 2, 3, 4]


def test_only_the_first_process_speaks(monkeypatch, capsys):
    for number in (0, 1):
        monkeypatch.setattr(process_group, "rank", lambda number=number: number)
        with rank_zero_output():
            print(number)
    assert capsys.readouterr().out == "0\n"


def test_a_group_of_processes_is_left_and_none_is_no_group(tmp_path):
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1)
    destroy_group()
    assert not torch.distributed.is_initialized()
    destroy_group()
