"""Profiles hold the given data; on a logarithmic axis means are geometric and labels are plain text."""

import numpy as np
import pytest
from scipy import stats

from resnet_lab.plots.curves import Line
from resnet_lab.plots.profiles import profiles_plot
from resnet_lab.plots.style import CONTROL, as_svg

CURVES = [{1: 0.01, 2: 0.1}, {1: 1.0, 2: 0.1}]


def test_means_are_arithmetic_or_geometric():
    for logarithmic, mean in ((False, 0.505), (True, 0.1)):
        figure = profiles_plot([Line("Plain", CONTROL, "-", CURVES)], ("layer", "norm"), logarithmic=logarithmic)
        *seeds, bold = figure.axes[0].lines
        assert [list(line.get_ydata()) for line in seeds] == [[0.01, 0.1], [1.0, 0.1]]
        assert list(bold.get_ydata()) == pytest.approx([mean, 0.1])
        assert figure.axes[0].get_yscale() == ("log" if logarithmic else "linear")


def test_a_dead_layer_has_no_place_on_an_axis_of_factors():
    figure = profiles_plot([Line("Plain", CONTROL, "-", [{1: 0.0, 2: 1.0}])], ("layer", "norm"), logarithmic=True)
    assert list(figure.axes[0].lines[0].get_xdata()) == [2]


@pytest.mark.parametrize(("curve", "label"), [({1: 1.0, 2: 1e-9}, "10⁻⁶"), ({1: 0.9, 2: 0.3}, "0.5")])
def test_labels_of_factors_are_text(curve, label):
    svg = as_svg(profiles_plot([Line("Plain", CONTROL, "-", [curve])], ("layer", "norm"), logarithmic=True))
    assert f">{label}</text>" in svg
    assert "mathdefault" not in svg


def test_on_a_logarithmic_axis_the_interval_is_that_of_the_geometric_mean():
    """It is above zero where that of the arithmetic mean is not."""
    values = [1.0, 10.0, 1000.0]
    line = Line("Plain", CONTROL, "-", [{1: value, 2: 1.0} for value in values])
    figure = profiles_plot([line], ("step", "loss"), logarithmic=True, bands=True)
    [band] = figure.axes[0].collections
    at_one = sorted({y for x, y in band.get_paths()[0].vertices if x == 1})
    logs = np.log10(values)
    expected = stats.t.interval(0.95, 2, logs.mean(), stats.sem(logs))
    assert np.log10([at_one[0], at_one[-1]]) == pytest.approx(expected)
