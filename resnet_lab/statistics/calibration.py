"""Whether a net is right as often as it is confident: the reliability diagram, from the predictions of a test."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

BINS = 15


@dataclass(frozen=True)
class Bin:
    """One bar of a reliability diagram.

    Attributes:
        low: Lower edge of the confidence, not part of the bin.
        high: Upper edge, part of it.
        n: Images in it; bins without any have no confidence and accuracy.
        confidence: Their mean top-1 probability.
        accuracy: Share of them that are right.
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
        correct: Whether each was right ``(N,)``.
        bins: Number of bins of equal width, ``(0, 1/bins]`` first.
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


def calibration_error(bars: Iterable[Bin]) -> float:
    """Return the expected calibration error: the mean distance of confidence and accuracy, weighted by images.

    >>> calibration_error(reliability([0.75, 0.75, 1.0], [True, False, True]))
    0.16666666666666666
    """
    filled = [
        (bar.n, bar.confidence, bar.accuracy) for bar in bars if bar.confidence is not None and bar.accuracy is not None
    ]
    return sum(n * abs(accuracy - confidence) for n, confidence, accuracy in filled) / sum(n for n, _, _ in filled)


def confidences(rows: Iterable[Mapping[str, str]]) -> tuple[list[float], list[bool]]:
    """Return the top-1 probability of each row of ``predictions.csv``, and whether it was right."""
    chosen = [(float(row[f"probability_{row['predicted']}"]), row["predicted"] == row["label"]) for row in rows]
    return [confidence for confidence, _ in chosen], [right for _, right in chosen]
