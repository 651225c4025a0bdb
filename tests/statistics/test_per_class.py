"""Scores by class over seeds, against scikit-learn on the predictions themselves."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_score, recall_score

from resnet_lab.statistics.per_class import class_scores, mean_confusion


@pytest.fixture
def runs(make_run):
    """Three runs; no test image is of the last class."""
    classes = ("cracked", "good", "absent")
    return [make_run(True, seed, classes=classes, labels=[k % 2 for k in range(50)]) for seed in range(3)]


def figures_of(runs):
    return [run.test_metrics()["best"] for run in runs]


def columns(run):
    """Return labels and predictions of a run's best checkpoint."""
    rows = run.test_predictions("best")
    return [row["label"] for row in rows], [row["predicted"] for row in rows]


def by_sklearn(score, runs):
    """Return a score ``(runs, classes)``."""
    names = runs[0].status().classes
    return np.array([score(*columns(run), labels=names, average=None, zero_division=0) for run in runs])


def test_precision_and_recall_are_means_over_seeds(runs):
    found = class_scores(figures_of(runs))
    assert [(scores.name, scores.n) for scores in found] == [("cracked", 25), ("good", 25), ("absent", 0)]
    for name, score in (("precision", precision_score), ("recall", recall_score)):
        expected = by_sklearn(score, runs)
        for k, scores in enumerate(found[:2]):
            assert getattr(scores, name).mean == pytest.approx(expected[:, k].mean())
            assert getattr(scores, name).sd == pytest.approx(expected[:, k].std(ddof=1))


def test_an_absent_class_has_no_recall(runs):
    absent = class_scores(figures_of(runs))[2]
    assert (absent.recall.mean, str(absent.recall)) == (None, "—")
    assert absent.precision.mean == 0


def test_the_matrix_is_the_mean_of_the_seeds(runs):
    names = runs[0].status().classes
    each = [confusion_matrix(*columns(run), labels=names) for run in runs]
    np.testing.assert_allclose(mean_confusion(figures_of(runs)), np.mean(each, axis=0))
