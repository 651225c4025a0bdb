"""Folds of a contrast: the fold that each pair holds out, and the size of a fold."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from resnet_lab.comparison.conditions import FOLD
from resnet_lab.comparison.pairing import Contrast
from resnet_lab.config.flatten import flatten
from resnet_lab.errors import InputError
from resnet_lab.runs import Run


@dataclass(frozen=True)
class Folds:
    """Folds of the pairs of a contrast.

    Attributes:
        number: Number of folds k.
        of_seed: Fold of each pair, 1 to k, by seed.
        test_share: Held-out images of a fold as a share of those plus its training images.
    """

    number: int
    of_seed: Mapping[int, int]
    test_share: float

    @property
    def complete(self) -> bool:
        """Whether every fold has a pair."""
        return set(self.of_seed.values()) == set(range(1, self.number + 1))


def folds_of(contrast: Contrast) -> Folds | None:
    """Return the folds of a contrast; None if all its pairs hold out the same images.

    Args:
        contrast: A contrast with a pair. The two runs of a pair hold out the same fold.

    Raises:
        InputError: Only some of the pairs have a fold, or the numbers of folds differ.
    """
    named = {seed: _fold(pair[0]) for seed, pair in contrast.pairs.items()}
    if len({*named.values()}) == 1:
        return None
    numbers = {fold.partition("/")[2] if fold else "" for fold in named.values()}
    if len(numbers) > 1:
        said = ", ".join(f"seed {seed}: {fold or 'none'}" for seed, fold in named.items())
        raise InputError(
            f"The pairs of {' and '.join(contrast.arms)} have folds of different kinds ({said}). Compare pairs with "
            "the same number of folds."
        )
    sizes = [pair[0].status().split_sizes for pair in contrast.pairs.values()]
    return Folds(
        int(numbers.pop()),
        {seed: int(fold.partition("/")[0]) for seed, fold in named.items() if fold},
        fmean(size["test"] / (size["test"] + size["train"]) for size in sizes),
    )


def _fold(run: Run) -> str | None:
    fold = flatten(run.config()).get(FOLD)
    return None if fold is None else str(fold)
