"""How well predictions match labels: the figures of ``test/metrics.json``, each a pure function of both."""

from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from torch import Tensor
from torchmetrics.functional.classification import (
    multiclass_calibration_error,
    multiclass_confusion_matrix,
    multiclass_f1_score,
    multiclass_precision,
    multiclass_recall,
)


def score(log_probabilities: Tensor, labels: Tensor, classes: Sequence[str]) -> dict[str, Any]:
    """Return the figures of one set of predictions, as plain types.

    ======================  ===========================================================================
    ``n``                   number of images N
    ``accuracy``            top-1
    ``loss``                plain cross-entropy, in nats, no label smoothing
    ``balanced_accuracy``   mean of the recalls of the classes that occur
    ``calibration_error``   expected calibration error, 15 equal-width bins on the top-1 confidence
                            (Guo et al. 2017, arXiv:1706.04599, eq. 3)
    ``per_class``           precision, recall, F1 and n of each class; recall is None where n is 0
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
        "loss": F.nll_loss(log_probabilities, labels).item(),
        "balanced_accuracy": recall[occurrences > 0].double().mean().item(),
        "calibration_error": multiclass_calibration_error(
            log_probabilities.exp(), labels, count, n_bins=15, norm="l1"
        ).item(),
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
