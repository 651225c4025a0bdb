"""Starts of two runs that are compared: weights that were drawn, or trained before, alike or not."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from resnet_lab.runs import Run
from resnet_lab.runs.start import INIT_FROM, start_text
from resnet_lab.runs.status import Start

_RESIDUAL = "model.residual"


@dataclass(frozen=True)
class UnlikeStarts:
    """Starts of the two runs of a pair whose difference could come from an earlier training.

    Attributes:
        seed: The seed of the pair.
        control: The trained weights that the control started from; None if its weights were drawn.
        treated: Those of the treated run.
    """

    seed: int
    control: Start | None
    treated: Start | None


def beginning(runs: Iterable[Run]) -> Literal["drawn", "trained", "mixed"]:
    """Return with which weights runs began: all with ``drawn`` ones, all with ``trained`` ones, or ``mixed``."""
    started = {run.status().init_from is not None for run in runs}
    return "mixed" if len(started) > 1 else "trained" if True in started else "drawn"


def unlike_starts(control: Run, treated: Run, factor: str) -> UnlikeStarts | None:
    """Return the starts of a pair if they were not alike; None if they were.

    Starts are alike if all weights were drawn; or if each run started from a run of its own seed, and both sources had
    the same data and the same settings. A fit starts from a run of its own network only, so both are then twins that
    were trained twice. If the residual connection is not what is compared, equal weights are alike too.

    Args:
        control: The control.
        treated: The treated run, of the same seed.
        factor: The compared key. If it is the start itself, any two starts may be compared.
    """
    of_control, of_treated = control.status(), treated.status()
    starts = of_control.init_from, of_treated.init_from
    if factor == INIT_FROM or starts == (None, None):
        return None
    if None not in starts:
        twins = all(start.kind == "run" and start.seed == of_control.seed for start in starts if start is not None)
        if twins and start_text(of_control) == start_text(of_treated):
            return None
        sums = {start.weights_sha256 for start in starts if start is not None}
        if factor != _RESIDUAL and len(sums) == 1:
            return None
    return UnlikeStarts(of_control.seed, *starts)
