"""Degradation in the report: three plots with one scale, a table, and what the errors do not measure."""

from dataclasses import replace

import pytest

from resnet_lab.report.depth_sentences import caveats, depth_sentences
from resnet_lab.report.document import Fold, Plots, Table, Text, unfolded
from resnet_lab.report.sections.degradation import degradation_blocks, training_error_plot
from resnet_lab.report.words import LANGUAGES, load_words
from resnet_lab.statistics.intervals import paired_t


def of_kind(results, kind, language="en"):
    return [block for block in unfolded(degradation_blocks(results, load_words(language))) if isinstance(block, kind)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_verdict_and_its_sentences_are_those_of_the_study(depth_study, language):
    words, [study] = load_words(language), depth_study.depth_studies
    said = [block.text for block in of_kind(depth_study, Text, language)]
    assert study.claim.verdict == "supported"
    assert depth_sentences(study, words) in said


def test_what_the_errors_do_not_measure_is_seen_at_once_and_the_rest_unfolds(depth_study):
    [fold] = degradation_blocks(depth_study, load_words("en"))
    assert isinstance(fold, Fold)
    [study] = depth_study.depth_studies
    chance = {split: replace(level, share=0.99) for split, level in study.chance.items()}
    idle = replace(depth_study, depth_studies=[replace(study, chance=chance)])
    said, fold = degradation_blocks(idle, load_words("en"))
    assert said == Text(caveats(idle.depth_studies[0], load_words("en")))
    assert "do little more than guess" in said.text


def test_figures_share_their_scale_and_the_first_says_what_it_shows(depth_study):
    [study] = depth_study.depth_studies
    plots = [training_error_plot(study, load_words("en"))]
    plots += [plot for block in of_kind(depth_study, Plots) for plot in block.plots]
    assert [plot.name for plot in plots] == ["depth-train-error", "depth-val-error", "depth-test-error"]
    assert len({plot.figure.axes[0].get_ylim() for plot in plots}) == 1
    assert plots[0].caption == (
        "Training error by depth, without augmentation. Small dots are the 24 runs, large dots their means with 95% "
        "intervals over seeds. The dotted line is the share in the test images, since the runs did not record that in "
        "the training images."
    )


def test_the_dotted_line_is_the_share_of_the_most_frequent_class_in_the_images_of_the_plot(make_run, compare):
    counts = {"train": [200, 40, 40], "val": [6, 9, 45], "test": [20, 20, 20]}
    runs = [
        make_run(r, 0, changes={"model.depth": d}, status={"class_counts": counts}) for d in (20, 56) for r in (0, 1)
    ]
    results = compare(runs)
    [plots], train = of_kind(results, Plots), training_error_plot(results.depth_studies[0], load_words("en"))
    lines = [plot.figure.axes[0].lines[0] for plot in (train, *plots.plots)]
    assert [line.get_ydata()[0] for line in lines] == pytest.approx([100 * (1 - s) for s in (200 / 280, 0.75, 1 / 3)])
    assert [line.get_label() for line in lines] == [
        "always guessing “cracked” (training images)",
        "always guessing “worn” (validation images)",
        "always guessing “cracked” (test images)",
    ]
    assert "did not record" not in train.caption


@pytest.mark.parametrize(
    ("precise", "said"), [((True, True), "re-estimated over the training set"), ((True, False), "in some runs only")]
)
def test_it_is_told_whether_statistics_were_estimated_again(make_run, compare, precise, said):
    runs = [
        make_run(residual, 0, changes={"model.depth": depth, "model.precise_bn": on})
        for depth, on in zip((20, 56), precise, strict=True)
        for residual in (False, True)
    ]
    runs += [make_run(r, 0, changes={"model.depth": 110, "model.precise_bn": precise[0]}) for r in (False, True)]
    assert any(said in block.text for block in of_kind(compare(runs), Text))


def test_the_table_has_each_depth_and_what_it_comes_to(depth_study):
    [table] = of_kind(depth_study, Table)
    [study] = depth_study.depth_studies
    depths = ["20", "32", "56", "110"]
    assert [row.cells[1] for row in table.rows] == [*[*depths, "rise from 20 to 110"] * 2, *depths]
    interval = study.control.interval("train", 110)
    assert table.rows[3].cells[5] == f"{interval.low:.4f}\u00a0…\u00a0{interval.high:.4f}"
    assert table.rows[3].cells[2].startswith(f"{interval.mean:.4f}\u00a0±")
    rise = study.control.rise
    assert table.rows[4].cells[5] == f"{rise.low:+.4f}\u00a0…\u00a0{rise.high:+.4f}"
    assert not table.rows[4].main
    for row, depth in zip(table.rows[10:], study.depths, strict=True):
        difference = paired_t(study.differences("train", depth))
        assert row.cells[0] == "ResNet minus Plain"
        assert row.cells[2].startswith(f"{difference.mean:.4f}\u00a0±")
        assert row.cells[5:] == (f"{difference.low:+.4f}\u00a0…\u00a0{difference.high:+.4f}", "3")


def test_one_seed_has_figures_but_neither_intervals_nor_a_verdict(make_run, compare):
    results = compare([make_run(r, 0, changes={"model.depth": d}) for d in (20, 56) for r in (False, True)])
    [table] = of_kind(results, Table)
    assert {row.cells[5] for row in table.rows} == {"—"}
    shown = [training_error_plot(results.depth_studies[0], load_words("en")), *of_kind(results, Plots)[0].plots]
    assert "nan" not in str([plot.svg.lower() for plot in shown])


def test_intervals_that_leave_the_figure_are_told(make_run, compare):
    accuracies = {0: 0.5, 1: 0.9}
    runs = [
        make_run(r, seed, changes={"model.depth": d}, train_accuracy=accuracies[seed] - 0.001 * d * (seed + r))
        for d in (20, 56)
        for seed in accuracies
        for r in (False, True)
    ]
    assert of_kind(compare(runs), Text)[-1].text.startswith("An interval that ends in an arrow goes on")


def test_without_depths_there_is_nothing(three_seeds):
    assert degradation_blocks(three_seeds, load_words("en")) == []
