"""Gradients over depth in two figures: how even they are, and how much of them is lost on the way back."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FEWEST_LAYERS = 4
"""Fewer have no quarters."""
_SMALLEST = float(np.finfo(np.float32).tiny)


def unevenness(norms: Sequence[float]) -> float:
    """Return the standard deviation over layers of the logarithm of their gradient's norm, in decades.

    0 where all layers have gradients of one size. A logarithm, since sizes differ by factors; divisor n, since these
    are all layers of the net and no sample of them. A norm of zero counts as the smallest that float32 holds at full
    precision, 1.2e-38: nothing of the gradient arrives, and to leave the net out would be to leave out the worst.

    Args:
        norms: One a layer, at least one.

    >>> round(unevenness([1.0, 10.0, 100.0]), 3), unevenness([2.0, 2.0])
    (0.816, 0.0)
    """
    return float(_decades(norms).std())


def decades_lost(norms: Sequence[float]) -> float:
    """Return by how many decades gradients shrink on their way back: those of the last layers over those of the first.

    The median of the logarithm over the last quarter of the layers minus that over the first quarter. Quarters, since
    single layers have shapes of their own: the stem has 3 input channels, a layer that halves the picture fewer pixels.
    Medians, since one odd layer among them, or a dead one, is no trend over depth. A gradient that loses the same
    factor at each layer loses it to the power of about three quarters of the depth in this figure. The norm of a
    layer's gradient also hangs on the layer's shape, which is the same in both arms; less than a factor of a few is
    nothing to go by in one arm alone.

    Args:
        norms: One a convolution, in the order of the forward pass; at least ``FEWEST_LAYERS``. Zero counts as in
            :func:`unevenness`.

    >>> round(decades_lost([0.01, 0.1, 0.1, 1.0]), 3), round(decades_lost([1.0, 1.0, 1.0, 0.1]), 3)
    (2.0, -1.0)
    """
    decades = _decades(norms)
    quarter = round(len(decades) / 4)
    return float(np.median(decades[-quarter:]) - np.median(decades[:quarter]))


def _decades(norms: Sequence[float]) -> NDArray[np.float64]:
    return np.log10(np.maximum(np.asarray(norms, dtype=np.float64), _SMALLEST))
