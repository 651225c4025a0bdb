"""Degradation in the report: three plots with one scale, a table, and one verdict."""

import pytest

from resnet_lab.report.depth_sentences import depth_sentences
from resnet_lab.report.document import Fold, Plots, Table, Text, unfolded
from resnet_lab.report.sections.degradation import degradation_blocks
from resnet_lab.report.sentences import verdict_sentence
from resnet_lab.report.words import LANGUAGES, load_words
from resnet_lab.statistics.intervals import paired_t


def of_kind(results, kind, language="en"):
    return [block for block in unfolded(degradation_blocks(results, load_words(language))) if isinstance(block, kind)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_verdict_and_its_sentences_are_those_of_the_study(depth_study, language):
    words, [study] = load_words(language), depth_study.depth_studies
    said = [block.text for block in of_kind(depth_study, Text, language)]
    assert study.claim.verdict == "supported"
    assert said[0] == verdict_sentence(study.claim, ("Plain", "ResNet"), words)
    assert depth_sentences(study, words) in said


def test_the_training_error_and_the_verdict_are_seen_at_once_and_the_rest_unfolds(depth_study):
    plots, verdict, fold = degradation_blocks(depth_study, load_words("en"))
    assert [plot.name for plot in plots.plots] == ["depth-train-error"]
    assert isinstance(verdict, Text)
    assert isinstance(fold, Fold)


def test_figures_share_their_scale_and_the_first_says_how_runs_were_evaluated(depth_study):
    plots = [plot for block in of_kind(depth_study, Plots) for plot in block.plots]
    assert [plot.name for plot in plots] == ["depth-train-error", "depth-val-error", "depth-test-error"]
    assert len({plot.figure.axes[0].get_ylim() for plot in plots}) == 1
    assert plots[0].caption == (
        "Training error by depth: last checkpoint, evaluation transform, moving averages of batch normalization "
        "(model.precise_bn is off); small dots are the 24 runs, large dots their means, with 95% t intervals over "
        "seeds; dotted line: always predicting the most frequent class, by its share of the test split"
    )


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
    assert said in of_kind(compare(runs), Plots)[0].plots[0].caption


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
    assert "nan" not in str([plot.svg.lower() for plot in of_kind(results, Plots)[0].plots])


def test_intervals_that_leave_the_figure_are_told(make_run, compare):
    accuracies = {0: 0.5, 1: 0.9}
    runs = [
        make_run(r, seed, changes={"model.depth": d}, train_accuracy=accuracies[seed] - 0.001 * d * (seed + r))
        for d in (20, 56)
        for seed in accuracies
        for r in (False, True)
    ]
    assert of_kind(compare(runs), Text)[-1].text.startswith("An interval that leaves a plot is wider")


def test_without_depths_there_is_nothing(three_seeds):
    assert degradation_blocks(three_seeds, load_words("en")) == []
