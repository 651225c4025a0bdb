"""Equal plots are equal files, with text as text."""

import re
import xml.etree.ElementTree as ET

from resnet_lab.plots.curves import Line, curves_plot
from resnet_lab.plots.style import CONTROL, as_png, as_svg, blank, on_hover

SEEDS = [{1: 0.5, 2: 0.7, 3: 0.9}, {1: 0.3, 2: 0.5}]


def make():
    return curves_plot([Line("Plain-34 $x$ \u65e5", CONTROL, "-", SEEDS)], ("epoch", "loss"), {})


def test_equal_figures_are_equal_files_with_text_as_text():
    assert as_svg(make()) == as_svg(make())
    assert as_png(make()) == as_png(make())
    svg = as_svg(make())
    assert "Plain-34 $x$ \u65e5</text>" in svg
    assert ET.fromstring(svg).tag.endswith("svg")
    assert as_png(make()).startswith(b"\x89PNG")


def test_values_appear_where_the_pointer_rests_on_a_mark_and_on_each_point_of_a_curve():
    figure, axes = blank(("x", "y"))
    on_hover(axes.plot(1, 2, "o")[0], "seed 0 <&\"'>: +1.27")
    drawn = ET.fromstring(as_svg(figure))
    assert [title.text for title in drawn.iter("{http://www.w3.org/2000/svg}title")] == ["seed 0 <&\"'>: +1.27"]
    svg = as_svg(make())
    ET.fromstring(svg)
    assert "hover:" not in svg
    points = re.findall(r"<use [^>]*><title>([^<]*)</title></use>", svg)
    assert points == ["Plain-34 $x$ \u65e5, epoch 1: 0.4", "Plain-34 $x$ \u65e5, epoch 2: 0.6"]


def test_long_labels_fit_below_and_beside_a_plot():
    below, beside = "step along a random direction, in % of each filter's norm", "standard deviation of the response"
    figure, axes = blank((below, beside))
    figure.draw_without_rendering()
    for axis in (axes.xaxis, axes.yaxis):
        shown = axis.label.get_window_extent()
        assert "\n" in axis.label.get_text()
        assert figure.bbox.x0 <= shown.x0 < shown.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= shown.y0 < shown.y1 <= figure.bbox.y1
