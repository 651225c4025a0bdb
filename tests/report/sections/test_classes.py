"""Class by class: the scores of both arms; of many classes, those with the largest differences."""

import pytest

from resnet_lab.comparison.one_arm import gather_one_arm
from resnet_lab.comparison.selection import Selection
from resnet_lab.report.document import Plots, Table, Text, unfolded
from resnet_lab.report.sections.classes import classes_fold, confusion_blocks
from resnet_lab.report.words import load_words


def of_kind(results, kind):
    words = load_words("en")
    shown = [block for finding in results.findings for block in confusion_blocks(finding, words)]
    return [block for block in unfolded([*shown, classes_fold(results, words)]) if isinstance(block, kind)]


def test_the_table_is_of_both_arms(three_seeds):
    control, treated = three_seeds.findings[0].arms
    [table] = of_kind(three_seeds, Table)
    assert table.head[2:] == ("Plain-34, precision", "ResNet-34, precision", "Plain-34, recall", "ResNet-34, recall")
    for row, one, other in zip(table.rows, control.classes, treated.classes, strict=True):
        figures = (one.precision, other.precision, one.recall, other.recall)
        assert row.cells == (one.name, "20", *map(str, figures))


def test_matrices_stand_side_by_side_and_the_reliability_unfolds(three_seeds):
    matrices, reliability = of_kind(three_seeds, Plots)
    assert [plot.name for plot in matrices.plots] == ["confusion-control", "confusion-treated"]
    [plot] = reliability.plots
    assert plot.name == "reliability"
    legend = plot.figure.axes[0].get_legend().get_texts()
    assert [text.get_text() for text in legend] == [
        "Plain-34, ECE 0.0500\u00a0±\u00a00.0000",
        "ResNet-34, ECE 0.0500\u00a0±\u00a00.0000",
    ]


def test_an_absent_class_has_a_dash(make_run, compare):
    runs = [make_run(arm, classes=("cracked", "good", "gone"), labels=[0, 1] * 30) for arm in (False, True)]
    assert of_kind(compare(runs), Table)[0].rows[2].cells[4:] == ("—", "—")


def test_of_many_classes_those_are_listed_in_which_the_arms_differ_most(make_run, compare):
    classes = [f"class {k:02}" for k in range(50)]
    runs = [make_run(arm, classes=classes, labels=[k % 50 for k in range(200)]) for arm in (False, True)]
    results = compare(runs)
    control, treated = results.findings[0].arms
    apart = {a.name: abs(b.recall.mean - a.recall.mean) for a, b in zip(control.classes, treated.classes, strict=True)}
    [table] = of_kind(results, Table)
    shown = [row.cells[0] for row in table.rows]
    assert len(shown) == 40
    assert min(apart[name] for name in shown) >= max(apart[name] for name in set(classes) - set(shown))
    assert of_kind(results, Text)[0].text.endswith(
        "The table lists 40 of 50 classes: those with the largest difference in recall between the arms. "
        "comparison.json has all."
    )


def test_one_arm_has_one_matrix_and_of_many_classes_those_of_the_lowest_recall(make_run, one_arm):
    names = [plot.name for plots in of_kind(one_arm, Plots) for plot in plots.plots]
    assert names == ["confusion", "reliability"]
    classes = [f"class {k:02}" for k in range(50)]
    run = make_run(False, classes=classes, labels=[k % 49 for k in range(196)])
    results = gather_one_arm(Selection((run,), ()), force=False)
    recall = {scores.name: scores.recall.mean for scores in results.findings[0].arm.classes}
    shown = [row.cells[0] for row in of_kind(results, Table)[0].rows]
    assert len(shown) == 40
    assert "class 49" not in shown  # no test images
    assert max(recall[name] for name in shown) <= min(recall[n] for n in recall.keys() - shown - {"class 49"})


@pytest.mark.parametrize("seeds", [1, 2])
def test_means_are_called_means(make_run, compare, seeds):
    results = compare([make_run(arm, seed) for seed in range(seeds) for arm in (False, True)])
    assert ("Values are means" in of_kind(results, Text)[0].text) == (seeds == 2)
    [finding] = results.findings
    [matrices] = confusion_blocks(finding, load_words("en"))
    assert all(("mean over 2 seeds" in plot.caption) == (seeds == 2) for plot in matrices.plots)
    assert all("number of test images" in plot.caption for plot in matrices.plots)
