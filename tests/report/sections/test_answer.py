"""The answer: one row per pair, both intervals, the color of the arm ahead, and what would make it surer."""

import itertools
from dataclasses import replace

import pytest

from resnet_lab.comparison.families import accuracy_claim
from resnet_lab.plots.style import CONTROL, INK, TREATED
from resnet_lab.report.document import Shares, unfolded
from resnet_lab.report.sections.answer import (
    answer_plot,
    color_of,
    over_settings,
    pairs_plot,
    shares_of,
    sides_of,
    sure_fold,
)
from resnet_lab.report.sentences import claim_details
from resnet_lab.report.words import load_words

WORDS = load_words("en")


def test_the_plot_has_a_row_per_pair_and_both_intervals(three_seeds):
    [finding] = three_seeds.findings
    claim, plot = finding.claims[0], answer_plot(finding, WORDS)
    axes = plot.figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["seed 0", "seed 1", "seed 2", "mean"]
    assert axes.get_xlabel() == "ResNet-34 minus Plain-34, test accuracy\n(percentage points)"
    dots = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"]
    assert dots == pytest.approx([100 * difference for difference in claim.differences])
    wide, narrow = (line.get_xdata() for line in axes.lines if line.get_ydata()[0] == 3 and len(line.get_xdata()) == 2)
    assert list(wide) == pytest.approx([100 * claim.interval.low, 100 * claim.interval.high])
    assert list(narrow) == pytest.approx([100 * claim.these_images.low, 100 * claim.these_images.high])
    assert "Thin line: 95% interval for new images and new training (the verdict rests on it)" in plot.caption


def test_a_lower_error_has_the_color_of_the_arm_that_has_it(depth_study):
    [study] = depth_study.depth_studies
    plot = pairs_plot(study.claim, ("Plain", "ResNet"), "rise of training error", WORDS, "degradation")
    assert study.claim.interval.mean < 0
    assert {line.get_color() for line in plot.figure.axes[0].lines if line.get_marker() == "o"} == {TREATED}
    left, right = plot.figure.axes[0].texts
    assert (left.get_text(), left.get_color()) == ("← ResNet better", TREATED)
    assert (right.get_text(), right.get_color()) == ("Plain better →", CONTROL)
    undecided = replace(study.claim, verdict="undecided")
    plot = pairs_plot(undecided, ("Plain", "ResNet"), "rise of training error", WORDS, "degradation")
    assert {line.get_color() for line in plot.figure.axes[0].lines if line.get_marker() == "o"} == {INK}


def test_the_side_of_the_higher_value_is_the_better_one_unless_lower_is_better():
    arms = ("Plain-34", "ResNet-34")
    assert sides_of(arms, WORDS) == (("← Plain-34 better", CONTROL), ("ResNet-34 better →", TREATED))
    assert sides_of(arms, WORDS, lower_is_better=True)[0] == ("← ResNet-34 better", TREATED)
    assert sides_of(arms, load_words("id"), ("below", "above"))[1] == ("↑ ResNet-34 lebih baik", TREATED)


def test_one_pair_is_one_row(one_seed):
    plot = answer_plot(one_seed.findings[0], WORDS)
    assert len(plot.figure.axes[0].get_yticklabels()) == 1
    assert plot.caption == (
        "The dot is the only seed pair. The difference holds only for these two networks and these test images."
    )


def test_below_it_unfold_the_numbers_and_the_parts_of_the_uncertainty(three_seeds, two_depths):
    [finding] = three_seeds.findings
    fold = sure_fold(three_seeds, WORDS)
    *said, shares = fold.blocks
    assert [block.text for block in said] == claim_details(finding.claims[0], finding.contrast.arms, WORDS)
    assert shares == shares_of(finding.claims[0], WORDS)
    assert sum(percent for _, percent in shares.parts) == pytest.approx(100)
    assert shares.text.startswith("Of the uncertainty for new images and new training, ")
    assert sum(isinstance(block, Shares) for block in unfolded([sure_fold(two_depths, WORDS)])) == 2


def test_several_settings_have_a_plot_of_all_of_them(two_depths, three_seeds):
    rise, plot = over_settings(two_depths, WORDS)
    assert (rise.name, plot.name) == ("degradation", "differences")
    assert {accuracy_claim(finding.claims).interval.level for finding in two_depths.findings} == {0.975}
    assert plot.caption.startswith(
        "Test accuracy by depth: mean difference with its 97.5% interval (the verdict rests on it). The level is 97.5% "
        "and not 95%, since 2 settings are tested together."
    )
    assert "mean with its 95% interval" in rise.caption
    axes = plot.figure.axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["18", "34"]
    assert [text.get_text() for text in axes.texts] == ["↓ Plain better", "↑ ResNet better"]
    claims = [accuracy_claim(finding.claims) for finding in two_depths.findings]
    shown = [line.get_color() for line in axes.lines if line.get_marker() == "D"]
    assert shown == [color_of(claim) for claim in claims]
    assert over_settings(three_seeds, WORDS) == []


def test_settings_of_several_keys_have_a_line_each_below_the_plot(make_run, compare):
    settings = [{"model.depth": depth, "model.lr": lr} for depth in (18, 34) for lr in (1e-4, 3e-4, 1e-3)]
    results = compare([make_run(arm, seed, changes=of) for of in settings for seed in (0, 1) for arm in (False, True)])
    plot = over_settings(results, WORDS)[-1]
    [axes] = plot.figure.axes
    names = [tick.get_text() for tick in axes.get_xticklabels()]
    assert names[:2] == ["18\n0.0001", "18\n0.0003"]
    plot.figure.draw_without_rendering()
    boxes = [tick.get_window_extent() for tick in axes.get_xticklabels()]
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))
    assert axes.get_xlabel() == "depth, learning rate"


def test_over_folds_each_row_names_what_it_holds_out(make_run, compare):
    runs = [make_run(arm, seed, changes={"data.fold": f"{seed or 3}/3"}) for seed in range(3) for arm in (False, True)]
    plot = answer_plot(compare(runs).findings[0], WORDS)
    names = [tick.get_text() for tick in plot.figure.axes[0].get_yticklabels()]
    assert {"seed 0, fold 3", "seed 1, fold 1", "seed 2, fold 2"} <= set(names)
    assert plot.caption.startswith("Each dot is a seed pair, which holds out a fold of its own.")
