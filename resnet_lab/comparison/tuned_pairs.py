"""Pairs of tuned arms: each arm at its own value, and the treated arm against the control at the treated arm's value.

Two equal arms that choose different values by chance do differ. At one value they do not, so a difference of the arms
has to show in both comparisons.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from resnet_lab.comparison.pairing import Contrast, Pairing, pair
from resnet_lab.comparison.tuning import Choice, cell_at
from resnet_lab.errors import InputError
from resnet_lab.runs import Run


@dataclass(frozen=True)
class TunedPairs:
    """Pairs of a study whose arms were tuned.

    Attributes:
        choice: The choice.
        own: The contrasts of the arms, each at its own value.
        seconds: For each contrast of ``own``, the same treated runs against the control at the treated arm's value;
            None where both arms chose one value.
    """

    choice: Choice
    own: Pairing
    seconds: tuple[Contrast | None, ...]

    def seconds_of(self, judged: Pairing) -> list[Contrast | None]:
        """Return :attr:`seconds` with the seeds that are judged.

        Args:
            judged: The contrasts of ``own`` with some of their seeds.
        """
        both = zip(judged.contrasts, self.seconds, strict=True)
        return [None if second is None else second.of_seeds(first.partners.keys()) for first, second in both]


def pair_planned(runs: Sequence[Run], factor: str, choice: Choice | None) -> Pairing | TunedPairs:
    """Pair the runs of a study, whether its arms were tuned or not.

    Args:
        runs: As in :func:`~resnet_lab.comparison.pairing.pair`.
        factor: As there.
        choice: The choice; None without a tuning.

    Raises:
        InputError: As there, and as in :func:`pair_tuned`.
    """
    return pair(runs, factor) if choice is None else pair_tuned(runs, factor, choice)


def pair_tuned(runs: Sequence[Run], factor: str, choice: Choice) -> TunedPairs:
    """Pair the runs of tuned arms. A seed counts if it has all runs: the pair, and the control at the other value.

    Args:
        runs: Runs of the cells that are judged (:attr:`~resnet_lab.comparison.tuning.Choice.names`).
        factor: The compared key.
        choice: The choice.

    Raises:
        InputError: No two runs can be paired, or no pair has the control at both values.
    """
    key = choice.tuning.key
    own = pair([run for run in runs if run.name in choice.own_names], factor, apart=key)
    if not choice.differs:
        return TunedPairs(choice, own, (None,) * len(own.contrasts))
    names = [cell_at(cell, key, values[-1]) for cell, values in choice.values.items()]
    try:
        at_one_value = pair([run for run in runs if run.name in names], factor, apart=key).contrasts
    except InputError:
        at_one_value = ()
    found = {_treated(contrast): contrast for contrast in at_one_value}
    both = [(contrast, found[_treated(contrast)]) for contrast in own.contrasts if _treated(contrast) in found]
    both = [(first, second) for first, second in both if first.partners.keys() & second.partners.keys()]
    if not both:
        raise InputError(
            f"No pair has the control at both values of {key}, its own and that of the treated arm: run "
            "the study first."
        )
    kept = [_of_common_seeds(*contrasts) for contrasts in both]
    lone = [
        run.label
        for contrast in own.contrasts
        if _treated(contrast) not in map(_treated, (first for first, _ in both))
        for of_seed in contrast.partners.values()
        for run in of_seed
    ]
    contrasts, seconds = zip(*kept, strict=True)
    return TunedPairs(choice, replace(own, contrasts=contrasts, alone=(*own.alone, *lone)), seconds)


def _of_common_seeds(first: Contrast, second: Contrast) -> tuple[Contrast, Contrast | None]:
    """Return both contrasts with the seeds that both have; no second one if it is the first."""
    common = first.partners.keys() & second.partners.keys()
    left_out = [run.label for seed, pair in first.partners.items() if seed not in common for run in pair]
    kept = replace(first.of_seeds(common), unpaired=(*first.unpaired, *left_out))
    return kept, None if first.partners == second.partners else second.of_seeds(common)


def _treated(contrast: Contrast) -> str:
    return next(iter(contrast.partners.values()))[1].name
