"""Tables of metrics have the values of the runs, read again here."""

from statistics import mean, stdev

import pytest

from resnet_lab.report.document import Fold, Table, Text, unfolded
from resnet_lab.report.sections.metrics import metrics_blocks
from resnet_lab.report.words import load_words


def tables(results, language="en"):
    blocks = metrics_blocks(results, load_words(language))
    return [block for block in unfolded(blocks) if isinstance(block, Table)]


def test_the_first_table_is_the_last_epoch_of_every_run(three_seeds):
    shown, first, _ = tables(three_seeds)
    assert tuple((row.cells[0], *row.cells[2:]) for row in shown.rows) == tuple(
        row.cells for row in first.rows if row.main
    )
    tested = [run.test_metrics()["best"]["accuracy"] for run in three_seeds.findings[0].treated.runs.values()]
    assert shown.head[1] == "Test accuracy (best\u00a0checkpoint)"
    assert shown.rows[1].cells[1] == f"{mean(tested):.4f}\u00a0±\u00a0{stdev(tested):.4f}"
    crops = " (random\u00a0crops)"
    columns = (f"Train accuracy{crops}", "Validation accuracy", f"Train loss{crops}", "Validation loss")
    assert first.head == ("Model", *columns)
    assert [row.cells[0] for row in first.rows[:4]] == ["Plain-34", "seed 0", "seed 1", "seed 2"]
    assert [row.main for row in first.rows] == [True, False, False, False] * 2
    rows = [run.metrics()[-1] for run in three_seeds.findings[0].treated.runs.values()]
    for column, tag in enumerate(("train/accuracy", "val/accuracy", "train/loss", "val/loss"), start=1):
        values = [row[tag] for row in rows]
        assert [row.cells[column] for row in first.rows[5:]] == [f"{value:.4f}" for value in values]
        assert first.rows[4].cells[column] == f"{mean(values):.4f}\u00a0±\u00a0{stdev(values):.4f}"


def test_the_second_table_is_scored_once_more_for_last_and_best(three_seeds):
    _, _, second = tables(three_seeds)
    assert second.head[1:5] == ("Checkpoint", "Train accuracy", "Validation accuracy", "Test accuracy")
    assert [row.cells[1] for row in second.rows] == ["last"] * 8 + ["best"] * 8
    run = three_seeds.findings[0].control.runs[0]
    final, test = run.final_metrics()["best"], run.test_metrics()["best"]
    figures = [scores[name] for name in ("accuracy", "loss") for scores in (final["train"], final["val"], test)]
    assert second.rows[9].cells == ("seed 0, epoch 5", "best", *(f"{figure:.4f}" for figure in figures))
    assert second.rows[1].cells[0] == "seed 0, epoch 6"


def test_one_seed_is_one_row_without_a_spread(one_seed):
    first, second = tables(one_seed)
    assert [row.cells[0] for row in first.rows] == ["Plain-34", "ResNet-34"]
    assert len(second.rows) == 4
    assert "±" not in str((first, second))
    fold = metrics_blocks(one_seed, load_words("en"))[-1]
    assert isinstance(fold, Fold)
    assert fold.blocks[-1] == Text("There is one seed per arm, so the spread over seeds is not known.", "remark")


def test_arms_of_several_places_are_told_apart(two_depths):
    first, *_ = tables(two_depths)
    names = [row.cells[0] for row in first.rows if row.main]
    assert names == ["Plain-18", "ResNet-18", "Plain-34", "ResNet-34"]  # the name has the depth


@pytest.mark.parametrize(
    ("augment", "head", "why"),
    [
        ("standard", "random\u00a0crops", "on random crops, which are harder"),
        ("none", "while\u00a0training", "over the epoch"),
    ],
)
def test_the_head_and_the_text_say_why_training_accuracy_can_be_the_lower_one(make_run, compare, augment, head, why):
    results = compare([make_run(arm, changes={"data.augment": augment}) for arm in (False, True)])
    table, text, _ = metrics_blocks(results, load_words("en"))
    assert table.head[2] == f"Train accuracy ({head})"
    assert why in text.text


def test_every_kind_of_report_has_the_test_accuracy_of_the_best_checkpoint(
    three_seeds, one_seed, two_depths, depth_study, one_arm
):
    for results in (three_seeds, one_seed, two_depths, depth_study, one_arm):
        shown, *_ = tables(results)
        arms = [arm for finding in results.findings for arm in finding.arms]
        assert [row.cells[1] for row in shown.rows] == [str(arm.mean_sd("test/best/accuracy")) for arm in arms]


@pytest.mark.parametrize(("language", "word"), [("en", "Test accuracy"), ("id", "Akurasi uji")])
def test_heads_are_in_the_language_of_the_report(one_seed, language, word):
    assert word in tables(one_seed, language)[1].head
