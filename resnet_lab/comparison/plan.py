"""Plan of a comparison, fixed in a study file before its runs: looks, worth, questions and folds."""

from collections.abc import Mapping
from dataclasses import dataclass, field


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
    """

    study: str
    digest: str
    looks: tuple[int, ...] = ()
    worth: float | None = None
    questions: Mapping[str, str] = field(default_factory=dict)
    folds: int | None = None
    seeds: tuple[int, ...] = ()
