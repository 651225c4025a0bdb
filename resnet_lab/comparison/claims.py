"""Claim: the values of a question in both arms, the intervals around them, and the verdict."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from resnet_lab.comparison.questions import Question, Side
from resnet_lab.statistics.intervals import Interval, p_value
from resnet_lab.statistics.permutation import Permutation
from resnet_lab.statistics.planning import Needed

VERDICTS = (
    "supported",
    "contradicted",
    "small",
    "equivalent",
    "undecided",
    "diverged",
    "other_start",
    "not_tested",
    "not_measured",
)
"""``small`` is a difference that is smaller than worth having; ``equivalent`` is no difference worth having.

With ``other_start``, the arms began with weights that were not made alike (:mod:`~resnet_lab.comparison.starts`)."""

DECIDED = VERDICTS[:4]
UNJUDGED = ("diverged", "other_start", "not_tested")
"""Verdicts on a claim that has values and no test."""
ALPHA = 0.05
FEWEST_PAIRS = 3
"""Fewer seed pairs decide nothing."""

IntervalAt = Callable[[float], Interval]
"""Interval around the value of a claim, by its confidence."""


@dataclass(frozen=True)
class Uncertainty:
    """Parts of the uncertainty of a mean difference over seeds and images.

    Attributes:
        seeds: Number of seeds.
        images: Number of test images.
        share_of_images: Share of the variance of the mean difference that only more images can lower, 0 to 1.
        share_of_seeds: Share that only more seeds can lower.
    """

    seeds: int
    images: int
    share_of_images: float
    share_of_seeds: float

    @property
    def share_of_both(self) -> float:
        """Share of the variance that more images and more seeds both lower."""
        return max(0.0, 1 - self.share_of_images - self.share_of_seeds)


@dataclass(frozen=True)
class SecondComparison:
    """Second comparison of a tuned treated arm: with the control at the value that the treated arm chose.

    Attributes:
        first_verdict: The verdict of the arms at their own values.
        verdict: The verdict of this comparison.
        interval: Around the mean of treated minus control; None without values.
    """

    first_verdict: str
    verdict: str
    interval: Interval | None


@dataclass(frozen=True)
class Claim:
    """A claim and its verdict.

    Attributes:
        key: Name of the question, as in ``QUESTIONS``.
        measure: Key of the measure that decides.
        better: The side that supports the claim.
        unit: Of the measure; a key of :data:`~resnet_lab.comparison.questions.UNITS`.
        against: The fixed value with which the control is compared; None if the claim is about the difference.
        family: Name of the family of claims that the claim is tested in.
        verdict: One of ``VERDICTS``.
        primary: Whether the claim is the one by which the arms are judged.
        seeds: The seeds whose two runs both have the measure, ascending.
        control: Values of the control, by seed.
        treated: Values of the treated arm, by seed.
        interval: Around the mean of treated minus control, or around the mean of the control if it is compared with a
            fixed value. It decides: with values per image it is about images like these and nets trained anew
            (:func:`~resnet_lab.statistics.crossed.deciding_interval`); with folds it is about photographs of the whole
            data set (:func:`~resnet_lab.statistics.folds.fold_interval`); otherwise it is about these images and nets
            trained anew (:func:`~resnet_lab.statistics.intervals.paired_t`). None without values.
        these_images: Interval about these images and nets trained anew, beside an ``interval`` about images like these.
        uncertainty: Parts of the uncertainty behind an ``interval`` about images like these.
        folds: Number of folds behind ``interval``; None without folds.
        p: Two-sided p of the test behind ``interval``; None without spread.
        p_holm: ``p`` after Holm's correction over the claims that are tested together; None if the claim is not tested.
        tested_with: Number of claims that are corrected together; 1 for a claim that is tested alone.
        permutation: Exact permutation test of the difference over seeds. None without values, for many pairs, and for
            a claim about the control alone, which has no arms to exchange.
        worth: The smallest difference worth having, in the unit of the measure; None if it was not fixed in advance.
        needed: Seeds and images that would find a difference worth having; None unless the claim is undecided and its
            interval is about images like these.
        images_forbid: Whether no number of further seeds can decide the claim with these images.
        beside: Interval of the difference in the second measure of the question, over the same seeds and at the same
            confidence. None if the question has no second measure, or if both differences are equal in every pair.
        second: Second comparison, whose verdict has to be the same; None unless the arms chose different values.
    """

    key: str
    measure: str
    better: Side
    unit: str
    against: float | None
    family: str
    verdict: str
    primary: bool = False
    seeds: tuple[int, ...] = ()
    control: tuple[float, ...] = ()
    treated: tuple[float, ...] = ()
    interval: Interval | None = None
    these_images: Interval | None = None
    uncertainty: Uncertainty | None = None
    folds: int | None = None
    p: float | None = None
    p_holm: float | None = None
    tested_with: int = 1
    permutation: Permutation | None = None
    worth: float | None = None
    needed: Needed | None = None
    images_forbid: bool = False
    beside: Interval | None = None
    second: SecondComparison | None = None

    @property
    def differences(self) -> tuple[float, ...]:
        """Treated minus control, by seed."""
        return tuple(treated - control for control, treated in zip(self.control, self.treated, strict=True))

    @property
    def verdict_beside(self) -> str:
        """The verdict that ``beside`` would give by itself."""
        assert self.beside is not None
        return verdict_of(self.beside, self.better, self.worth)

    @property
    def is_decided(self) -> bool:
        """Whether the verdict is about a difference: which side it is on, or that it is not worth having."""
        return self.verdict in DECIDED

    @property
    def about(self) -> str:
        """Population of ``interval``: ``new_images``, ``folds``, or ``these_images``."""
        if self.uncertainty is not None:
            return "new_images"
        return "these_images" if self.folds is None else "folds"


def unmeasured(question: Question) -> Claim:
    """Return the claim of a question without values."""
    return Claim(
        question.key,
        question.measure,
        question.better,
        question.unit,
        question.against,
        question.family,
        "not_measured",
    )


def at_level(claim: Claim, interval_at: IntervalAt, level: float) -> Claim:
    """Return a claim with its interval at a level of its test, and without a verdict.

    Args:
        claim: The claim.
        interval_at: Its interval by confidence.
        level: Chance of a false verdict, such as 0.05.
    """
    interval = interval_at(1 - level)
    p = p_value(interval) if interval.has_spread else None
    return replace(claim, interval=interval, p=p, verdict="not_tested")


def with_verdict(claim: Claim) -> Claim:
    """Return a claim with the verdict of its interval."""
    if claim.interval is None:
        return claim
    return replace(claim, verdict=verdict_of(claim.interval, claim.better, claim.worth))


def verdict_of(interval: Interval, better: Side, worth: float | None = None) -> str:
    """Return the verdict of an interval, one of the first five of ``VERDICTS``.

    Args:
        interval: Around the difference, or around a value that is compared with a fixed value.
        better: The side that supports the claim.
        worth: The smallest difference worth having; None if it was not fixed in advance.
    """
    if interval.n < FEWEST_PAIRS or not interval.has_spread:
        return "undecided"
    if worth is not None and -worth < interval.low and interval.high < worth:
        return "small" if interval.side else "equivalent"
    if not interval.side:
        return "undecided"
    return "supported" if interval.side == (1 if better == "higher" else -1) else "contradicted"


def all_with_verdict(claims: Mapping[str, Claim], verdict: str) -> list[Claim]:
    """Return claims with values under one verdict, such as ``diverged``; claims without values stay as they are."""
    return [replace(claim, verdict=verdict) if claim.seeds else claim for claim in claims.values()]
