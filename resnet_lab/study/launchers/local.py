"""One step of a run as a process of its own: what it is told, on how many threads, and what it printed."""

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from resnet_lab.runs import Run
from resnet_lab.study.on_disk import Step
from resnet_lab.study.plan import PlannedRun

PROGRAM = (sys.executable, "-m", "resnet_lab")
"""``resnet-lab``, of this very installation."""

_LAST_LINES = 12


def step_arguments(planned: PlannedRun, step: Step, run: Run | None, logs: Path, precision: str | None) -> list[str]:
    """Return the command and the options that take a step with a run.

    Args:
        planned: The run.
        step: ``FIT``, ``RESUME`` or ``TEST``.
        run: Its run folder; only ``FIT`` needs none.
        logs: The folder of all runs.
        precision: For a new run, unless the plan settles it; None is what its hardware computes in.
    """
    if step is Step.FIT:
        words = [*planned.cell.words, "--seed_everything", str(planned.seed), "--logs", str(logs)]
        if precision is not None and "trainer.precision" not in planned.cell.named:
            words += ["--trainer.precision", precision]
        return ["fit", *words]
    assert run is not None
    if step is Step.RESUME:
        return ["fit", "--resume", str(run.path)]
    return ["test", str(run.path)]


def start_process(command: Sequence[str], output: Path, threads: int, lock: int) -> subprocess.Popen[bytes]:
    """Start a command in the background; what it prints is added to a file, under the command itself.

    Args:
        command: The program and its arguments.
        output: The file.
        threads: Threads that torch is to use.
        lock: Descriptor of the lock that the process keeps, even if this one is killed.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("ab") as file:
        file.write(f"\n$ {shlex.join(command)}\n".encode())
        file.flush()
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)},
            pass_fds=[lock],
            start_new_session=True,  # the terminal's Ctrl-C is passed on by the study, once
        )


def last_lines(output: Path) -> list[str]:
    """Return the last lines that the last command of a file of output printed."""
    if not output.exists():
        return []
    lines = [line for line in output.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    command = max((number for number, line in enumerate(lines) if line.startswith("$ ")), default=-1)
    return lines[command + 1 :][-_LAST_LINES:]
