"""What is claimed of the treated arm, and what the runs say to it: one verdict a claim, never more than they show."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from resnet_lab.comparison.holm import holm, holm_levels
from resnet_lab.comparison.intervals import Interval, p_value, paired_t, seeds_needed
from resnet_lab.comparison.mcnemar import mcnemar, paired_proportions
from resnet_lab.comparison.measures import run_measures
from resnet_lab.comparison.permutation import MOST_PAIRS, Permutation, permutation_test
from resnet_lab.errors import InputError
from resnet_lab.runs import Run

VERDICTS = ("supported", "contradicted", "undecided", "not_measured")
PRIMARY = "accuracy"
ALPHA = 0.05
FEWEST_PAIRS = 3
"""Fewer seed pairs decide nothing."""


@dataclass(frozen=True)
class Question:
    """A claim before the data.

    Attributes:
        key: Its name.
        measure: The figure of :func:`resnet_lab.comparison.measures.run_measures` that decides it; None while no run
            has one.
        better: Which side of the difference, treated minus control, supports it.
        unit: Of the figure: ``points`` is a share, ``nats`` a loss.
    """

    key: str
    measure: str | None
    better: Literal["higher", "lower"]
    unit: Literal["points", "nats"]


QUESTIONS = (
    Question("accuracy", "test/best/accuracy", "higher", "points"),
    Question("loss", "test/best/loss", "lower", "nats"),
    Question("convergence", "convergence/area", "higher", "points"),
    Question("steadiness", "steadiness/roughness", "lower", "nats"),
    Question("gap", "gap/accuracy", "lower", "points"),
    Question("gradient_flow", None, "higher", "points"),
    Question("vanishing_gradients", None, "lower", "points"),
    Question("degradation", None, "lower", "points"),
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
        verdict: One of ``VERDICTS``.
        seeds: Those whose two runs both have the figure, ascending.
        control: The figure of the control, by seed.
        treated: The figure of the treated arm, by seed.
        interval: Around the mean of treated minus control, at the confidence that decides: 95% for the primary claim,
            one minus the level of its step in Holm's procedure for another. None without figures.
        p: Two-sided, of the paired t test; None without spread: below two pairs, or where all differences are equal.
        p_holm: ``p`` after Holm's correction over the family.
        family: How many claims are corrected together; the primary one is alone.
        permutation: Exact permutation test; None without figures, and above ``MOST_PAIRS`` pairs.
        seeds_needed: Where the claim is undecided: how many pairs a difference of this mean and spread would need,
            at least ``FEWEST_PAIRS``; None where that cannot be said.
    """

    key: str
    measure: str | None
    better: Literal["higher", "lower"]
    unit: Literal["points", "nats"]
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

    @property
    def differences(self) -> tuple[float, ...]:
        """Treated minus control, by seed."""
        return tuple(treated - control for control, treated in zip(self.control, self.treated, strict=True))


def judge(pairs: Mapping[int, tuple[Run, Run]]) -> list[Claim]:
    """Return the verdict on every claim, in the order of ``QUESTIONS``.

    Args:
        pairs: The control's and the treated run, by seed.
    """
    return judge_measures(
        {seed: (run_measures(control), run_measures(treated)) for seed, (control, treated) in pairs.items()}
    )


def judge_measures(pairs: Mapping[int, tuple[Mapping[str, float], Mapping[str, float]]]) -> list[Claim]:
    """Return the verdict on every claim, from figures.

    The primary claim is tested alone, at ``ALPHA``. The others that have figures are one family, tested by Holm's
    procedure at ``ALPHA``; a claim without spread counts among them, as one of p 1. Each interval is at the level of
    its own step (:func:`holm_levels`), so that it excludes zero exactly where the adjusted p is below ``ALPHA``; it
    shows why a claim is decided or not, and is no simultaneous interval. A false verdict then has a chance of at most
    5% on the primary claim, and of at most 5% on any of the others.

    Args:
        pairs: Figures (:func:`run_measures`) of the control's and of the treated run, by seed. A pair where one of the
            two lacks a claim's figure is left out of that claim.
    """
    claims = {question.key: _with_figures(question, pairs) for question in QUESTIONS}
    others = [claim for key, claim in claims.items() if key != PRIMARY and len(claim.seeds) > 1]
    family = [1.0 if claim.p is None else claim.p for claim in others]
    for claim, p_holm, level in zip(others, holm(family), holm_levels(family, ALPHA), strict=True):
        claims[claim.key] = replace(
            claim,
            interval=paired_t(claim.differences, 1 - level),
            p_holm=None if claim.p is None else p_holm,
            family=len(family),
        )
    return [_with_verdict(claim) for claim in claims.values()]


def _with_figures(question: Question, pairs: Mapping[int, tuple[Mapping[str, float], Mapping[str, float]]]) -> Claim:
    claim = Claim(question.key, question.measure, question.better, question.unit, "not_measured")
    measure = question.measure
    measured = {
        seed: (control[measure], treated[measure])
        for seed, (control, treated) in sorted(pairs.items())
        if measure is not None and measure in control and measure in treated
    }
    if not measured:
        return claim
    control, treated = zip(*measured.values(), strict=True)
    claim = replace(claim, seeds=tuple(measured), control=control, treated=treated)
    interval = paired_t(claim.differences, 1 - ALPHA)
    p = p_value(interval) if interval.has_spread else None
    permutation = permutation_test(claim.differences) if interval.n <= MOST_PAIRS else None
    return replace(claim, interval=interval, p=p, p_holm=p, permutation=permutation)


def _with_verdict(claim: Claim) -> Claim:
    interval = claim.interval
    if interval is None:
        return claim
    if interval.n >= FEWEST_PAIRS and interval.side:
        supports = interval.side == (1 if claim.better == "higher" else -1)
        return replace(claim, verdict="supported" if supports else "contradicted")
    needed = seeds_needed(interval)
    return replace(claim, verdict="undecided", seeds_needed=needed and max(needed, FEWEST_PAIRS))


@dataclass(frozen=True)
class NetPair:
    """Two trained nets of one seed on the same test images: best checkpoints. Says nothing of their arms.

    Attributes:
        seed: Of both runs.
        only_control: Images that only the control's net classified right.
        only_treated: Images that only the treated net did.
        n: All test images.
        p: Two-sided, of the exact McNemar test.
        interval: Of the difference of accuracies, treated minus control, over images.
    """

    seed: int
    only_control: int
    only_treated: int
    n: int
    p: float
    interval: Interval


def net_pairs(pairs: Mapping[int, tuple[Run, Run]]) -> list[NetPair]:
    """Return how the two nets of each seed differ, image by image; never pooled over seeds.

    Raises:
        InputError: The two runs of a seed were tested on different images.
    """
    return [_net_pair(seed, *pairs[seed]) for seed in sorted(pairs)]


def _net_pair(seed: int, control: Run, treated: Run) -> NetPair:
    control_right, treated_right = _right(control), _right(treated)
    if control_right.keys() != treated_right.keys():
        raise InputError(
            f"{control.path} and {treated.path} were tested on different images: run `resnet-lab test` again for both."
        )
    only_control = sum(right and not treated_right[path] for path, right in control_right.items())
    only_treated = sum(right and not control_right[path] for path, right in treated_right.items())
    n = len(control_right)
    interval = paired_proportions(only_control, only_treated, n, 1 - ALPHA)
    return NetPair(seed, only_control, only_treated, n, mcnemar(only_control, only_treated), interval)


def _right(run: Run) -> dict[str, bool]:
    """Return whether the best checkpoint classified each test image right, by its path."""
    return {row["path"]: row["label"] == row["predicted"] for row in run.test_predictions("best")}
