"""Summaries of a curve: its area, its roughness, its final rise, and the first epoch at a level."""

from collections.abc import Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.integrate import trapezoid

Curve = Mapping[int, float]
"""Values by a whole number such as the epoch, ascending; an epoch without a value is absent."""


def area(curve: Curve) -> float:
    """Return the area under a curve divided by its length in epochs, by the trapezoidal rule: its mean height.

    The area treats both arms alike, so the difference of two equal arms favors neither. The number of epochs to the
    best value of one arm (:func:`epochs_to`) does not have that property.

    Args:
        curve: At least one epoch.

    >>> area({1: 0.5, 2: 0.75, 3: 0.75})
    0.6875
    """
    epochs, values = list(curve), list(curve.values())
    return float(trapezoid(values, epochs)) / (epochs[-1] - epochs[0]) if len(curve) > 1 else values[0]


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
