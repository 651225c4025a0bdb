"""Course of a study: the runs that are due now. First those that choose values, then those that count, to each look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from resnet_lab.comparison.one_arm import RESIDUAL
from resnet_lab.comparison.tuning import Choice, choose, tuned_cells, tuning_runs
from resnet_lab.study.looks import Looks, Standing
from resnet_lab.study.on_disk import find_run
from resnet_lab.study.plan import PlannedRun, Study, planned_runs
from resnet_lab.study.run_rows import closed_state


@dataclass(frozen=True)
class Due:
    """The runs that are due, and where the study stands.

    Attributes:
        runs: The runs up to the next stop, with those that are done, in the order of the plan.
        choice: The values that the tuning runs chose; None without a tuning, and until all of them are done.
        standings: Where each contrast stands; none without looks, and until values are chosen.
        problem: The reason why the runs are not judged at a look, if any.
        fewest_later: The fewest runs that follow a tuning that is not done yet; 0 after it.
        most_later: The most runs that can follow.
    """

    runs: Sequence[PlannedRun]
    choice: Choice | None = None
    standings: Sequence[Standing] = ()
    problem: str | None = None
    fewest_later: int = 0
    most_later: int = 0


@dataclass(frozen=True)
class Course:
    """Course of a study that has a tuning or looks. It is read from the disk each time.

    Attributes:
        study: The study.
        path: Its file.
        overrides: Settings of the command line for all cells.
        configs: Resolved config of each cell, by its name.
        logs: Folder of all runs.
    """

    study: Study
    path: Path
    overrides: Mapping[str, str]
    configs: Mapping[str, Mapping[str, Any]]
    logs: Path

    def due(self) -> Due:
        """Return what is due now.

        Raises:
            InputError: A tuning run did not record the metric that chooses, or the cells of a pair have different
                questions.
        """
        choice = None
        if self.study.plan.tuning is not None:
            choosing = self._runs(self._choosing_cells(), self.study.plan.tuning.seeds)
            found = {run: find_run(run, self.logs) for run in choosing}
            done = {(run.cell.name, run.seed): one for run, one in found.items() if one and closed_state(one)}
            if len(done) < len(choosing):
                return Due(choosing, fewest_later=self._later(extra=False), most_later=self._later(extra=True))
            choice = choose(self.study.plan, done, RESIDUAL)
        runs = self.counting(choice)
        if not self.study.plan.looks:
            return Due(runs, choice)
        looks = Looks(self.study, self.path, self.overrides, runs, self.logs, choice)
        standings, problem = looks.standings()
        return Due(looks.due(standings), choice, standings, problem)

    def counting(self, choice: Choice | None) -> list[PlannedRun]:
        """Return all runs that count for the verdict; none until the values are chosen.

        Args:
            choice: The values that the tuning runs chose; None without a tuning.
        """
        if choice is None and self.study.plan.tuning is not None:
            return []
        names = [cell.name for cell in self.study.every_cell] if choice is None else choice.names
        return self._runs(names, self.study.plan.seeds)

    def _runs(self, names: Sequence[str], seeds: Sequence[int]) -> list[PlannedRun]:
        cells = tuple(cell for cell in self.study.every_cell if cell.name in names)
        return planned_runs(replace(self.study, cells=cells, seeds=tuple(seeds)), self.configs)

    def _choosing_cells(self) -> list[str]:
        return list(dict.fromkeys(name for name, _ in tuning_runs(self.study.plan)))

    def _later(self, *, extra: bool) -> int:
        """Return the number of runs that count; with ``extra``, as if every control were run at two values."""
        plan = self.study.plan
        seeds = plan.looks[-1] if plan.looks else len(plan.seeds)
        controls = 1 if plan.ladder is not None else len(tuned_cells(plan)) // 2
        return seeds * (len(plan.questions) + (controls if extra else 0))
