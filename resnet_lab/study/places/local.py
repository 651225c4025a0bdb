"""Places on this machine: every step of a run is a process of its own."""

import os
import subprocess
from collections.abc import Mapping, Sequence, Set
from pathlib import Path

from resnet_lab.program import quoted
from resnet_lab.study.gpus import gpus_of_run
from resnet_lab.study.plan import PlannedRun


class LocalPlace:
    """Place of a run on this machine, without a GPU of its own."""

    node = ""

    def __init__(self, output: Path, lock: int) -> None:
        """Nothing is started.

        Args:
            output: File to which the steps append their output.
            lock: Descriptor of the run's lock. The processes inherit it, so the lock outlives this process.
        """
        self._output, self._lock = output, lock
        self._process: subprocess.Popen[bytes] | None = None

    def is_ready(self) -> bool:
        """Return True: this machine is there."""
        return True

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start the command of a step."""
        self._process = start_process(command, self._output, environment, self._lock)

    def poll(self) -> int | None:
        """Return the exit code of the step; None while it runs."""
        return self._step.poll()

    def send_signal(self, number: int) -> None:
        """Send a signal to the step."""
        self._step.send_signal(number)

    def kill(self) -> None:
        """Kill the step."""
        self._step.kill()

    def close(self) -> None:
        """Leave the place, which holds nothing."""

    @property
    def _step(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process


class LocalPlaces:
    """Places on a machine without a GPU: as many as are taken."""

    def take(self, planned: PlannedRun, processes: Set[int], output: Path, lock: int) -> LocalPlace:
        """Take a place for a run.

        Raises:
            InputError: The run asks for a GPU.
        """
        gpus_of_run(planned, processes, 0)
        return LocalPlace(output, lock)


def start_process(
    command: Sequence[str], output: Path, environment: Mapping[str, str], lock: int
) -> subprocess.Popen[bytes]:
    """Start a command in the background. Append the command and its output to a file.

    Args:
        command: The program and its arguments.
        output: The file.
        environment: Environment variables of the process, beside those of this one.
        lock: Descriptor of the run's lock. The process inherits it, so the lock outlives this process.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("ab") as file:
        file.write(f"\n$ {' '.join(map(quoted, command))}\n".encode())
        file.flush()
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            pass_fds=[lock],
            start_new_session=True,  # the study itself passes on a Ctrl-C of the terminal, once
        )
