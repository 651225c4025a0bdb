"""Differences per image: their means are those of the scores, and other images or labels leave none."""

import numpy as np
import pytest

from resnet_lab.comparison.image_differences import image_differences
from resnet_lab.files import write_csv


@pytest.fixture
def pairs(make_run):
    return {seed: (make_run(False, seed, 0.5), make_run(True, seed, 0.8)) for seed in range(3)}


def changed(run, change):
    rows = [change(dict(row)) for which in ("best", "last") for row in run.test_predictions(which)]
    write_csv(run.path / "test" / "predictions.csv", rows[0].keys(), rows)


@pytest.mark.parametrize("checkpoint", ["best", "last"])
def test_the_means_are_the_differences_of_the_scores(pairs, checkpoint):
    found = image_differences(pairs)
    for seed, (control, treated) in pairs.items():
        scores = [run.test_metrics()[checkpoint] for run in (control, treated)]
        accuracy = found[f"test/{checkpoint}/accuracy"][seed]
        assert set(np.unique(accuracy)) <= {-1.0, 0.0, 1.0}
        assert accuracy.mean() == pytest.approx(scores[1]["accuracy"] - scores[0]["accuracy"])
        loss = found[f"test/{checkpoint}/loss"][seed]
        assert loss.shape == accuracy.shape


def test_the_loss_of_an_image_is_that_of_its_own_class(pairs):
    control, treated = pairs[0]
    found = image_differences({0: (control, treated)})["test/best/loss"][0]
    rows = [sorted(run.test_predictions("best"), key=lambda row: row["path"]) for run in (control, treated)]
    expected = [
        np.log(float(a[f"probability_{a['label']}"])) - np.log(float(b[f"probability_{b['label']}"]))
        for a, b in zip(*rows, strict=True)
    ]
    assert found == pytest.approx(expected)


def test_a_loss_without_end_leaves_accuracies_only(pairs):
    changed(pairs[1][0], lambda row: row | {f"probability_{row['label']}": "0.0"})
    assert set(image_differences(pairs)) == {"test/best/accuracy", "test/last/accuracy"}


@pytest.mark.parametrize("column", ["path", "label"])
def test_other_images_or_labels_leave_nothing_to_compare(pairs, column):
    rows = pairs[2][1].test_predictions("best")
    other = {row[column]: rows[number - 1][column] for number, row in enumerate(rows)} if column == "label" else {}
    changed(pairs[2][1], lambda row: row | {column: other.get(row[column], f"other/{row[column]}")})
    assert image_differences(pairs) == {}
    assert image_differences({}) == {}
