"""Summaries of a curve: its relaxation time, its roughness, its final rise, and the first epoch at a level."""

from collections.abc import Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import trapezoid

Curve = Mapping[int, float]
"""Values by a whole number such as the epoch, ascending; an epoch without a value is absent."""


def relaxation(epochs: ArrayLike, values: ArrayLike, start: float) -> NDArray[np.float64]:
    """Return the time that curves take from their start to their own end level, in epochs.

    It is the area between the end level and the curve, divided by the whole rise. For an exponential curve it is the
    time constant; in general it is the mean time at which the rise happens (Elmore 1948, J. Appl. Phys. 19, 55). The
    height of the end level does not matter. The end level is the mean of the last two values. A value above it counts
    as negative time.

    Args:
        epochs: Epoch of each value, ascending from 1 or later, ``(E,)``.
        values: Values of any number of curves, ``(..., E)``, with E at least 2.
        start: Value of all curves at epoch 0.

    >>> relaxation([1, 2, 3], [0.5, 1.0, 1.0], 0.0)
    array(1.)
    """
    curves = np.asarray(values, dtype=float)
    whole = np.concatenate([np.full((*curves.shape[:-1], 1), start), curves], axis=-1)
    end = curves[..., -2:].mean(axis=-1)
    area = trapezoid(end[..., None] - whole, [0, *np.asarray(epochs)], axis=-1)
    return np.asarray(area / (end - start))


def relaxation_time(curve: Curve, start: float, least_rise: float) -> float | None:
    """Return the time that a curve takes from its start to its own end level (:func:`relaxation`), in epochs.

    Args:
        curve: Such as validation accuracy by epoch.
        start: Value at epoch 0, such as the share of the most frequent class.
        least_rise: A curve that rises by no more than this has no relaxation time.

    Returns:
        None for a curve of fewer than three epochs, and for one that hardly rises.
    """
    values = list(curve.values())
    if len(values) < 3 or np.mean(values[-2:]) - start <= least_rise:
        return None
    return float(relaxation(list(curve), values, start))


def roughness(curve: Curve) -> float:
    """Return the mean distance of a curve from its running median of three epochs; 0 for a monotone curve.

    Tukey (1977, Exploratory Data Analysis, chapter 7) calls this the rough; here it is without the two ends. It
    contains no trend, however steep or bent. The spread of the changes from epoch to epoch is not used, since it is
    large for a smooth curve that falls fast at first and slowly later. Fluctuations that are smaller than the fall of
    the curve are not seen.

    Args:
        curve: At least three epochs.

    >>> roughness({1: 4.0, 2: 2.0, 3: 1.0}), roughness({1: 1.0, 2: 2.0, 3: 1.0})
    (0.0, 1.0)
    """
    triples = sliding_window_view(np.asarray(list(curve.values())), 3)
    return float(np.abs(triples[:, 1] - np.median(triples, axis=1)).mean())


def rise(curve: Curve) -> float:
    """Return the last value of a curve minus its lowest value, after a running median of three epochs; at least 0.

    For validation loss, the rise is the cost of overfitting in a run that is not stopped early. The median keeps a
    single epoch that fluctuates from counting as a rise. Without the median, the less steady arm would seem to overfit.

    Args:
        curve: At least three epochs.

    >>> rise({1: 1.0, 2: 0.5, 3: 0.5, 4: 0.75, 5: 0.75}), rise({1: 1.0, 2: 0.5, 3: 0.75, 4: 0.5})
    (0.25, 0.0)
    """
    medians = np.median(sliding_window_view(np.asarray(list(curve.values())), 3), axis=1)
    return float(medians[-1] - medians.min())


def epochs_to(curve: Curve, level: float) -> int | None:
    """Return the first epoch at which a curve is at least at a level; None if no epoch is.

    >>> epochs_to({1: 0.5, 2: 0.8, 3: 0.7}, 0.7)
    2
    """
    return next((epoch for epoch, value in curve.items() if value >= level), None)
