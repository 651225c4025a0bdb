"""Divergence as an outcome: in how many pairs the run of one arm, of the other, of both or of neither diverged."""

from dataclasses import dataclass

from resnet_lab.comparison.pairing import Contrast
from resnet_lab.runs.divergence import has_diverged
from resnet_lab.statistics.mcnemar import mcnemar


@dataclass(frozen=True)
class Divergence:
    """Numbers of pairs of a contrast by the run that diverged.

    Attributes:
        only_control: Pairs of which only the run of the control diverged.
        only_treated: Pairs of which only the treated run diverged.
        both: Pairs of which both runs diverged.
        neither: Pairs of which no run diverged.
    """

    only_control: int
    only_treated: int
    both: int
    neither: int

    @property
    def p(self) -> float:
        """Two-sided p of the exact test that a run of either arm diverges with equal chance.

        It is McNemar's test over pairs: the two runs of a seed share initial weights and batches, so that they may well
        diverge together (:func:`~resnet_lab.statistics.mcnemar.mcnemar`).
        """
        return mcnemar(self.only_control, self.only_treated)


def divergence(contrast: Contrast) -> Divergence:
    """Return the numbers of pairs of a contrast by the run that diverged."""
    outcomes = [tuple(map(has_diverged, pair)) for pair in contrast.lost.values()]
    return Divergence(
        outcomes.count((True, False)), outcomes.count((False, True)), outcomes.count((True, True)), len(contrast.pairs)
    )
