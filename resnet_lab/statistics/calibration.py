"""Reliability diagram: accuracy of predictions by their confidence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

BINS = 15


@dataclass(frozen=True)
class Bin:
    """One bar of a reliability diagram.

    Attributes:
        low: Lower edge of the confidence; it is not part of the bin.
        high: Upper edge of the confidence; it is part of the bin.
        n: Number of images in the bin.
        confidence: Mean top-1 probability of these images; None in an empty bin.
        accuracy: Share of these images that are classified correctly; None in an empty bin.
    """

    low: float
    high: float
    n: int
    confidence: float | None
    accuracy: float | None


def reliability(confidence: Sequence[float], correct: Sequence[bool], bins: int = BINS) -> list[Bin]:
    """Return the bars of a reliability diagram (Guo et al. 2017, arXiv:1706.04599).

    Args:
        confidence: Top-1 probabilities ``(N,)``.
        correct: Whether each prediction was right ``(N,)``.
        bins: Number of bins of equal width; the first is ``(0, 1/bins]``.
    """
    confidences, rights = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    index = np.clip(np.ceil(confidences * bins), 1, bins) - 1
    bars = []
    for k in range(bins):
        inside = index == k
        n = int(inside.sum())
        means = (float(confidences[inside].mean()), float(rights[inside].mean())) if n else (None, None)
        bars.append(Bin(k / bins, (k + 1) / bins, n, *means))
    return bars


def confidences(rows: Iterable[Mapping[str, str]]) -> tuple[list[float], list[bool]]:
    """Return the top-1 probability of each row of ``predictions.csv``, and whether each prediction was right."""
    chosen = [(float(row[f"probability_{row['predicted']}"]), row["predicted"] == row["label"]) for row in rows]
    return [confidence for confidence, _ in chosen], [right for _, right in chosen]
