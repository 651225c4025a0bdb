"""Equal plots are equal files, with text as text."""

import xml.etree.ElementTree as ET

from resnet_lab.plots.curves import Line, curves_plot
from resnet_lab.plots.style import CONTROL, as_png, as_svg

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
