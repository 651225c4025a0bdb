"""Tuning: each arm at its own best value of one key, chosen by runs that do not count for the verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Literal

from resnet_lab.comparison.conditions import as_text, settings
from resnet_lab.comparison.plan import Plan, Tuning
from resnet_lab.comparison.questions import Side
from resnet_lab.errors import InputError
from resnet_lab.runs import Run
from resnet_lab.runs.divergence import has_diverged

BY: Mapping[str, Side] = {
    "val/accuracy": "higher",
    "val/loss": "lower",
    "train/accuracy": "higher",
    "train/loss": "lower",
}
"""Metrics by which a value can be chosen, each with its better side."""

Edge = Literal["lowest", "highest"]
Scores = Mapping[Any, Mapping[int, float | None]]
"""Score of each tuning run of a cell, by value and seed; None if the run diverged."""


@dataclass(frozen=True)
class Tried:
    """One value that was tried in one cell.

    Attributes:
        value: The value.
        mean: Mean score over the seeds whose run did not diverge; None if all diverged.
        diverged: Number of runs that diverged.
    """

    value: Any
    mean: float | None
    diverged: int


@dataclass(frozen=True)
class Chosen:
    """The value that a cell chose.

    Attributes:
        value: The value.
        tried: All values that were tried, ascending.
        tied: Whether another value is as good.
        edge: The end of the list at which the value stands: the range may be too narrow. None between the ends.
    """

    value: Any
    tried: tuple[Tried, ...]
    tied: bool
    edge: Edge | None


@dataclass(frozen=True)
class Choice:
    """The choice of a study: the value of each tuned cell, and the values at which the cells are judged.

    Attributes:
        tuning: The tuning of the plan.
        chosen: The choice of each tuned cell, by its name in the study file.
        values: Values at which each cell of the file is judged, by its name: its own value first; then, for a control
            whose treated arm chose another value, the value of the treated arm.
        runs: The tuning runs.
        study: Name of the study.
    """

    tuning: Tuning
    chosen: Mapping[str, Chosen]
    values: Mapping[str, tuple[Any, ...]]
    runs: tuple[Run, ...] = ()
    study: str = ""

    @property
    def cells(self) -> list[tuple[str, Any]]:
        """The cells that are judged: name in the study file, and value."""
        return [(name, value) for name, values in self.values.items() for value in values]

    @property
    def names(self) -> list[str]:
        """Names of the runs of :attr:`cells`."""
        return [cell_at(name, self.tuning.key, value) for name, value in self.cells]

    @property
    def own_names(self) -> list[str]:
        """Names of the runs of each cell at its own value, or at that of the end of its ladder."""
        return [cell_at(name, self.tuning.key, values[0]) for name, values in self.values.items()]

    def names_of(self, cell: str) -> list[str]:
        """Return the names of a cell of the file at each value."""
        return [cell_at(cell, self.tuning.key, value) for value in self.tuning.values]

    @property
    def differs(self) -> bool:
        """Whether a cell is judged at two values, since the arms of a pair chose different ones."""
        return any(len(values) > 1 for values in self.values.values())

    @property
    def seconds(self) -> float:
        """Duration of the tuning runs, one after the other; a run that does not tell its duration counts as 0."""
        return sum(getattr(run.status(), "wall_seconds", None) or 0.0 for run in self.runs)


def cell_at(name: str, key: str, value: float) -> str:
    """Return the name of a cell at a value of the tuned key. A name always means one setting.

    >>> cell_at("plain34", "model.lr", 3e-4)
    'plain34-lr0.0003'
    """
    return f"{name}-{key.rpartition('.')[2]}{value:g}"


def cell_of(plan: Plan, name: str) -> str:
    """Return the name that a cell has in the study file, by the name of its runs.

    >>> rates = Tuning("model.lr", (0.1, 0.2), "val/accuracy", (7,))
    >>> cell_of(Plan("s", "", tuning=rates, questions={"a": "loss"}), "a-lr0.1")
    'a'
    """
    if plan.tuning is None:
        return name
    at = {cell_at(cell, plan.tuning.key, value): cell for cell in plan.questions for value in plan.tuning.values}
    return at.get(name, name)


def tuned_cells(plan: Plan) -> list[str]:
    """Return the cells that choose a value, by their names in the study file: all, or the two ends of a ladder."""
    if plan.tuning is None:
        return []
    return list(plan.questions) if plan.ladder is None else [plan.ladder.start, plan.ladder.end]


def tuning_runs(plan: Plan) -> list[tuple[str, int]]:
    """Return name and seed of each tuning run, seed by seed."""
    tuning = plan.tuning
    if tuning is None:
        return []
    names = [cell_at(cell, tuning.key, value) for cell in tuned_cells(plan) for value in tuning.values]
    return [(name, seed) for seed in tuning.seeds for name in names]


def choose(plan: Plan, runs: Mapping[tuple[str, int], Run], factor: str) -> Choice:
    """Return the choice that the tuning runs make.

    Args:
        plan: A plan with a tuning.
        runs: All its tuning runs by name and seed (:func:`tuning_runs`).
        factor: The compared key: in a pair of cells, its lower value is the control.

    Raises:
        InputError: A run did not record the metric that chooses, or all tuning runs of a cell diverged.
    """
    tuning = plan.tuning
    assert tuning is not None
    scores = {
        cell: {
            value: {
                seed: tuning_score(runs[cell_at(cell, tuning.key, value), seed], tuning.by) for seed in tuning.seeds
            }
            for value in tuning.values
        }
        for cell in tuned_cells(plan)
    }
    chosen = choice(tuning, scores)
    first = {cell: runs[cell_at(cell, tuning.key, tuning.values[0]), tuning.seeds[0]] for cell in chosen}
    values = judged_values(plan, chosen, _treated_of(first, factor, tuning.key))
    return Choice(tuning, chosen, values, tuple(runs[one] for one in tuning_runs(plan)), plan.study)


def choice(tuning: Tuning, scores: Mapping[str, Scores]) -> dict[str, Chosen]:
    """Return the value that each cell chooses: that of the best mean score over the tuning seeds.

    A run that diverged is worse than any other run: the value with fewer such runs is better. Of values that are
    equally good, the one nearest the middle of the list is taken.

    Args:
        tuning: The tuning of the plan.
        scores: Score of each tuning run by cell, value and seed.

    Raises:
        InputError: All runs of a cell diverged.
    """
    return {cell: _chosen(cell, tuning, of_cell) for cell, of_cell in scores.items()}


def tuning_score(run: Run, by: str) -> float | None:
    """Return the score of a tuning run; None if it diverged.

    It is the metric in the epoch of the best checkpoint, since this is the checkpoint that is tested. A metric of
    training is that of the last epoch, since training error is judged by the last checkpoint.

    Args:
        run: A finished or diverged run.
        by: A key of ``BY``.

    Raises:
        InputError: The run did not record the metric.
    """
    if has_diverged(run):
        return None
    rows = run.metrics()
    epoch = rows[-1]["epoch"] if at_the_end(by) else run.status().best_epoch
    score = next((row.get(by) for row in rows if row["epoch"] == epoch), None)
    if score is None:
        where = "last epoch" if at_the_end(by) else "epoch of its best checkpoint"
        raise InputError(f"The tuning run {run.path} has no {by} in the {where}: train it again.")
    return score


def at_the_end(by: str) -> bool:
    """Return whether a metric that chooses is that of the last epoch, and not of the epoch of the best checkpoint."""
    return by.startswith("train/")


def judged_values(
    plan: Plan, chosen: Mapping[str, Chosen], treated_of: Mapping[str, str]
) -> dict[str, tuple[Any, ...]]:
    """Return the values at which each cell of the file is judged (:attr:`Choice.values`).

    With a ladder, every cell is judged at the value of its end, and its start also at its own.

    Args:
        plan: A plan with a tuning.
        chosen: The choice of each tuned cell.
        treated_of: The treated cell of each control, by their names in the study file.
    """
    ladder = plan.ladder
    if ladder is not None:
        treated_of = {cell: ladder.end for cell in plan.questions if cell != ladder.end}
    values = {}
    for cell in plan.questions:
        own, treated = chosen.get(cell), chosen.get(treated_of.get(cell, ""))
        both = [one.value for one in (own, treated) if one is not None]
        values[cell] = tuple(dict.fromkeys(both))
    return values


def _treated_of(runs: Mapping[str, Run], factor: str, key: str) -> dict[str, str]:
    """Return the treated cell of each control: the settings of the two differ in the compared key alone.

    Args:
        runs: One run of each cell, by the name of the cell.
        factor: The compared key.
        key: The tuned key.
    """
    by_run, pairs = settings(list(runs.values()), factor), {}
    for cell, run in runs.items():
        for other, partner in runs.items():
            mine, theirs = by_run[run], by_run[partner]
            apart = {name for name in mine if as_text(mine[name]) != as_text(theirs[name])} - {key}
            if apart == {factor} and mine[factor] < theirs[factor]:
                pairs[cell] = other
    return pairs


def _chosen(cell: str, tuning: Tuning, scores: Scores) -> Chosen:
    values = sorted(tuning.values)
    tried = tuple(_tried(value, list(scores[value].values())) for value in values)
    if all(one.mean is None for one in tried):
        raise InputError(
            f"All tuning runs of {cell} diverged, so there is no {tuning.key} at which it trains: widen values of tune."
        )
    ranks = [_rank(one, BY[tuning.by]) for one in tried]
    best = [place for place, rank in enumerate(ranks) if rank == min(ranks)]
    middle = (len(values) - 1) / 2
    place = min(best, key=lambda place: abs(place - middle))
    return Chosen(values[place], tried, len(best) > 1, _edge(place, len(values)))


def _edge(place: int, number: int) -> Edge | None:
    return "lowest" if place == 0 else "highest" if place == number - 1 else None


def _tried(value: Any, scores: Sequence[float | None]) -> Tried:
    known = [score for score in scores if score is not None]
    return Tried(value, fmean(known) if known else None, len(scores) - len(known))


def _rank(tried: Tried, better: Side) -> tuple[int, float]:
    """Return a sort key: the best value has the lowest."""
    mean = 0.0 if tried.mean is None else tried.mean
    return tried.diverged, -mean if better == "higher" else mean
