"""Plots of landscapes hold the given losses, and all networks have one scale."""

from math import log10

import pytest

from resnet_lab.plots.inspection import InspectionResult
from resnet_lab.plots.landscape import contour_levels, landscape_plots, planes_plot
from resnet_lab.plots.style import CONTROL, TREATED, as_svg

STEPS = [step / 2 for step in range(-2, 3)]


def bowl(scale: float) -> dict[tuple[float, float], float]:
    return {(x, y): scale * (0.1 + x * x + y * y) for x in STEPS for y in STEPS}


def result(residual: bool, scale: float, name: str = "net") -> InspectionResult:
    line = [{"x": x, "loss": None if x == 1 else scale * (0.1 + x * x)} for x in STEPS]
    plane = [{"x": x, "y": y, "loss": loss} for (x, y), loss in bowl(scale).items()]
    return InspectionResult(name, "arm", residual, 3, 3, {"landscape": line, "plane": plane})


def test_lines_have_the_color_of_their_arm_and_no_point_where_the_loss_overflowed():
    drawn = landscape_plots([result(False, 1, "a"), result(False, 2, "b"), result(True, 3, "c")])
    lines = {line.get_label(): line for line in drawn["landscape"].axes[0].lines}
    assert {name: (line.get_color(), line.get_linestyle()) for name, line in lines.items()} == {
        "a": (CONTROL, "-"),
        "b": (CONTROL, "--"),
        "c": (TREATED, "-"),
    }
    assert list(lines["b"].get_xdata()) == [-100, -50, 0, 50]
    assert list(lines["b"].get_ydata()) == pytest.approx([2.2, 0.7, 0.2, 0.7])


def test_only_what_all_runs_have_is_drawn():
    other = InspectionResult("other", "arm", False, 3, 3, {"landscape": result(False, 1).rows["landscape"]})
    assert list(landscape_plots([result(True, 1), other])) == ["landscape"]
    assert list(landscape_plots([result(True, 1)])) == ["landscape", "plane"]


def test_planes_have_one_scale_and_the_trained_weights_in_the_middle():
    figure = planes_plot({"Plain": bowl(100), "ResNet": bowl(1)}, ("first", "second"), "loss")
    plain, residual, bar = figure.axes
    scales = [axes.collections[0].get_clim() for axes in (plain, residual)]
    assert scales[0] == scales[1] == pytest.approx((-1, log10(500)))
    for axes, title in ((plain, "Plain"), (residual, "ResNet")):
        assert axes.get_title() == title
        assert (list(axes.lines[0].get_xdata()), list(axes.lines[0].get_ydata())) == ([0], [0])
    assert min(bar.get_yticks()) == pytest.approx(-1)


@pytest.mark.parametrize("kept", [1, 2, 3, 9])
def test_a_plane_of_few_points_or_with_overflows_is_drawn(kept):
    plane = dict(list(bowl(1).items())[:kept])
    plane[0.0, 0.0] = float("inf")
    assert "<svg" in as_svg(planes_plot({"Plain": plane}, ("first", "second"), "loss"))


def test_levels_cover_the_losses():
    assert contour_levels([0.3, 4.0]) == [0.2, 0.5, 1, 2, 5]
    assert contour_levels([0.01, 2e5]) == [10.0**power for power in range(-2, 7)]
    for losses in ([0.7], [0.5, 0.5], [float("inf")], [0.0, 3.0]):
        levels = contour_levels(losses)
        assert len(levels) > 1
        assert levels == sorted(set(levels))
