"""Planned study, ready to be launched, and the interface of a launcher."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from resnet_lab.config.result_neutral_keys import is_result_neutral
from resnet_lab.study.course import Course, Due
from resnet_lab.study.folder import StudyFolder
from resnet_lab.study.plan import Study
from resnet_lab.study.run_rows import RunRow


@dataclass(frozen=True)
class PlannedStudy:
    """A study with all choices made.

    Attributes:
        study: The grid.
        path: File of the study.
        overrides: Settings of the command line for all cells, ``group.key`` to value.
        rows: All runs, in the order in which they are run.
        folder: Files of the study.
        program: Command ``resnet-lab``.
        threads: Threads of a run whose seed has no run yet.
        by_seed: Threads of the runs of each seed that has open runs.
        jobs: Runs at a time; None if the command line does not say.
        gpus: Names of the GPUs of this machine; none if the runs go elsewhere.
        course: Course of the study, whose rows are then the runs that are due first; None if the file has neither
            tuning nor looks, and if the command line chooses cells or seeds.
        chosen: Whether the command line chooses cells or seeds.
        without_token: Whether a cluster may be used that anybody on its network can use.
        due: What is due first, from which ``rows`` are made.
        dealt: Phrase for the GPUs of this machine and how they are dealt; None if it has none, and if nothing is left.
        names_next: Whether the end of the study names the command that compares its runs.
    """

    study: Study
    path: Path
    overrides: Mapping[str, str]
    rows: Sequence[RunRow]
    folder: StudyFolder
    program: Sequence[str]
    threads: int
    by_seed: Mapping[int, int]
    jobs: int | None
    gpus: Sequence[str] = ()
    course: Course | None = None
    chosen: bool = False
    without_token: bool = False
    due: Due = field(default_factory=lambda: Due(()))
    dealt: str | None = None
    names_next: bool = True

    @property
    def goes_on(self) -> bool:
        """Whether other runs follow those of ``rows``: after a tuning, and after a look."""
        tuning = self.study.plan.tuning
        is_choosing = tuning is not None and any(row.planned.seed in tuning.seeds for row in self.rows)
        return self.course is not None and (bool(self.study.plan.looks) or is_choosing)

    @property
    def compared_file(self) -> Path | None:
        """The file, if its runs are compared by its plan; None for a part of its runs, or with other settings."""
        return self.path if not self.chosen and all(map(is_result_neutral, self.overrides)) else None


class Launcher(Protocol):
    """Starts the runs of a study, or writes what starts them elsewhere."""

    @property
    def needs(self) -> Mapping[str, str]:
        """Options of ``study`` that must be given, each with the reason."""

    @property
    def place(self) -> str | None:
        """Phrase for the place of the runs, as in "as an array of SLURM"; None for this machine."""

    def launch(self, study: PlannedStudy) -> int:
        """Launch the study and return the exit code of the command."""
