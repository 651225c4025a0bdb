"""Learning-rate schedule: linear warm-up, then cosine to zero."""

import math


def warmup_cosine(step: int, *, warmup_steps: int, total_steps: int) -> float:
    """Return the factor on the peak learning rate for optimizer step ``step``.

    Warm-up ends exactly at the peak, so that the curve is continuous. The factor of the last step, ``total_steps - 1``,
    is small but not zero. At ``step == total_steps``, which is after training, the cosine has reached zero.
    Cosine annealing: Loshchilov and Hutter 2017 (arXiv:1608.03983, eq. 5), one cycle; warm-up: Goyal et al.
    2017 (arXiv:1706.02677, section 2.2).

    Args:
        step: Number of optimizer steps done.
        warmup_steps: Steps of the warm-up; with 0 the cosine starts at the first step.
        total_steps: Steps of the whole training; if there are no more than ``warmup_steps``, all are warm-up.

    >>> [round(warmup_cosine(s, warmup_steps=2, total_steps=6), 3) for s in range(7)]
    [0.5, 1.0, 1.0, 0.854, 0.5, 0.146, 0.0]
    """
    if step < warmup_steps:
        return (step + 1) / warmup_steps
    if total_steps <= warmup_steps:
        return 1.0
    progress = (step - warmup_steps) / (total_steps - warmup_steps)
    return 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))
