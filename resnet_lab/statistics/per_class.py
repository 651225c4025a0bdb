"""Precision, recall and confusion matrix of an arm, class by class, over its seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from resnet_lab.statistics.mean_sd import MeanSD, mean_sd


@dataclass(frozen=True)
class ClassScores:
    """Scores of one class over the seeds of an arm.

    Attributes:
        name: Name of the class.
        n: Number of its test images.
        precision: Share of correct predictions among the predictions of this class; 0 for a seed without any.
        recall: Share of the images of this class that are predicted as this class; no mean without test images.
    """

    name: str
    n: int
    precision: MeanSD
    recall: MeanSD


def class_scores(tests: Sequence[Mapping[str, Any]]) -> list[ClassScores]:
    """Return the scores of each class, in the order of the first run.

    Args:
        tests: Scores of one checkpoint in ``test/metrics.json``, one mapping per seed.
    """
    return [
        ClassScores(
            name,
            scores["n"],
            mean_sd(test["per_class"][name]["precision"] for test in tests),
            mean_sd(test["per_class"][name]["recall"] for test in tests),
        )
        for name, scores in tests[0]["per_class"].items()
    ]


def mean_confusion(tests: Sequence[Mapping[str, Any]]) -> list[list[float]]:
    """Return the mean confusion matrix over seeds, in images ``(K, K)``: rows are true, columns predicted classes.

    >>> mean_confusion([{"confusion_matrix": [[3, 1], [0, 2]]}, {"confusion_matrix": [[2, 2], [0, 2]]}])
    [[2.5, 1.5], [0.0, 2.0]]
    """
    mean: list[list[float]] = np.mean([test["confusion_matrix"] for test in tests], axis=0).tolist()
    return mean
