"""Looks of a planned comparison: the pairs of each contrast that are judged at the last look that is complete."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from resnet_lab.comparison.pairing import Contrast, Pairing
from resnet_lab.comparison.plan import Plan
from resnet_lab.comparison.procedure import Procedure
from resnet_lab.comparison.questions import DEGRADATION


@dataclass(frozen=True)
class AtLook:
    """Pairs that are judged.

    Attributes:
        pairing: The contrasts, each with the pairs of its last complete look; with all pairs before its first look.
        looks: Number of pairs at the last complete look of each contrast; None before its first look, and without
            looks.
        beyond: Runs that are left out, because their pair belongs to a look that is not complete.
        depth_look: The look of a claim over the depths, from the contrasts that are judged by degradation, if any.
    """

    pairing: Pairing
    looks: tuple[int | None, ...]
    beyond: tuple[str, ...] = ()
    depth_look: int | None = None

    @property
    def common_look(self) -> int | None:
        """The earliest of the looks; None if a contrast is before its first look."""
        return _common(self.looks)


def at_look(pairing: Pairing, plan: Plan | None) -> AtLook:
    """Return the pairs that are judged. A look is complete when the first seeds of the plan have their pairs.

    Contrasts that are judged by degradation are judged together, so their look is the same.

    Args:
        pairing: All pairs.
        plan: The plan; None, or a plan without looks, leaves the pairs as they are.
    """
    contrasts = pairing.contrasts
    if plan is None or not plan.looks:
        return AtLook(pairing, (None,) * len(contrasts))
    questions = [Procedure(plan).question(contrast) for contrast in contrasts]
    asked = [question == DEGRADATION for question in questions]
    together = [contrast.partners for contrast, by_depth in zip(contrasts, asked, strict=True) if by_depth]
    looks = tuple(
        last_look(plan, together if by_depth else [contrast.partners])
        for contrast, by_depth in zip(contrasts, asked, strict=True)
    )
    judged = tuple(_first_pairs(contrast, look, plan) for contrast, look in zip(contrasts, looks, strict=True))
    beyond = [
        run.label
        for contrast, kept in zip(contrasts, judged, strict=True)
        for seed, pair in contrast.partners.items()
        if seed not in kept.partners
        for run in pair
    ]
    depth_look = last_look(plan, together) if together else _common(looks)
    return AtLook(replace(pairing, contrasts=judged), looks, tuple(beyond), depth_look)


def last_look(plan: Plan, complete: Sequence[Collection[int]]) -> int | None:
    """Return the number of pairs at the last look that is complete; None before the first look.

    Args:
        plan: The plan.
        complete: Seeds of the complete pairs, of each contrast that is judged together.
    """
    reached = pairs_in_a_row(plan.seeds, complete)
    return max((look for look in plan.looks if look <= reached), default=None)


def pairs_in_a_row(seeds: Iterable[int], complete: Sequence[Collection[int]]) -> int:
    """Return the number of seeds, from the first on, whose pairs are complete in every contrast.

    >>> pairs_in_a_row([3, 1, 2], [{1, 3}])
    2
    """
    reached = 0
    for seed in seeds:
        if not all(seed in seeds_of_one for seeds_of_one in complete):
            break
        reached += 1
    return reached


def _common(looks: Sequence[int | None]) -> int | None:
    reached = [look for look in looks if look is not None]
    return min(reached, default=None) if len(reached) == len(looks) else None


def _first_pairs(contrast: Contrast, look: int | None, plan: Plan) -> Contrast:
    if look is None:
        return contrast
    return contrast.of_seeds(frozenset(plan.seeds[:look]))
