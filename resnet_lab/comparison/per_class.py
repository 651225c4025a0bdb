"""How well an arm does class by class, over its seeds: precision, recall, confusion matrix."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from resnet_lab.runs import Run
from resnet_lab.statistics.spread import Spread, spread


@dataclass(frozen=True)
class ClassScores:
    """One class over the seeds of an arm.

    Attributes:
        name: Of the class.
        n: Test images of it.
        precision: Share of the images taken for it that are of it; 0 for a seed that took none for it.
        recall: Share of its images that were taken for it; no mean where it has no test image.
    """

    name: str
    n: int
    precision: Spread
    recall: Spread


def class_scores(tests: Sequence[Mapping[str, Any]]) -> list[ClassScores]:
    """Return the scores of each class, in the order of the first run's.

    Args:
        tests: Figures of one checkpoint in ``test/metrics.json``, a seed each.
    """
    return [
        ClassScores(
            name,
            scores["n"],
            spread(test["per_class"][name]["precision"] for test in tests),
            spread(test["per_class"][name]["recall"] for test in tests),
        )
        for name, scores in tests[0]["per_class"].items()
    ]


def majority_share(run: Run) -> float:
    """Return the share of the most frequent class among a run's test images: the accuracy of always naming it."""
    images = [scores["n"] for scores in run.test_metrics()["last"]["per_class"].values()]
    return float(max(images) / sum(images))


def mean_confusion(tests: Sequence[Mapping[str, Any]]) -> list[list[float]]:
    """Return the confusion matrix of the mean over seeds, in images ``(K, K)``: rows true, columns predicted classes.

    >>> mean_confusion([{"confusion_matrix": [[3, 1], [0, 2]]}, {"confusion_matrix": [[2, 2], [0, 2]]}])
    [[2.5, 1.5], [0.0, 2.0]]
    """
    mean: list[list[float]] = np.mean([test["confusion_matrix"] for test in tests], axis=0).tolist()
    return mean
