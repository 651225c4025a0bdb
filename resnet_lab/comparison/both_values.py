"""Verdict at both values: an intersection-union test of the control at its own and at the treated arm's value.

The treated arm is judged against the control twice. A verdict stands only where both comparisons give it. If there is
no difference in one of the two, this one gives a false verdict with a chance of at most the level, and so do both
together (Berger 1982, Technometrics 24:295-300, theorem 1). So the larger p of both is a p of the claim. Holm's
procedure corrects these p where claims are tested together. A procedure per comparison would have the level twice: the
false verdict of one claim can come from one comparison, and that of another claim from the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from resnet_lab.comparison.claims import Claim, SecondComparison
from resnet_lab.comparison.degradation import DepthStudy, depth_studies
from resnet_lab.comparison.measures import Measures
from resnet_lab.comparison.pairing import Contrast
from resnet_lab.comparison.procedure import Procedure
from resnet_lab.comparison.questions import PERFORMANCE
from resnet_lab.runs import Run

_WITHOUT_TEST = ("diverged", "other_start", "not_measured", "not_tested")


def joint_p(claims: Sequence[Claim], others: Sequence[Claim]) -> dict[str, float]:
    """Return the p of each claim about both comparisons, for Holm's procedure.

    It is the larger p of both; 1 if a comparison has none, or if the differences lie on different sides. A claim about
    the control alone keeps its p. A claim that one of the comparisons did not measure in two pairs has none.

    Args:
        claims: Of the arms at their own values.
        others: The same claims, with the control at the value of the treated arm.
    """
    measured = [both for both in zip(claims, others, strict=True) if all(len(one.seeds) > 1 for one in both)]
    return {claim.key: _joint_p(claim, other) for claim, other in measured}


def _joint_p(claim: Claim, other: Claim) -> float:
    both = [claim] if claim.against is not None else [claim, other]
    sides = {one.interval.sign for one in both if one.interval is not None}
    if len(sides) > 1:
        return 1.0
    return max(1.0 if one.p is None else one.p for one in both)


def at_both(claims: Sequence[Claim], others: Sequence[Claim], *, diverged: bool) -> list[Claim]:
    """Return claims with the verdict that both comparisons give; ``undecided`` where they give different ones.

    A claim about the control alone is left as it is. The other claims on performance are tested only if both
    comparisons decide the primary claim in the same way.

    Args:
        claims: Of the arms at their own values.
        others: The same claims, with the control at the value of the treated arm.
        diverged: Whether a run of the second comparison diverged: then no claim is decided.
    """
    joined = [_joined(*both, diverged=diverged) for both in zip(claims, others, strict=True)]
    primary = next((claim for claim in joined if claim.primary), None)
    if primary is None or primary.is_decided or primary.verdict == "diverged":
        return joined
    return [_untested(claim) if claim.family == PERFORMANCE and claim is not primary else claim for claim in joined]


def depth_studies_at_both(
    contrasts: Sequence[Contrast],
    seconds: Sequence[Contrast | None],
    measures: Mapping[Run, Measures],
    procedure: Procedure,
) -> list[DepthStudy]:
    """Return the studies of depth, each with the verdict that both comparisons give if the arms chose two values.

    Args:
        contrasts: As in :func:`~resnet_lab.comparison.degradation.depth_studies`.
        seconds: The second comparison of each contrast; None where both arms chose one value.
        measures: The measures of each run.
        procedure: Procedure of the tests.
    """
    studies = depth_studies(contrasts, measures, procedure)
    if not any(seconds):
        return studies
    at_one_value = [second or first for first, second in zip(contrasts, seconds, strict=True)]
    lost = any(second.lost for second in seconds if second is not None)
    both = zip(studies, depth_studies(at_one_value, measures, procedure), strict=True)
    return [replace(one, claim=at_both([one.claim], [other.claim], diverged=lost)[0]) for one, other in both]


def _joined(claim: Claim, other: Claim, *, diverged: bool) -> Claim:
    if claim.against is not None or claim.interval is None:
        return claim
    first, second = claim.verdict, "diverged" if diverged else other.verdict
    verdict = next((one for one in _WITHOUT_TEST if one in (first, second)), first if first == second else "undecided")
    return replace(
        claim,
        verdict=verdict,
        images_forbid=claim.images_forbid or other.images_forbid,
        second=SecondComparison(first, second, other.interval),
    )


def _untested(claim: Claim) -> Claim:
    """Return a claim that the primary claim does not let be tested."""
    return replace(claim, verdict="not_tested", p_holm=None) if claim.is_decided else claim
