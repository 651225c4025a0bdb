"""Chance level of a split, and runs whose network is no better than it."""

from collections.abc import Sequence
from dataclasses import dataclass

from resnet_lab.runs import Run
from resnet_lab.statistics.chance import learned_nothing, most_frequent


@dataclass(frozen=True)
class ChanceLevel:
    """The most frequent class of a split, and its share: the accuracy of predicting it always.

    Attributes:
        name: Name of the class.
        share: Its share of the split, 0 to 1.
        split: The split that the share is of.
    """

    name: str
    share: float
    split: str = "test"


def chance_level(run: Run, split: str = "test") -> ChanceLevel:
    """Return the chance level of a split of a run.

    Args:
        run: A tested run.
        split: ``train``, ``val`` or ``test``. A run whose status has no ``class_counts`` is older than that key. It has
            the chance level of its test split on all splits; splits by content differ by rounding only.
    """
    status = run.status()
    if split != "test" and status.class_counts is not None:
        counts = dict(zip(status.classes, status.class_counts[split], strict=True))
    else:
        split = "test"
        counts = {name: scores["n"] for name, scores in run.test_metrics()["last"]["per_class"].items()}
    index, share = most_frequent(list(counts.values()))
    return ChanceLevel(list(counts)[index], share, split)


def without_learning(runs: Sequence[Run], which: str) -> list[Run]:
    """Return the runs whose network has learned nothing, by its predictions on the test split.

    :func:`~resnet_lab.statistics.chance.learned_nothing` has the rule.

    Args:
        runs: Tested runs.
        which: The ``best`` or the ``last`` checkpoint.
    """
    return [run for run in runs if learned_nothing(run.test_metrics()[which]["confusion_matrix"])]
