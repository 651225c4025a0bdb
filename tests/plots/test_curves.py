"""Curves hold the given data: seeds thin, their mean bold."""

import pytest

from resnet_lab.plots.curves import Line, curves_plot, have_wide_range, mean_curve, run_curves_plot
from resnet_lab.plots.style import CONTROL

SEEDS = [{1: 0.5, 2: 0.7, 3: 0.9}, {1: 0.3, 2: 0.5}]


def drawn(figure):
    """Return the data of all lines as lists of points."""
    [axes] = figure.axes
    return [list(zip(*line.get_data(), strict=True)) for line in axes.lines]


def test_seeds_are_thin_and_their_mean_is_bold():
    figure = curves_plot([Line("Plain-34, val", CONTROL, "-", SEEDS)], ("epoch", "loss"), {"floor": 0.2})
    first, second, mean, floor = drawn(figure)
    assert first == list(SEEDS[0].items())
    assert second == list(SEEDS[1].items())
    assert mean == [(1, 0.4), (2, pytest.approx(0.6))] == list(mean_curve(SEEDS).items())
    assert {y for _, y in floor} == {0.2}
    widths = [line.get_linewidth() for line in figure.axes[0].lines]
    assert max(widths[:2]) < 1 < 2 < widths[2]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["Plain-34, val", "floor"]


def test_a_single_seed_is_its_own_mean():
    [only] = drawn(curves_plot([Line("x", CONTROL, "--", SEEDS[:1])], ("epoch", "loss"), {}))
    assert only == list(SEEDS[0].items())


def test_the_curves_of_a_run_are_beside_each_other_with_the_best_epoch():
    lines = [Line("training", CONTROL, "--", SEEDS[:1]), Line("validation", CONTROL, "-", SEEDS[1:])]
    figure = run_curves_plot({"loss": lines, "accuracy": lines[1:]}, 2, "plain34/version_0")
    loss, accuracy = figure.axes
    assert (loss.get_ylabel(), accuracy.get_ylabel()) == ("loss", "accuracy")
    assert [line.get_linestyle() for line in loss.lines] == ["--", "-", ":"]
    assert list(zip(*loss.lines[0].get_data(), strict=True)) == list(SEEDS[0].items())
    assert list(accuracy.lines[-1].get_xdata()) == [2, 2]
    assert len(run_curves_plot({"loss": lines}, None, "").axes[0].lines) == 2


def test_a_single_epoch_is_a_point():
    [axes] = run_curves_plot({"loss": [Line("validation", CONTROL, "-", [{1: 0.5}])]}, 1, "").axes
    assert axes.lines[0].get_marker() == "o"
    shown = [tick for tick in axes.get_xticks() if axes.get_xlim()[0] < tick < axes.get_xlim()[1]]
    assert shown == [1]


def test_values_of_many_sizes_have_a_logarithmic_axis():
    sizes = ({1: 600.0, 2: 12.0}, {1: 599.0, 2: 12.0}, {1: 600.0, 2: 0.0})
    assert [have_wide_range([Line("loss", CONTROL, "-", [curve])]) for curve in sizes] == [True, False, False]
    for logarithmic in (True, False):
        figure = curves_plot([Line("loss", CONTROL, "-", [sizes[0]])], ("epoch", "loss"), {}, logarithmic=logarithmic)
        assert figure.axes[0].get_yscale() == ("log" if logarithmic else "linear")


def test_the_legend_covers_no_curve():
    figure = curves_plot([Line("Plain-34, val", CONTROL, "-", SEEDS)], ("epoch", "loss"), {})
    figure.draw_without_rendering()
    assert figure.legends[0].get_window_extent().y0 >= figure.axes[0].get_window_extent().y1


def test_the_one_legend_of_a_run_stands_below_its_panels():
    lines = [Line("training", CONTROL, "--", SEEDS[:1]), Line("validation", CONTROL, "-", SEEDS[1:])]
    figure = run_curves_plot({"loss": lines, "accuracy": lines}, 2, "plain34/version_0")
    figure.draw_without_rendering()
    assert [axes.get_legend() for axes in figure.axes] == [None, None]
    [legend] = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["training", "validation", "best checkpoint, epoch 2"]
    assert legend.get_window_extent().y1 <= min(axes.get_tightbbox().y0 for axes in figure.axes)
