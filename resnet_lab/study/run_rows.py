"""Rows of the study display: state and progress of each run, and why a run failed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from resnet_lab.runs import Run
from resnet_lab.runs.state import is_diverged
from resnet_lab.study.on_disk import Progress, Step, find_run, next_step, progress
from resnet_lab.study.plan import PlannedRun


class State(StrEnum):
    """State of a run within a study."""

    WAITING = "waiting"
    ELSEWHERE = "elsewhere"
    """Another study works on it, or a process that outlived a killed study."""
    STARTING = "starting"
    """Its place is not ready yet."""
    TRAINING = "training"
    TESTING = "testing"
    STOPPING = "stopping"
    FINISHED = "finished"
    DIVERGED = "diverged"
    """Its loss was no number; that is a result, and repeating the run would give it again."""
    FAILED = "failed"


CLOSED = frozenset({State.FINISHED, State.DIVERGED, State.FAILED})
"""States after which this study does nothing more for a run."""


@dataclass(frozen=True)
class RunRow:
    """State and progress of one run.

    Attributes:
        planned: The run.
        state: Its state.
        progress: Its progress.
        node: Name of the machine where it works; empty for this machine.
    """

    planned: PlannedRun
    state: State
    progress: Progress
    node: str = ""

    @property
    def label(self) -> str:
        """Name and seed of the run."""
        return f"{self.planned.cell.name} seed {self.planned.seed}"


@dataclass(frozen=True)
class Failure:
    """A run that failed.

    Attributes:
        row: The run.
        reason: The reason.
        printed: The last lines of its output.
    """

    row: RunRow
    reason: str
    printed: tuple[str, ...] = ()


def initial_rows(runs: Iterable[PlannedRun], logs: Path) -> list[RunRow]:
    """Return the rows of runs before anything is started."""
    rows = []
    for planned in runs:
        run = find_run(planned, logs)
        rows.append(RunRow(planned, closed_state(run) or State.WAITING, progress(run)))
    return rows


def closed_state(run: Run | None) -> State | None:
    """Return the state of a run that needs no further step; None if it needs one."""
    if run is None or next_step(run) is not Step.NOTHING:
        return None
    return State.DIVERGED if is_diverged(run) else State.FINISHED


def count(rows: Sequence[RunRow], *states: State) -> int:
    """Return the number of runs in one of the states."""
    return sum(row.state in states for row in rows)
