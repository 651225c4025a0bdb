"""Summaries of gradient norms over depth: their unevenness, and the decades that they lose in the backward pass."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FEWEST_LAYERS = 4
"""Fewer layers have no quarters."""
_SMALLEST = float(np.finfo(np.float32).tiny)


def unevenness(norms: Sequence[float]) -> float | None:
    """Return the standard deviation over layers of the decimal logarithm of the gradient norm, in decades.

    The unevenness is 0 if all layers have the same norm. It uses the logarithm because norms differ by factors, and
    the divisor n because the layers are all layers of the network and not a sample. A norm of zero counts as 1.2e-38,
    the smallest number of float32 at full precision: no gradient arrives there, and a network must not be left out for
    being the worst. If the medians of the first and of the last quarter are both zero, the value is undefined (None):
    blocks that start with a branch of zero give their convolutions no gradient at initialization.

    Args:
        norms: Norm of each layer, at least one.

    >>> round(unevenness([1.0, 10.0, 100.0]), 3), unevenness([2.0, 2.0])
    (0.816, 0.0)
    """
    return None if _no_gradient(norms) else float(_decades(norms).std())


def decades_lost(norms: Sequence[float]) -> float | None:
    """Return the decades that gradients lose in the backward pass, from the last layers to the first.

    This is the median of the decimal logarithm of the norms over the last quarter of the layers, minus the median over
    the first quarter. It takes quarters because the norm also depends on the shape of a layer: the stem has 3 input
    channels, and a layer that halves the image has fewer pixels. It takes medians because one unusual or dead layer is
    not a trend over depth. If the gradient loses the same factor at each layer, this value is the logarithm of that
    factor times about three quarters of the depth. The shapes of the layers are the same in both arms; in one arm
    alone, a loss by a factor of a few shows nothing.

    Args:
        norms: Norm of each convolution, in the order of the forward pass; at least ``FEWEST_LAYERS``. A norm of zero
            counts as in :func:`unevenness`, where the undefined case is, too.

    >>> round(decades_lost([0.01, 0.1, 0.1, 1.0]), 3), round(decades_lost([1.0, 1.0, 1.0, 0.1]), 3)
    (2.0, -1.0)
    """
    if _no_gradient(norms):
        return None
    first, last = _median_quarters(_decades(norms))
    return last - first


def _no_gradient(norms: Sequence[float]) -> bool:
    """Return whether the first and the last quarter of the layers have no gradient to compare."""
    return len(norms) >= FEWEST_LAYERS and _median_quarters(np.asarray(norms)) == (0, 0)


def _median_quarters(values: NDArray[np.float64]) -> tuple[float, float]:
    quarter = round(len(values) / 4)
    return float(np.median(values[:quarter])), float(np.median(values[-quarter:]))


def _decades(norms: Sequence[float]) -> NDArray[np.float64]:
    return np.log10(np.maximum(np.asarray(norms, dtype=np.float64), _SMALLEST))
