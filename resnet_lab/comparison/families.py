"""Families of claims: the order of their tests, their levels, and the verdicts of one contrast."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from resnet_lab.comparison.claims import (
    ALPHA,
    FEWEST_PAIRS,
    Claim,
    IntervalAt,
    Uncertainty,
    all_with_verdict,
    at_level,
    unmeasured,
    with_verdict,
)
from resnet_lab.comparison.folds import Folds
from resnet_lab.comparison.image_differences import PerImage
from resnet_lab.comparison.measures import Measures
from resnet_lab.comparison.questions import DEGRADATION, MECHANISM, PERFORMANCE, QUESTIONS, Question
from resnet_lab.statistics.crossed import crossed, deciding_interval
from resnet_lab.statistics.folds import fold_interval
from resnet_lab.statistics.holm import holm, holm_levels
from resnet_lab.statistics.intervals import paired_t
from resnet_lab.statistics.permutation import MOST_PAIRS, permutation_test
from resnet_lab.statistics.planning import images_forbid, needed

PRIMARY = "accuracy"
TWO_POINTS = 0.02
"""Difference that is planned for if no other is fixed in advance."""


@dataclass(frozen=True)
class Rules:
    """Rules of a test, fixed before the runs.

    Attributes:
        level: Chance of a false verdict in each family of one contrast: ``ALPHA``, or the level of a look, divided by
            the number of contrasts.
        worth: The smallest difference worth having, as a share; None if none is fixed.
        primary: The claim that is tested first; None if another claim, over several contrasts, is tested instead.
        tested: Whether the claims are tested; false before the first look of a plan.
        mechanism: Level of the claims on mechanism, if it is another one than ``level``.
    """

    level: float = ALPHA
    worth: float | None = None
    primary: str | None = PRIMARY
    tested: bool = True
    mechanism: float | None = None

    def level_of(self, family: str) -> float:
        """Return the level of a family of claims."""
        return self.level if family != MECHANISM or self.mechanism is None else self.mechanism


def judge(
    pairs: Mapping[int, tuple[Measures, Measures]],
    rules: Rules | None = None,
    *,
    images: Mapping[str, PerImage] | None = None,
    folds: Folds | None = None,
    diverged: bool = False,
    joint: Mapping[str, float] | None = None,
) -> list[Claim]:
    """Return the verdict on every claim of one contrast, in the order of ``QUESTIONS``.

    Performance is one family. Its primary claim is tested first, at the level of the rules. The other claims of the
    family are tested only if the interval of the primary claim excludes zero: together, at the same level, by Holm's
    procedure. So the chance of any false verdict in the family is at most the level (a fixed sequence of tests; Maurer,
    Hothorn and Lehmacher 1995). Mechanism is a second family, tested at the same level by Holm's procedure. A claim
    whose values show no spread counts with a p of 1. The interval of a claim is at the level of its own step
    (:func:`~resnet_lab.statistics.holm.holm_levels`), so it excludes zero or the fixed value exactly if the adjusted p
    is below the level.

    Args:
        pairs: Measures of the control and of the treated run, by seed
            (:func:`~resnet_lab.comparison.measures.paired_measures`). A claim leaves out a pair in which one of the two
            runs lacks its measure.
        rules: Level, worth and primary claim; by default ``Rules()``.
        images: Differences per image (:func:`~resnet_lab.comparison.image_differences.image_differences`), by measure.
            A claim with these for all its pairs is about images like these; the others are about these images.
        folds: Folds of the pairs; None if all pairs hold out the same images.
        diverged: Whether a run of the contrast diverged: then no claim is decided.
        joint: The p of each claim by which Holm's procedure orders and counts the claims, if a verdict needs another
            comparison, too (:func:`~resnet_lab.comparison.both_values.joint_p`); None: each claim has its own p.
    """
    rules, images = rules or Rules(), images or {}
    claims: dict[str, Claim] = {}
    intervals: dict[str, IntervalAt] = {}
    for question in QUESTIONS:
        claim = _with_values(question, pairs)
        if claim.seeds:
            primary = question.key == rules.primary
            worth = rules.worth if primary and question.unit == "points" else None
            claim = replace(claim, primary=primary, worth=worth)
            intervals[question.key] = _interval_at(claim, images.get(question.measure), folds)
            claim = at_level(_described(claim, images, folds), intervals[question.key], rules.level_of(question.family))
        claims[question.key] = claim
    if diverged:
        claims = {claim.key: claim for claim in all_with_verdict(claims, "diverged")}
    elif rules.tested:
        _test(claims, intervals, rules, folds, joint)
    done = {key: _with_second_intervals(claims[key], pairs, images, folds) for key in intervals}
    return [_planned(done[key], images, rules) if key in done else claim for key, claim in claims.items()]


def judge_alone(
    key: str, values: Mapping[int, tuple[float, float]], rules: Rules | None = None, *, diverged: bool = False
) -> Claim:
    """Return the verdict on one claim that is tested alone.

    Args:
        key: Of the question.
        values: Of the control and of the treated arm, by ascending seed.
        rules: Level and worth; by default ``Rules()``.
        diverged: Whether a run behind the values diverged: then the claim is not decided.
    """
    rules, question = rules or Rules(), next(q for q in QUESTIONS if q.key == key)
    measure = question.measure
    claim = _with_values(question, {seed: ({measure: a}, {measure: b}) for seed, (a, b) in values.items()})
    if not claim.seeds:
        return claim
    claim = at_level(
        replace(_described(claim, {}, None), worth=rules.worth), _interval_at(claim, None, None), rules.level
    )
    if diverged:
        return replace(claim, verdict="diverged")
    return with_verdict(replace(claim, p_holm=claim.p)) if rules.tested else claim


def _test(
    claims: dict[str, Claim],
    intervals: Mapping[str, IntervalAt],
    rules: Rules,
    folds: Folds | None,
    joint: Mapping[str, float] | None,
) -> None:
    """Give every claim that is tested its verdict, family by family."""
    primary = claims.get(rules.primary or "")
    if primary is not None and primary.seeds:
        claims[primary.key] = primary = _verdict_alone(primary, folds)
        if primary.interval is not None and primary.interval.side and primary.is_decided:
            others = [key for key in _tested(claims, PERFORMANCE) if key != primary.key]
            _test_together(claims, intervals, others, rules.level, folds, joint)
    for family in (MECHANISM, DEGRADATION):
        _test_together(claims, intervals, _tested(claims, family), rules.level_of(family), folds, joint)


def _tested(claims: Mapping[str, Claim], family: str) -> list[str]:
    return [key for key, claim in claims.items() if claim.family == family and claim.seeds]


def _test_together(
    claims: dict[str, Claim],
    intervals: Mapping[str, IntervalAt],
    keys: Collection[str],
    level: float,
    folds: Folds | None,
    joint: Mapping[str, float] | None,
) -> None:
    """Test claims by Holm's procedure; a single pair is not tested, but its verdict says that it decides nothing."""
    counted = [key for key in keys if len(claims[key].seeds) > 1 and (joint is None or key in joint)]
    for key in keys:
        claims[key] = with_verdict(claims[key])
    family = [joint[key] if joint is not None else 1.0 if (p := claims[key].p) is None else p for key in counted]
    adjusted = zip(counted, holm(family), holm_levels(family, level), strict=True)
    for key, p_holm, step in adjusted:
        claim = at_level(claims[key], intervals[key], step)
        claim = replace(claim, p_holm=None if claim.p is None else p_holm, tested_with=len(family))
        claims[key] = _checked_folds(with_verdict(claim), folds)


def _verdict_alone(claim: Claim, folds: Folds | None) -> Claim:
    return _checked_folds(with_verdict(replace(claim, p_holm=claim.p)), folds)


def _checked_folds(claim: Claim, folds: Folds | None) -> Claim:
    """Return a claim without a decision if a fold has no pair."""
    return claim if folds is None or folds.complete else replace(claim, verdict="undecided")


def _with_values(question: Question, pairs: Mapping[int, tuple[Measures, Measures]]) -> Claim:
    measure = question.measure
    values = {
        seed: (control[measure], treated[measure])
        for seed, (control, treated) in sorted(pairs.items())
        if measure in control and measure in treated
    }
    claim = unmeasured(question)
    if not values:
        return claim
    control, treated = zip(*values.values(), strict=True)
    return replace(claim, seeds=tuple(values), control=control, treated=treated)


def _described(claim: Claim, images: Mapping[str, PerImage], folds: Folds | None) -> Claim:
    """Return a claim with its permutation test, and with what its interval is about."""
    if claim.against is None and len(claim.seeds) <= MOST_PAIRS:
        claim = replace(claim, permutation=permutation_test(claim.differences))
    if folds is not None:
        return replace(claim, folds=len({folds.of_seed[seed] for seed in claim.seeds}))
    per_image = images.get(claim.measure)
    if per_image is None or len(claim.seeds) < 2:
        return claim
    analysis = crossed(_stacked(per_image, claim.seeds))
    if not analysis.variance > 0:  # all values are equal, or there is one image
        return claim
    shares = analysis.share_images, analysis.share_seeds
    return replace(claim, uncertainty=Uncertainty(analysis.n_seeds, analysis.n_images, *shares))


def _interval_at(claim: Claim, per_image: PerImage | None, folds: Folds | None) -> IntervalAt:
    values, against = (claim.differences, 0.0) if claim.against is None else (claim.control, claim.against)
    if folds is not None:
        means = [
            float(
                np.mean([value for seed, value in zip(claim.seeds, values, strict=True) if folds.of_seed[seed] == fold])
            )
            for fold in sorted({folds.of_seed[seed] for seed in claim.seeds})
        ]
        return lambda level: replace(fold_interval(means, folds.test_share, level), against=against)
    if per_image is None or claim.against is not None:
        return lambda level: paired_t(values, level, against)
    stacked = _stacked(per_image, claim.seeds)
    return lambda level: deciding_interval(stacked, level)


def _with_second_intervals(
    claim: Claim, pairs: Mapping[int, tuple[Measures, Measures]], images: Mapping[str, PerImage], folds: Folds | None
) -> Claim:
    """Return a claim with the interval about these images, and with the interval at the other checkpoint."""
    assert claim.interval is not None
    level = claim.interval.level
    if claim.uncertainty is not None:
        claim = replace(claim, these_images=paired_t(claim.differences, level))
    second = next(question.beside for question in QUESTIONS if question.key == claim.key)
    paired = [pairs[seed] for seed in claim.seeds]
    if second is None or not all(second in run for pair in paired for run in pair):
        return claim
    other = replace(
        claim,
        control=tuple(control[second] for control, _ in paired),
        treated=tuple(treated[second] for _, treated in paired),
    )
    if other.differences == claim.differences:
        return claim
    return replace(claim, beside=_interval_at(other, images.get(second), folds)(level))


def _planned(claim: Claim, images: Mapping[str, PerImage], rules: Rules) -> Claim:
    """Return an undecided primary claim with the seeds and images that would find a difference worth having."""
    if (
        claim.key != rules.primary
        or claim.verdict != "undecided"
        or claim.uncertainty is None
        or claim.unit != "points"
    ):
        return claim
    if len(claim.seeds) < FEWEST_PAIRS:
        return claim
    analysis = crossed(_stacked(images[claim.measure], claim.seeds))
    return replace(
        claim,
        needed=needed(analysis, rules.worth or TWO_POINTS, level=rules.level),
        images_forbid=images_forbid(analysis, rules.worth, rules.level),
    )


def _stacked(per_image: PerImage, seeds: Collection[int]) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    return np.stack([per_image[seed] for seed in seeds])


def primary_claim(claims: Collection[Claim]) -> Claim:
    """Return the claim by which the arms are judged, which stands at the top of a report; else that on accuracy."""
    return next((claim for claim in claims if claim.primary), accuracy_claim(claims))


def accuracy_claim(claims: Collection[Claim]) -> Claim:
    """Return the claim on accuracy."""
    return next(claim for claim in claims if claim.key == PRIMARY)
