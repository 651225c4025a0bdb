"""Interface of a place: the processes of one run are started there, one after the other."""

from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Protocol

from resnet_lab.study.plan import PlannedRun


class Place(Protocol):
    """Place of one run, held from its first step to its last. One step at a time works there."""

    @property
    def node(self) -> str:
        """Name of the machine; empty for this machine, and while it is not known."""

    def is_ready(self) -> bool:
        """Return whether a step can be started there.

        Raises:
            InputError: No step of this study can be started there.
            PlaceLost: The place is lost.
        """

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start the command of a step, with further environment variables.

        Raises:
            OSError: The command cannot be started.
            PlaceLost: The place is lost.
        """

    def poll(self) -> int | None:
        """Return the exit code of the step; None while it runs.

        Raises:
            PlaceLost: The place is lost, and nobody knows what became of the step.
        """

    def send_signal(self, number: int) -> None:
        """Send a signal to the step."""

    def kill(self) -> None:
        """Kill the step."""

    def close(self) -> None:
        """Leave the place. No step runs there any more."""


class Places(Protocol):
    """Source of places. The runner decides how many are held at a time."""

    def take(self, planned: PlannedRun, processes: Set[int], output: Path, lock: int) -> Place:
        """Take a place for a run.

        Args:
            planned: The run.
            processes: Numbers of processes of the runs that its seed has.
            output: File to which its steps append their output.
            lock: Descriptor of its lock.

        Raises:
            InputError: No place has what the run asks for.
        """
