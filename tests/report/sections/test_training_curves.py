"""Training curves, and the floor under the smoothed loss."""

from statistics import mean

import pytest

from resnet_lab.files import write_csv
from resnet_lab.report.document import Plots, Text, unfolded
from resnet_lab.report.sections.training_curves import curves_section
from resnet_lab.report.words import load_words


def plots(results):
    return [
        plot
        for block in unfolded(curves_section(results, load_words("en")))
        if isinstance(block, Plots)
        for plot in block.plots
    ]


def texts(results):
    return [block.text for block in unfolded(curves_section(results, load_words("en"))) if isinstance(block, Text)]


def legend(plot):
    return [text.get_text() for text in plot.figure.legends[0].get_texts()]


def test_accuracy_loss_and_objective_of_both_arms(three_seeds):
    accuracy, loss, objective = plots(three_seeds)
    assert [plot.name for plot in (accuracy, loss, objective)] == [
        "curves-accuracy",
        "curves-loss",
        "curves-objective",
    ]
    four = ["Plain-34, train", "Plain-34, validation", "ResNet-34, train", "ResNet-34, validation"]
    assert legend(accuracy) == legend(loss) == four
    assert legend(objective) == ["Plain-34, train", "ResNet-34, train", "lowest possible: 0.2911"]
    run = three_seeds.findings[0].control.runs[1]
    drawn = list(loss.figure.axes[0].lines[5].get_ydata())  # control: train of three seeds, their mean, then validation
    assert drawn == [row["val/loss"] for row in run.metrics()]
    assert texts(three_seeds)[1] == "Thin lines are seeds, bold lines are their means."


@pytest.mark.parametrize(("augment", "how"), [("standard", "on random crops, while"), ("none", "measured while")])
def test_where_the_answer_is_about_training_error_the_curves_say_why_they_are_not_it(
    depth_study, three_seeds, augment, how, monkeypatch
):
    if augment == "none":
        without = "resnet_lab.report.sections.metrics.with_later_keys"
        monkeypatch.setattr(without, lambda config: {**config, "data.augment": augment})
    [said] = [text for text in texts(depth_study) if text.startswith("The train curves were measured")]
    assert how in said
    last = depth_study.findings[-1]
    for arm in last.arms:
        scored = mean(run.final_metrics()["last"]["train"]["accuracy"] for run in arm.runs.values())
        assert f"{100 * scored:.1f}% ({arm.name})" in said
    assert not any("The train curves" in text for text in texts(three_seeds))


def test_the_floor_is_told_where_the_smoothed_loss_is_shown(one_seed):
    assert texts(one_seed)[1:] == [
        "The loss that was minimized is smoothed. With label smoothing 0.1 over 3 classes it cannot fall below 0.2911 "
        "nats, and it cannot be compared with the plain loss."
    ]


def test_arms_of_other_smoothing_have_a_floor_each(make_run, compare):
    runs = [make_run(True, changes={"model.label_smoothing": smoothing}) for smoothing in (0.0, 0.1)]
    results = compare(runs, "model.label_smoothing")
    assert legend(plots(results)[2])[2:] == ["lowest possible: 0.0000", "lowest possible: 0.2911"]
    _, note = texts(results)  # without smoothing there is nothing to say
    assert "label smoothing 0.1 over 3 classes" in note


@pytest.mark.parametrize("depth", [18, 34])
def test_each_place_has_its_curves(two_depths, depth):
    names = {plot.name: plot.caption for plot in plots(two_depths)}
    assert names[f"depth-{depth}-curves-loss"] == f"Cross-entropy without label smoothing, by epoch (depth {depth})"


def test_a_loss_that_starts_far_above_its_end_has_a_logarithmic_axis(make_run, compare):
    runs = [make_run(False), make_run(True)]
    for run in runs:
        path = run.path / "metrics.csv"
        rows = run.metrics()
        rows[0]["val/loss"] = 600.0
        write_csv(path, rows[0].keys(), rows)
    accuracy, loss, _ = plots(compare(runs))
    assert (accuracy.figure.axes[0].get_yscale(), loss.figure.axes[0].get_yscale()) == ("linear", "log")
    assert loss.figure.axes[0].get_ylabel() == "loss (nats), logarithmic axis"
