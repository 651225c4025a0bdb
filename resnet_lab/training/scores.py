"""Scores of predictions against labels: the values of ``test/metrics.json``, each a pure function of both."""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torchmetrics.functional.classification import (
    multiclass_confusion_matrix,
    multiclass_f1_score,
    multiclass_precision,
    multiclass_recall,
)


def score(log_probabilities: Tensor, labels: Tensor, classes: Sequence[str]) -> dict[str, Any]:
    """Return the scores of one set of predictions, as plain types.

    ======================  ===========================================================================
    ``n``                   number of images N
    ``accuracy``            top-1
    ``top5_accuracy``       share of images whose label is among the five most probable classes; only if K > 5
    ``loss``                plain cross-entropy, in nats, no label smoothing
    ``balanced_accuracy``   mean of the recalls of the classes that occur
    ``calibration_error``   expected calibration error, 15 equal-width bins on the top-1 confidence
                            (:func:`calibration_error`)
    ``per_class``           precision, recall, F1 and n per class; recall is None where n is 0
    ``confusion_matrix``    counts; rows are true classes, columns predicted ones, in the order of ``classes``
    ======================  ===========================================================================

    Args:
        log_probabilities: float ``(N, K)``.
        labels: Class indices ``(N,)``.
        classes: K class names.
    """
    log_probabilities = log_probabilities.double()
    predicted = log_probabilities.argmax(dim=1)
    count = len(classes)
    confusion = multiclass_confusion_matrix(predicted, labels, count)
    occurrences = confusion.sum(dim=1)
    recall = multiclass_recall(predicted, labels, count, average=None)
    precision = multiclass_precision(predicted, labels, count, average=None)
    f1 = multiclass_f1_score(predicted, labels, count, average=None)
    return {
        "n": len(labels),
        "accuracy": (predicted == labels).double().mean().item(),
        **({"top5_accuracy": _top5_accuracy(log_probabilities, labels)} if count > 5 else {}),
        "loss": F.nll_loss(log_probabilities, labels).item(),
        "balanced_accuracy": recall[occurrences > 0].double().mean().item(),
        "calibration_error": calibration_error(log_probabilities.exp().amax(dim=1), predicted == labels),
        "per_class": {
            name: {
                "precision": precision[k].item(),
                "recall": recall[k].item() if occurrences[k] else None,
                "f1": f1[k].item(),
                "n": int(occurrences[k]),
            }
            for k, name in enumerate(classes)
        },
        "confusion_matrix": confusion.tolist(),
    }


def _top5_accuracy(log_probabilities: Tensor, labels: Tensor) -> float:
    five = log_probabilities.topk(5, dim=1).indices
    return (five == labels[:, None]).any(dim=1).double().mean().item()


def calibration_error(confidence: Tensor, correct: Tensor, bins: int = 15) -> float:
    """Return the expected calibration error (Guo et al. 2017, arXiv:1706.04599, eq. 3).

    Bins are ``(0, 1/15], (1/15, 2/15] ...``. (torchmetrics 1.9 puts a confidence of exactly 1 into a 16th bin.)

    Args:
        confidence: Top-1 probabilities ``(N,)``.
        correct: Whether each prediction was right, ``(N,)``.
        bins: Number of bins of equal width.

    >>> confidence = torch.tensor([0.8, 0.8, 1.0], dtype=torch.float64)
    >>> round(calibration_error(confidence, torch.tensor([True, False, True])), 6)
    0.2
    """
    index = (confidence * bins).ceil().long().clamp(1, bins) - 1
    gap = torch.zeros(bins, dtype=torch.float64).index_add_(0, index, correct.double() - confidence.double())
    return (gap.abs().sum() / len(confidence)).item()
