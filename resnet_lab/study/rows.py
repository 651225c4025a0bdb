"""What is shown of each run of a study: what is being done with it, and how far it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from resnet_lab.study.on_disk import Progress, Step, find_run, next_step, progress
from resnet_lab.study.plan import PlannedRun


class State(StrEnum):
    """What is being done with a run."""

    WAITING = "waiting"
    ELSEWHERE = "elsewhere"
    """Another study is at it, or a process that a killed study left behind."""
    TRAINING = "training"
    TESTING = "testing"
    STOPPING = "stopping"
    FINISHED = "finished"
    FAILED = "failed"


CLOSED = frozenset({State.FINISHED, State.FAILED})
"""States in which this study does nothing more for a run."""


@dataclass(frozen=True)
class Row:
    """One run."""

    planned: PlannedRun
    state: State
    progress: Progress

    @property
    def label(self) -> str:
        """The run by name and seed."""
        return f"{self.planned.cell.name} seed {self.planned.seed}"


def first_rows(runs: Iterable[PlannedRun], logs: Path) -> list[Row]:
    """Return where runs stand before anything is done for them."""
    rows = []
    for planned in runs:
        run = find_run(planned, logs)
        state = State.FINISHED if next_step(run) is Step.NOTHING else State.WAITING
        rows.append(Row(planned, state, progress(run)))
    return rows


def count(rows: Sequence[Row], *states: State) -> int:
    """Return how many runs are in one of the states."""
    return sum(row.state in states for row in rows)
