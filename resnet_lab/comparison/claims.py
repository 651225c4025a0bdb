"""What is claimed of the treated arm, and what the runs say to it: one verdict a claim, never more than they show."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from resnet_lab.comparison.measures import run_measures
from resnet_lab.runs import Run
from resnet_lab.runs.measurements import inspected_apart
from resnet_lab.statistics.holm import holm, holm_levels
from resnet_lab.statistics.intervals import Interval, p_value, paired_t, seeds_needed
from resnet_lab.statistics.permutation import MOST_PAIRS, Permutation, permutation_test

VERDICTS = ("supported", "contradicted", "undecided", "not_measured")
PRIMARY = "accuracy"
ALPHA = 0.05
FEWEST_PAIRS = 3
"""Fewer seed pairs decide nothing."""
DEGRADATION = "degradation"
VANISHING = 1.0
"""Decades that gradients have to lose before they are said to vanish: a factor of ten, which is a convention."""

Side = Literal["higher", "lower"]
Unit = Literal["points", "nats", "decades"]


@dataclass(frozen=True)
class Question:
    """A claim before the data: about the difference of the arms, or about the control against a fixed value.

    Attributes:
        key: Its name.
        measure: The figure that decides it, of :func:`resnet_lab.comparison.measures.run_measures`, or of several runs
            (:mod:`resnet_lab.comparison.degradation`); a claim whose figure is not there is not measured.
        better: Which side supports it: of zero, for the difference treated minus control; of ``against``, for the
            control's own figure.
        unit: Of the figure: ``points`` is a share, ``nats`` a loss, ``decades`` a power of ten.
        against: The value that the control's own figure is held against; None where the difference is.
        beside: The same figure by another choice, which is told beside the verdict and decides nothing.
    """

    key: str
    measure: str
    better: Side
    unit: Unit
    against: float | None = None
    beside: str | None = None


QUESTIONS = (
    Question("accuracy", "test/best/accuracy", "higher", "points", beside="test/last/accuracy"),
    Question("loss", "test/best/loss", "lower", "nats", beside="test/last/loss"),
    Question("convergence", "convergence/area", "higher", "points"),
    Question("steadiness", "steadiness/roughness", "lower", "nats"),
    Question("gap", "gap/accuracy", "lower", "points"),
    Question("overfitting", "overfitting/rise", "lower", "nats"),
    Question("gradient_flow", "gradients/best/unevenness", "lower", "decades"),
    Question("vanishing_gradients", "gradients/best/decades_lost", "higher", "decades", VANISHING),
    Question(DEGRADATION, "depth/rise", "lower", "points"),
)
"""All claims, in the order of the report."""


@dataclass(frozen=True)
class Claim:
    """A claim and its verdict.

    Attributes:
        key: Its name, as in ``QUESTIONS``.
        measure: The figure that decides it.
        better: Which side supports it.
        unit: Of the figure.
        against: The value that the control's own figure is held against; None where the difference is.
        verdict: One of ``VERDICTS``.
        seeds: Those whose two runs both have the figure, ascending.
        control: The figure of the control, by seed.
        treated: The figure of the treated arm, by seed.
        interval: Around the mean of treated minus control, or of the control where it is held against a value; at the
            confidence that decides: 95% for a claim that is tested alone, one minus the level of its step in Holm's
            procedure for another. None without figures.
        p: Two-sided, of the t test; None without spread: below two pairs, or where all values are equal.
        p_holm: ``p`` after Holm's correction over the family.
        family: How many claims are corrected together; 1 for one that is tested alone.
        permutation: Exact permutation test of the difference; None without figures, above ``MOST_PAIRS`` pairs, and
            where only the control is asked about: there are no arms to exchange.
        seeds_needed: Where the claim is undecided: how many pairs a difference of this mean and spread would need,
            at least ``FEWEST_PAIRS``; None where that cannot be said.
        beside: Interval of the same difference by the question's other choice, over the same seeds and at the same
            confidence; None where there is no such choice, or it is the same thing in every pair.
    """

    key: str
    measure: str
    better: Side
    unit: Unit
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
        """What ``beside`` would decide by itself."""
        assert self.beside is not None
        return _verdict(self.beside, self.better)

    def interval_at(self, level: float) -> Interval:
        """Return the interval of what the claim asks about at a confidence."""
        if self.against is None:
            return paired_t(self.differences, level)
        return paired_t(self.control, level, self.against)


def judge(pairs: Mapping[int, tuple[Run, Run]]) -> list[Claim]:
    """Return the verdict on every claim, in the order of ``QUESTIONS``.

    A pair whose nets were inspected on different images (:func:`~resnet_lab.runs.measurements.inspected_apart`) has no
    figures of gradients.

    Args:
        pairs: The control's and the treated run, by seed.
    """
    apart = inspected_apart(pairs, "gradients")
    figures = {seed: (run_measures(control), run_measures(treated)) for seed, (control, treated) in pairs.items()}
    for seed in apart:
        for of_the_run in figures[seed]:
            for measure in [measure for measure in of_the_run if measure.startswith("gradients/")]:
                del of_the_run[measure]
    return judge_measures(figures)


def judge_measures(pairs: Mapping[int, tuple[Mapping[str, float], Mapping[str, float]]]) -> list[Claim]:
    """Return the verdict on every claim, from figures.

    The primary claim is tested alone, at ``ALPHA``. The others that have figures are one family, tested by Holm's
    procedure at ``ALPHA``; a claim without spread counts among them, as one of p 1. Each interval is at the level of
    its own step (:func:`holm_levels`), so that it excludes what it is held against exactly where the adjusted p is
    below ``ALPHA``; it shows why a claim is decided or not, and is no simultaneous interval. A false verdict then has a
    chance of at most 5% on the primary claim, and of at most 5% on any of the others.

    Args:
        pairs: Figures (:func:`run_measures`) of the control's and of the treated run, by seed. A pair where one of the
            two lacks a claim's figure is left out of that claim.
    """
    claims = {
        question.key: _with_figures(
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


def judge_alone(key: str, figures: Mapping[int, tuple[float, float]]) -> Claim:
    """Return the verdict on one claim that is tested by itself, at ``ALPHA``.

    Args:
        key: Of the claim.
        figures: Of the control and of the treated arm, by ascending seed.
    """
    return _with_verdict(_with_figures(next(q for q in QUESTIONS if q.key == key), figures))


def _with_figures(question: Question, figures: Mapping[int, tuple[float, float]]) -> Claim:
    key, measure, against = question.key, question.measure, question.against
    claim = Claim(key, measure, question.better, question.unit, against, "not_measured")
    if not figures:
        return claim
    control, treated = zip(*figures.values(), strict=True)
    claim = replace(claim, seeds=tuple(figures), control=control, treated=treated)
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


def _with_beside(
    claim: Claim, question: Question, pairs: Mapping[int, tuple[Mapping[str, float], Mapping[str, float]]]
) -> Claim:
    measure, of_the_claim = question.beside, [pairs[seed] for seed in claim.seeds]
    if claim.interval is None or measure is None or not all(measure in run for pair in of_the_claim for run in pair):
        return claim
    differences = tuple(treated[measure] - control[measure] for control, treated in of_the_claim)
    if differences == claim.differences:
        return claim
    return replace(claim, beside=paired_t(differences, claim.interval.level))
