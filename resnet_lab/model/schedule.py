"""Learning-rate schedule: linear warm-up, then a cosine to zero or falls by a factor of ten."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from resnet_lab.errors import InputError

if TYPE_CHECKING:
    import lightning.pytorch as pl

Schedule = Literal["cosine", "steps"]
HE_ET_AL = (0.5, 0.75)
"""Milestones of He et al. 2015 (arXiv:1512.03385, section 4.2): 32,000 and 48,000 of 64,000 steps."""


def rate_factor(
    step: int,
    *,
    warmup_steps: int,
    total_steps: int,
    schedule: Schedule = "cosine",
    milestones: Sequence[float] | None = None,
) -> float:
    """Return the factor on the peak learning rate for optimizer step ``step``.

    Warm-up ends exactly at the peak, so that the curve is continuous: Goyal et al. 2017 (arXiv:1706.02677, section
    2.2). ``cosine``: one cycle to zero, Loshchilov and Hutter 2017 (arXiv:1608.03983, eq. 5). The factor of the last
    step, ``total_steps - 1``, is small but not zero. At ``step == total_steps``, which is after training, the cosine
    has reached zero. ``steps``: a tenth of the rate from each milestone on, He et al. 2015 (arXiv:1512.03385, section
    4.2).

    Args:
        step: Number of optimizer steps done.
        warmup_steps: Steps of the warm-up; with 0 the cosine starts at the first step.
        total_steps: Steps of the whole training; if there are no more than ``warmup_steps``, all are warm-up.
        schedule: What follows the warm-up.
        milestones: Shares of ``total_steps``, ascending, for ``steps``; without them, those of He et al. 2015.

    >>> [round(rate_factor(s, warmup_steps=2, total_steps=6), 3) for s in range(7)]
    [0.5, 1.0, 1.0, 0.854, 0.5, 0.146, 0.0]
    >>> [rate_factor(s, warmup_steps=0, total_steps=4, schedule="steps") for s in range(4)]
    [1.0, 1.0, 0.1, 0.01]
    """
    if step < warmup_steps:
        return (step + 1) / warmup_steps
    if schedule == "steps":
        # A milestone that falls between two steps counts from the next step on; 0.55 of 64,000 is 35,200, not above it.
        steps = (math.ceil(round(share * total_steps, 6)) for share in milestones or HE_ET_AL)
        return float(10 ** -sum(step >= first for first in steps))
    if total_steps <= warmup_steps:
        return 1.0
    progress = (step - warmup_steps) / (total_steps - warmup_steps)
    return 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))


def training_steps(trainer: pl.Trainer) -> tuple[int, int]:
    """Return the optimizer steps per epoch and of the whole fit.

    Args:
        trainer: Trainer in its fit, when optimizers are made.

    Raises:
        InputError: The fit has no end.
    """
    total_steps = trainer.estimated_stepping_batches
    if math.isinf(total_steps):
        raise InputError("The schedule needs an end: set trainer.max_epochs or trainer.max_steps.")
    trainer.fit_loop.setup_data()  # counts the batches; the estimate skips that if max_steps is set
    return math.ceil(trainer.num_training_batches / trainer.accumulate_grad_batches), int(total_steps)
