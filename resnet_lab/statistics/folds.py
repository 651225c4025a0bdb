"""Interval of a mean difference over folds, which hold out every image once."""

import math
from collections.abc import Sequence
from dataclasses import replace

from scipy.special import stdtrit

from resnet_lab.statistics.intervals import Interval, paired_t


def fold_interval(fold_means: Sequence[float], test_share: float, level: float = 0.95) -> Interval:
    """Return the t interval of a mean over folds, for new images and nets trained anew on as many.

    Folds train on many of the same images, so their means are not independent, and no unbiased estimate of the
    variance of their mean exists (Bengio and Grandvalet 2004, Journal of Machine Learning Research 5:1089-1105). The
    variance of one fold mean is multiplied by 1/k + n_test / n_train instead of 1/k (Nadeau and Bengio 2003, Machine
    Learning 52:239-281), a heuristic. Its coverage is simulated in ``benchmarks/fold_coverage.py``.

    Args:
        fold_means: Mean difference of each fold, over the seeds and the held-out images of the fold; k of them.
        test_share: Held-out images of a fold as a share of those plus its training images, n_test / (n_test + n_train):
            0.2 with five folds, if all other images are trained on.
        level: Confidence.

    Returns:
        The interval; ``sd`` and ``n`` are those of the folds. A single fold has nan ends.

    >>> interval = fold_interval([0.01, 0.02, 0.03, 0.02, 0.02], 0.2)
    >>> round(interval.low, 4), round(interval.high, 4)
    (0.0068, 0.0332)
    """
    plain = paired_t(fold_means, level)
    k = plain.n
    if k == 1:
        return plain
    se = plain.sd * math.sqrt(1 / k + test_share / (1 - test_share))
    half = float(stdtrit(k - 1, (1 + level) / 2)) * se
    return replace(plain, low=plain.mean - half, high=plain.mean + half, second_se=se, second_df=float(k - 1))
