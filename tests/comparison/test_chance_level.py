"""Chance level of runs and of their splits."""

import pytest

from resnet_lab.comparison.chance_level import ChanceLevel, chance_level, without_learning
from resnet_lab.files import write_json

LABELS = [0] * 10 + [1] * 30 + [2] * 20


def test_the_most_frequent_class_and_its_share(make_run):
    assert chance_level(make_run(True, labels=LABELS)) == ChanceLevel("good", 0.5)


def test_other_splits_have_their_own_level_if_the_run_recorded_it(make_run):
    counts = {"train": [200, 40, 40], "val": [6, 9, 45], "test": [10, 30, 20]}
    run = make_run(True, labels=LABELS, status={"class_counts": counts})
    assert chance_level(run, "val") == ChanceLevel("worn", 0.75, "val")
    assert chance_level(run, "train") == ChanceLevel("cracked", 200 / 280, "train")
    older = make_run(False, labels=LABELS)
    assert chance_level(older, "val") == chance_level(older)


def test_runs_that_learned_nothing_are_told_by_the_checkpoint(make_run):
    constant, skilled = make_run(False, labels=LABELS), make_run(True, 0, 0.8, labels=LABELS)
    tested = constant.test_metrics()
    tested["last"]["confusion_matrix"] = [[0, 10, 0], [0, 30, 0], [0, 20, 0]]
    write_json(constant.path / "test" / "metrics.json", tested)
    assert without_learning([constant, skilled], "last") == [constant]
    assert without_learning([constant, skilled], "best") == []


@pytest.mark.parametrize("split", ["train", "val"])
def test_a_trained_run_records_its_classes(run, split):
    assert run.status().class_counts[split] == {"train": (14, 14), "val": (3, 3)}[split]
