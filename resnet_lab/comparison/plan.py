"""Plan of a comparison, fixed in a study file before its runs, and the reasons why a run does not follow it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Reason = Literal["other_plan", "by_hand", "not_in_commit", "other_settings"]


@dataclass(frozen=True)
class Tuning:
    """Choice of the value of one key per arm, by runs that do not count for the verdict.

    Attributes:
        key: The key, such as ``model.lr``.
        values: The values that are tried, the same for every arm.
        by: The measure by which a value is chosen, such as ``val/accuracy``.
        seeds: Seeds of the runs that choose; none of them is among the seeds of the plan.
    """

    key: str
    values: tuple[Any, ...]
    by: str
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class LadderEnds:
    """Ends of a ladder: the cell without the shortcut and the cell with it. All other cells are rungs between them.

    Attributes:
        start: Name of the cell from which every difference is taken (``from`` in a study file).
        end: Name of the cell whose gain is the whole gap (``to`` in a study file).
    """

    start: str
    end: str


@dataclass(frozen=True)
class Plan:
    """A plan that was fixed before the runs.

    Attributes:
        study: Name of the study.
        digest: sha256 of the parsed plan, as each run of the study records it.
        looks: Numbers of pairs at which the arms are judged, ascending; empty if the file fixes none.
        worth: The smallest difference worth having, as a share (0.01 is one point); None if the file fixes none.
        questions: The question by which the runs of a cell are judged, by the name of the cell: the key of a claim,
            such as ``accuracy`` or ``degradation``.
        folds: Number of folds that hold out every photograph once; None without folds.
        seeds: The seeds in the order of the file: the first of them are judged at a look.
        tuning: Choice of a value per arm before the runs that count; None if the file fixes none.
        ladder: Ends of the ladder that the cells form; None if they form none.
        asks: The question that a cell answers, in the words of the study file, by the name of the cell.
    """

    study: str
    digest: str
    looks: tuple[int, ...] = ()
    worth: float | None = None
    questions: Mapping[str, str] = field(default_factory=dict)
    folds: int | None = None
    seeds: tuple[int, ...] = ()
    tuning: Tuning | None = None
    ladder: LadderEnds | None = None
    asks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OffPlan:
    """A run that does not follow a plan.

    Attributes:
        run: Label of the run.
        reason: ``other_plan``: it records another plan. ``by_hand``: no study started it. ``not_in_commit``: it is
            older than the record of plans, and its commit does not contain this plan. ``other_settings``: it was made
            with other settings than the plan has.
    """

    run: str
    reason: Reason
