"""Verdicts on claims: supported, contradicted, not decided or not measured."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from resnet_lab.comparison.measures import Measures
from resnet_lab.comparison.questions import QUESTIONS, Question, Side
from resnet_lab.statistics.holm import holm, holm_levels
from resnet_lab.statistics.intervals import Interval, p_value, paired_t, seeds_needed
from resnet_lab.statistics.permutation import MOST_PAIRS, Permutation, permutation_test

VERDICTS = ("supported", "contradicted", "undecided", "not_measured")
PRIMARY = "accuracy"
ALPHA = 0.05
FEWEST_PAIRS = 3
"""Fewer seed pairs decide nothing."""


@dataclass(frozen=True)
class Claim:
    """A claim and its verdict.

    Attributes:
        key: Name of the question, as in ``QUESTIONS``.
        measure: Key of the measure that decides.
        better: The side that supports the claim.
        unit: Of the measure; a key of :data:`~resnet_lab.comparison.questions.UNITS`.
        against: The fixed value with which the control is compared; None if the claim is about the difference.
        verdict: One of ``VERDICTS``.
        seeds: The seeds whose two runs both have the measure, ascending.
        control: Values of the control, by seed.
        treated: Values of the treated arm, by seed.
        interval: Around the mean of treated minus control, or around the mean of the control if it is compared with a
            fixed value. Its confidence is the one that decides: 95% for a claim that is tested alone, else one minus
            the level of the claim's step in Holm's procedure. None without values.
        p: Two-sided p of the t test; None below two pairs and where all values are equal.
        p_holm: ``p`` after Holm's correction over the family.
        family: Number of claims that are corrected together; 1 for a claim that is tested alone.
        permutation: Exact permutation test of the difference. None without values, above ``MOST_PAIRS`` pairs, and for
            a claim about the control alone, which has no arms to exchange.
        seeds_needed: If the claim is undecided: the number of pairs that a difference of this mean and spread would
            need, at least ``FEWEST_PAIRS``; None if no number can be given.
        beside: Interval of the difference in the second measure of the question, over the same seeds and at the same
            confidence. None if the question has no second measure, or if both differences are equal in every pair.
    """

    key: str
    measure: str
    better: Side
    unit: str
    against: float | None
    verdict: str
    seeds: tuple[int, ...] = ()
    control: tuple[float, ...] = ()
    treated: tuple[float, ...] = ()
    interval: Interval | None = None
    p: float | None = None
    p_holm: float | None = None
    family: int = 1
    permutation: Permutation | None = None
    seeds_needed: int | None = None
    beside: Interval | None = None

    @property
    def differences(self) -> tuple[float, ...]:
        """Treated minus control, by seed."""
        return tuple(treated - control for control, treated in zip(self.control, self.treated, strict=True))

    @property
    def verdict_beside(self) -> str:
        """The verdict that ``beside`` would give by itself."""
        assert self.beside is not None
        return _verdict(self.beside, self.better)

    def interval_at(self, level: float) -> Interval:
        """Return the interval of the difference, or of the control if it is compared with a fixed value."""
        if self.against is None:
            return paired_t(self.differences, level)
        return paired_t(self.control, level, self.against)


def judge(pairs: Mapping[int, tuple[Measures, Measures]]) -> list[Claim]:
    """Return the verdict on every claim, in the order of ``QUESTIONS``.

    The primary claim is tested alone, at ``ALPHA``. The other claims with values are one family, tested by Holm's
    procedure at ``ALPHA``; a claim whose values show no spread counts in the family with a p of 1. The interval of a
    claim is at the level of its own step (:func:`holm_levels`), so it excludes zero or the fixed value exactly if the
    adjusted p is below ``ALPHA``. It shows why a claim is decided or not, and is not a simultaneous interval. The
    chance of a false verdict is at most 5% for the primary claim, and at most 5% for any of the others.

    Args:
        pairs: Measures of the control and of the treated run, by seed
            (:func:`~resnet_lab.comparison.measures.paired_measures`). A claim leaves out a pair in which one of the two
            runs lacks its measure.
    """
    claims = {
        question.key: _with_values(
            question,
            {
                seed: (control[question.measure], treated[question.measure])
                for seed, (control, treated) in sorted(pairs.items())
                if question.measure in control and question.measure in treated
            },
        )
        for question in QUESTIONS
    }
    others = [claim for key, claim in claims.items() if key != PRIMARY and len(claim.seeds) > 1]
    family = [1.0 if claim.p is None else claim.p for claim in others]
    for claim, p_holm, level in zip(others, holm(family), holm_levels(family, ALPHA), strict=True):
        claims[claim.key] = replace(
            claim,
            interval=claim.interval_at(1 - level),
            p_holm=None if claim.p is None else p_holm,
            family=len(family),
        )
    return [_with_beside(_with_verdict(claims[question.key]), question, pairs) for question in QUESTIONS]


def judge_alone(key: str, values: Mapping[int, tuple[float, float]]) -> Claim:
    """Return the verdict on one claim that is tested alone, at ``ALPHA``.

    Args:
        key: Of the question.
        values: Of the control and of the treated arm, by ascending seed.
    """
    return _with_verdict(_with_values(next(q for q in QUESTIONS if q.key == key), values))


def _with_values(question: Question, values: Mapping[int, tuple[float, float]]) -> Claim:
    key, measure, against = question.key, question.measure, question.against
    claim = Claim(key, measure, question.better, question.unit, against, "not_measured")
    if not values:
        return claim
    control, treated = zip(*values.values(), strict=True)
    claim = replace(claim, seeds=tuple(values), control=control, treated=treated)
    interval = claim.interval_at(1 - ALPHA)
    p = p_value(interval) if interval.has_spread else None
    exchangeable = against is None and interval.n <= MOST_PAIRS
    permutation = permutation_test(claim.differences) if exchangeable else None
    return replace(claim, interval=interval, p=p, p_holm=p, permutation=permutation)


def _with_verdict(claim: Claim) -> Claim:
    interval = claim.interval
    if interval is None:
        return claim
    if (verdict := _verdict(interval, claim.better)) != "undecided":
        return replace(claim, verdict=verdict)
    needed = seeds_needed(interval)
    return replace(claim, verdict=verdict, seeds_needed=needed and max(needed, FEWEST_PAIRS))


def _verdict(interval: Interval, better: Side) -> str:
    if interval.n < FEWEST_PAIRS or not interval.side:
        return "undecided"
    return "supported" if interval.side == (1 if better == "higher" else -1) else "contradicted"


def _with_beside(claim: Claim, question: Question, pairs: Mapping[int, tuple[Measures, Measures]]) -> Claim:
    measure, paired = question.beside, [pairs[seed] for seed in claim.seeds]
    if claim.interval is None or measure is None or not all(measure in run for pair in paired for run in pair):
        return claim
    differences = tuple(treated[measure] - control[measure] for control, treated in paired)
    if differences == claim.differences:
        return claim
    return replace(claim, beside=paired_t(differences, claim.interval.level))
