"""Error by depth: every run, means with intervals, and a y axis that no interval stretches."""

import pytest

from resnet_lab.plots.depth import Errors, depth_plot, exceeds, top_of
from resnet_lab.plots.style import CONTROL, TREATED
from resnet_lab.statistics.intervals import paired_t

RUNS = ({20: [0.18, 0.2], 110: [0.3, 0.32]}, {20: [0.18, 0.19], 110: [0.17, 0.18]})


@pytest.fixture
def arms():
    return [
        Errors(label, color, runs, {depth: paired_t(errors) for depth, errors in runs.items()})
        for label, color, runs in zip(("Plain", "ResNet"), (CONTROL, TREATED), RUNS, strict=True)
    ]


def test_every_run_every_mean_and_every_interval_is_drawn_in_percent(arms):
    axes = depth_plot(arms, ("depth", "error"), 35, {"majority": 0.31}).axes[0]
    level, *drawn = axes.lines
    assert set(level.get_ydata()) == {31}
    assert drawn[0].get_ydata() == pytest.approx([100 * paired_t([0.18, 0.2]).low, 100 * paired_t([0.18, 0.2]).high])
    assert drawn[1].get_ydata() == pytest.approx([18, 20])
    assert drawn[4].get_ydata() == pytest.approx([19, 31])
    assert drawn[4].get_label() == "Plain"
    assert axes.get_ylim() == (0, 35)
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["20", "110"]


def test_arms_stand_beside_each_other_on_either_side_of_the_depth(arms):
    lines = depth_plot(arms, ("depth", "error"), 35, {}).axes[0].lines
    control, treated = lines[4].get_xdata(), lines[9].get_xdata()
    for depth, left, right in zip((20, 110), control, treated, strict=True):
        assert 0.95 * depth < left < depth < right < 1.05 * depth


def test_the_axis_goes_by_the_runs_and_what_leaves_it_is_known(arms):
    top = top_of([0.3, 0.32])
    assert 32 < top < 36
    assert exceeds(arms, top)
    narrow = [Errors("x", CONTROL, {20: [0.2]}, {20: paired_t([0.2, 0.201])})]
    assert not exceeds(narrow, top)
