"""Ladder: rungs between two ends, each tested against the start, with the share of the gap that it closes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from resnet_lab.comparison.both_values import at_both
from resnet_lab.comparison.claims import Claim, IntervalAt, at_level, unmeasured, with_verdict
from resnet_lab.comparison.knobs import Knob, knob_of
from resnet_lab.comparison.ladder_cells import LadderCell
from resnet_lab.comparison.procedure import Procedure
from resnet_lab.comparison.questions import Question
from resnet_lab.runs import Run
from resnet_lab.statistics.fieller import Ratio, fieller
from resnet_lab.statistics.holm import holm, holm_levels
from resnet_lab.statistics.intervals import paired_t
from resnet_lab.statistics.mean_sd import mean_sd

TRAINING_ERROR = Question("training_error", "final/last/train/error", "lower", "points", "ladder")
"""Question of every rung, and of the gap: a lower error on the training images, of the last checkpoint."""
CEILING = 0.01
"""Share of the gap is not shown if the training error of an end is below one point."""
MOST, LITTLE = 0.5, 0.1
"""Shares of the gap that a report calls most of it, and next to nothing; both are conventions."""

NoShare = Literal["undecided", "reversed", "ceiling"]
"""Reasons to show no share: the gap is not decided; the end has the higher error; an end is at the ceiling."""
Outcome = Literal[
    "most", "part", "some", "lower", "none", "undecided", "reversed", "diverged", "not_tested", "not_measured"
]
"""Outcome of a rung in one word; ``some`` may be more or less than half, ``lower`` has no share."""

_WITHOUT_TEST: Mapping[str, Outcome] = {
    "diverged": "diverged",
    "not_tested": "not_tested",
    "not_measured": "not_measured",
}


@dataclass(frozen=True)
class RungResult:
    """A rung with its test.

    Attributes:
        cell: Its runs.
        claim: Its training error against that of the start, in pairs of equal seed.
        share: Share of the gap that it closes, with a set that holds for one rung at a time. None where the ladder
            shows no share, where the rung is not tested, and where runs diverged: the others are those that went well.
        family_share: The same with a wider set. The sets of all rungs hold together at the level of the family, by
            Bonferroni's correction, so words that follow from them do too.
        knob: The setting in which it differs from an end.
    """

    cell: LadderCell
    claim: Claim
    share: Ratio | None
    family_share: Ratio | None
    knob: Knob

    @property
    def outcome(self) -> Outcome:
        """The outcome in one word, from the verdict and the set of the share that holds for all rungs together."""
        verdict, share = self.claim.verdict, self.family_share
        if verdict in _WITHOUT_TEST:
            return _WITHOUT_TEST[verdict]
        bounded = share if share is not None and share.kind == "interval" else None
        if verdict == "equivalent" or (bounded and bounded.low > -LITTLE and bounded.high < LITTLE):
            return "none"
        if verdict == "undecided":
            return "undecided"
        assert self.claim.interval is not None
        if self.claim.interval.mean > 0:
            return "reversed"
        if bounded is None:
            return "lower"
        return "most" if bounded.low > MOST else "part" if bounded.high < MOST else "some"


@dataclass(frozen=True)
class Ladder:
    """Results of a ladder.

    Attributes:
        start: The end without the shortcut, from which every difference is taken.
        end: The end with the shortcut.
        gap: Training error of ``end`` against that of ``start``, at the value that all cells share; it is tested alone,
            and shares are parts of it.
        headline: The verdict on both ends: the gap, where both ends have one value. Where they chose different ones, it
            needs the gap and the comparison with ``start`` at its own best value (``second``).
        no_share: The reason why no share of the gap is shown; None if shares are shown.
        rungs: The rungs, in the order of the study file. They are tested together.
        level: Chance of any false verdict among the rungs, and of a false verdict on the gap.
        tuned: The tuned key and the value of the end, which all cells share; None without a tuning.
    """

    start: LadderCell
    end: LadderCell
    gap: Claim
    headline: Claim
    no_share: NoShare | None
    rungs: tuple[RungResult, ...]
    level: float
    tuned: tuple[str, float] | None = None

    @property
    def same_value(self) -> bool:
        """Whether both ends were tuned and chose the same value."""
        return self.tuned is not None and self.own is None

    @property
    def own(self) -> LadderCell | None:
        """The start at its own best value, which is a rung; None unless the ends chose different values."""
        return _own([rung.cell for rung in self.rungs])

    def shares_by_seed(self, rung: RungResult) -> dict[int, float]:
        """Return the share of the gap of each seed that a rung closes; a seed without a gap has none."""
        gaps = {seed: self.start.error(seed) - self.end.error(seed) for seed in _common(self.start, self.end)}
        return {
            seed: (self.start.error(seed) - rung.cell.error(seed)) / gap
            for seed, gap in gaps.items()
            if gap > 0 and seed in rung.cell.runs
        }

    @property
    def cells(self) -> list[LadderCell]:
        """All cells, from the start over the rungs to the end."""
        return [self.start, *(rung.cell for rung in self.rungs), self.end]

    @property
    def runs(self) -> list[Run]:
        """All runs that did not diverge."""
        return [run for cell in self.cells for run in cell.runs.values()]


def climb(
    start: LadderCell,
    end: LadderCell,
    rungs: Sequence[LadderCell],
    procedure: Procedure,
    tuned: tuple[str, float] | None = None,
) -> Ladder:
    """Return the results of a ladder.

    The gap is tested alone, by the paired t test over seeds. The rungs are a family of their own, which the gap is no
    part of: each is tested against the start by the paired t test, together by Holm's procedure. A rung without a test
    counts in the family with a p of 1. The interval of a difference is at the level of its own step. The interval of a
    share is at the level of the whole family, and is not corrected for the number of rungs; the set behind a word such
    as "most" is (Bonferroni). Holm's levels do not serve there: they are about zero, and sets at them do not hold
    together.

    Args:
        start: The end from which every difference is taken.
        end: The other end.
        rungs: All other cells.
        procedure: Level, look and worth, from the plan.
        tuned: The tuned key and the value of the end; None if the ends were not tuned.
    """
    gap = _tested_alone(start, end, procedure)
    own = _own(rungs)
    headline = gap if own is None else at_both([gap], [_tested_alone(own, end, procedure)], diverged=False)[0]
    no_share = _no_share(gap, start, end)
    claims = [_claim(start, cell, procedure) for cell in rungs]
    tested = [_is_open(start, cell, procedure) for cell in rungs]
    p_values = [
        claim.p if is_open and claim.p is not None else 1.0 for claim, is_open in zip(claims, tested, strict=True)
    ]
    steps = zip(rungs, claims, tested, holm(p_values), holm_levels(p_values, procedure.level), strict=True)
    made = []
    for cell, claim, is_open, p_holm, level in steps:
        judged = _with_verdict(claim, is_open, level)
        judged = replace(judged, p_holm=p_holm if judged.p is not None else None, tested_with=len(rungs))
        knob = Knob("own_rate", {} if tuned is None else {tuned[0]: cell.own_value})
        if cell.own_value is None:
            knob = knob_of(cell.settings, start.settings, end.settings)
        each = (procedure.level, procedure.level / len(rungs))
        share, wider = (_share(start, end, cell, 1 - one) if is_open and not no_share else None for one in each)
        made.append(RungResult(cell, judged, share, wider, knob))
    return Ladder(start, end, gap, headline, no_share, tuple(made), procedure.level, tuned)


def _own(rungs: Sequence[LadderCell]) -> LadderCell | None:
    return next((cell for cell in rungs if cell.own_value is not None), None)


def _tested_alone(start: LadderCell, end: LadderCell, procedure: Procedure) -> Claim:
    """Return the claim on both ends, at the whole level."""
    return _with_verdict(_claim(start, end, procedure), _is_open(start, end, procedure), procedure.level)


def _claim(start: LadderCell, cell: LadderCell, procedure: Procedure) -> Claim:
    """Return the claim on a cell with its values, at the level of the whole family."""
    seeds = _common(start, cell)
    if not seeds:
        return unmeasured(TRAINING_ERROR)
    worth = procedure.plan.worth if procedure.plan is not None else None
    control, treated = (tuple(one.error(seed) for seed in seeds) for one in (start, cell))
    claim = replace(unmeasured(TRAINING_ERROR), seeds=seeds, control=control, treated=treated, worth=worth)
    return at_level(claim, _interval_at(claim), procedure.level)


def _with_verdict(claim: Claim, is_open: bool | None, level: float) -> Claim:
    if not claim.seeds:
        return claim
    claim = at_level(claim, _interval_at(claim), level)
    if is_open is None:
        return replace(claim, verdict="diverged")
    return with_verdict(replace(claim, p_holm=claim.p)) if is_open else claim


def _is_open(start: LadderCell, cell: LadderCell, procedure: Procedure) -> bool | None:
    """Return whether a cell is tested; None if a run of its pairs diverged, so that no test decides."""
    if {*start.lost} | {*cell.lost}:
        return None
    waits = procedure.plan is not None and bool(procedure.plan.looks)
    return not (waits and (start.missing or cell.missing))


def _interval_at(claim: Claim) -> IntervalAt:
    return lambda level: paired_t(claim.differences, level)


def _no_share(gap: Claim, start: LadderCell, end: LadderCell) -> NoShare | None:
    """Return the reason to show no share of a gap."""
    ends = [mean_sd(cell.error(seed) for seed in cell.runs).mean for cell in (start, end)]
    if any(mean is not None and mean < CEILING for mean in ends):
        return "ceiling"
    if gap.interval is None or not gap.is_decided or gap.verdict == "equivalent":
        return "undecided"
    return "reversed" if gap.interval.mean > 0 else None


def _share(start: LadderCell, end: LadderCell, cell: LadderCell, level: float) -> Ratio | None:
    """Return the share of the gap that a cell closes, over the seeds that it has in common with both ends."""
    seeds = [seed for seed in _common(start, cell) if seed in end.runs]
    if not seeds:
        return None
    closed = [start.error(seed) - cell.error(seed) for seed in seeds]
    return fieller(closed, [start.error(seed) - end.error(seed) for seed in seeds], level)


def _common(start: LadderCell, cell: LadderCell) -> tuple[int, ...]:
    return tuple(sorted(start.runs.keys() & cell.runs.keys()))
