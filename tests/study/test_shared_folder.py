"""Two real studies that share a folder of runs, each with mounts of its own, as on two machines."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from resnet_lab.runs import Run, find_runs

STUDY = "study residual.yaml --seeds 0 1 --threads 1 --model.depth 20 --data.image_size 32 --data.batch_size 8"
EPOCHS = 30  # seconds of work are left when a study is killed
RUNS = {f"{arm} seed {seed}" for arm in ("plain34", "resnet34") for seed in (0, 1)}


class Machine:
    """One of the two: a process that sees the shared folder at a place of its own.

    Attributes:
        place: The place.
    """

    def __init__(self, shared: Path, place: Path) -> None:
        """Mount the shared folder at the place, for this machine alone.

        A container without privileges cannot mount. There the place is a link.
        """
        self.place, self.log = place, place.with_suffix(".log")
        own_mounts = next((words for words in OWN_MOUNTS if can_mount(words, shared)), None)
        self._words: list[str] = []
        if own_mounts is None:
            place.symlink_to(shared)
        else:
            place.mkdir()
            self._words = [*own_mounts, *MOUNT, str(shared), str(place)]

    def start(self, words: list[str]) -> None:
        command = [*self._words, sys.executable, "-m", "resnet_lab", *words, "--logs", str(self.place / "logs")]
        with self.log.open("w") as file:
            self.process = subprocess.Popen(command, cwd=self.place.parent, stdout=file, stderr=subprocess.STDOUT)

    @property
    def told(self) -> str:
        """All that its study has printed."""
        return self.log.read_text()

    def runs(self, state: str) -> set[str]:
        """Return the runs that its study has shown in a state."""
        return {run for run in RUNS if f"{run}  {state}\n" in self.told}

    def lose_power(self) -> None:
        """Kill the study and its runs."""
        alive = [self.process.pid]
        for parent in alive:
            alive += map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())
        for process in alive:
            os.kill(process, signal.SIGKILL)
        self.process.wait(timeout=60)


MOUNT = ("sh", "-c", 'mount --bind "$1" "$2" && shift 2 && exec "$@"', "sh")
OWN_MOUNTS = (("unshare", "--mount"), ("unshare", "--map-root-user", "--mount"))


def can_mount(words: tuple[str, ...], folder: Path) -> bool:
    try:
        command = [*words, *MOUNT, str(folder), str(folder), "true"]
        return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
    except FileNotFoundError:
        return False


def wait_for(ready: Callable[[], object], seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def machines(tmp_path):
    """Two machines and the folder that they share."""
    (tmp_path / "shared").mkdir()
    both = [Machine(tmp_path / "shared", tmp_path / name) for name in ("here", "there")]
    yield both
    for machine in both:
        if machine.process.poll() is None:
            machine.lose_power()


def run_of(logs: Path, label: str) -> Run:
    """Return the folder of a run: seed 0 of its arm was begun first."""
    name, seed = label.split(" seed ")
    return Run(logs / name / f"version_{seed}")


def trained_now(machine: Machine, logs: Path) -> str | None:
    """Return the run of seed 1 that a machine trains and that has a checkpoint to resume from, if there is one."""
    trained = sorted(machine.runs("training") - machine.runs("testing"))
    begun = [label for label in trained if label.endswith("1") and run_of(logs, label).path.exists()]
    return next((run for run in begun if any((run_of(logs, run).path / "checkpoints").rglob("*.ckpt"))), None)


@pytest.mark.slow
def test_every_run_is_done_once_and_the_runs_of_a_killed_study_are_taken_over(machines, cell_folder, tmp_path):
    words = f"{STUDY} --data.num_workers 0 --data.root {cell_folder} --trainer.max_epochs {EPOCHS}".split()
    logs = tmp_path / "shared" / "logs"
    for machine in machines:
        machine.start(words)
    wait_for(lambda: any(trained_now(machine, logs) for machine in machines))
    dead, heir = sorted(machines, key=lambda machine: trained_now(machine, logs) is None)
    left = trained_now(dead, logs)
    dead.lose_power()
    assert run_of(logs, left).status().status == "running"
    assert heir.process.wait(timeout=300) == 0, heir.told
    assert "study   4 of 4 finished" in heir.told

    assert [len(find_runs(logs, arm)) for arm in ("plain34", "resnet34")] == [2, 2]
    assert dead.runs("training") | heir.runs("training") == RUNS
    assert dead.runs("training") & heir.runs("training") == {left}
    assert heir.runs("elsewhere") == dead.runs("training")
    assert dead.runs("elsewhere")
    assert dead.runs("elsewhere") <= heir.runs("training")
    for label in RUNS:
        run, output = run_of(logs, label), logs / "studies" / "residual" / f"{label.replace(' seed ', '-seed')}.log"
        commands = [line for line in output.read_text().splitlines() if line.startswith("$ ")]
        assert len(commands) == (2 if label == left else 1)  # a fit tests its run
        assert run.status().seed == int(label[-1])
        assert len(run.status().resumed) == (label == left)
        assert run.status().epochs == len(run.metrics()) == EPOCHS
        assert run.test_metrics()["headline"] == "best"
