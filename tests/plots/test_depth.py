"""Error by depth: every run, means with intervals, and a y axis that an interval stretches by little."""

import pytest

from resnet_lab.plots.depth import Errors, depth_plot, exceeds, limits_of
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
    axes = depth_plot(arms, ("depth", "error"), (0, 100), {"majority": 0.31}).axes[0]
    level, *drawn = axes.lines
    assert set(level.get_ydata()) == {31}
    assert drawn[0].get_ydata() == pytest.approx([100 * paired_t([0.18, 0.2]).low, 100 * paired_t([0.18, 0.2]).high])
    assert drawn[1].get_ydata() == pytest.approx([18, 20])
    assert drawn[4].get_ydata() == pytest.approx([19, 31])
    assert drawn[4].get_label() == "Plain"
    assert axes.get_ylim() == (0, 100)
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["20", "110"]


def test_arms_stand_beside_each_other_on_either_side_of_the_depth(arms):
    lines = depth_plot(arms, ("depth", "error"), (-100, 200), {}).axes[0].lines
    control, treated = lines[4].get_xdata(), lines[9].get_xdata()
    for depth, left, right in zip((20, 110), control, treated, strict=True):
        assert 0.95 * depth < left < depth < right < 1.05 * depth


def test_the_axis_fits_runs_lines_and_short_intervals_and_need_not_begin_at_zero():
    errors = [0.2, 0.21, 0.205]
    arm = Errors("x", CONTROL, {20: errors, 56: [0.3]}, {20: paired_t(errors), 56: paired_t([0.3])})
    low, high = limits_of([arm], [0.31])
    assert low == pytest.approx(100 * paired_t(errors).low - 0.05 * (31 - 100 * paired_t(errors).low))
    assert high == pytest.approx(31 + 0.05 * (31 - 100 * paired_t(errors).low))
    assert not exceeds([arm], (low, high))


def test_a_long_interval_stretches_the_axis_by_half_the_range_of_the_runs_and_ends_in_an_arrow(arms):
    low, high = limits_of(arms)
    assert (low, high) == (pytest.approx(17 - 7.5 - 0.05 * 30), pytest.approx(32 + 7.5 + 0.05 * 30))
    assert exceeds(arms, (low, high))
    axes = depth_plot(arms, ("depth", "error"), (low, high), {}).axes[0]
    arrows = [(line.get_marker(), line.get_ydata()[0]) for line in axes.lines if line.get_marker() in "^v"]
    mean = paired_t([0.3, 0.32])
    assert 100 * mean.high > high
    assert ("^", high) in arrows
    assert all(value in (low, high) for _, value in arrows)


def test_errors_are_shares_and_so_is_the_axis():
    wide = Errors("x", CONTROL, {20: [0.01, 0.99]}, {20: paired_t([0.01, 0.99])})
    assert limits_of([wide]) == (0, 100)
