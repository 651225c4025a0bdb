"""SVG in a page has the colors of the page and its own ids, and loads nothing."""

import re

import pytest

from resnet_lab.plots.curves import Line, curves_plot
from resnet_lab.plots.style import CONTROL, TREATED, as_svg
from resnet_lab.report.inline_svg import inline_svg

CURVES = [{1: 0.5, 2: 0.7}]


@pytest.fixture
def svg():
    lines = [Line("Plain-34", CONTROL, "-", CURVES), Line("ResNet-34", TREATED, "-", CURVES)]
    return as_svg(curves_plot(lines, ("epoch", "loss"), {}))


def test_it_is_one_element_with_a_caption(svg):
    element = inline_svg(svg, "loss", "Loss by epoch")
    assert element.startswith('<svg role="img" aria-label="Loss by epoch"')
    assert element.endswith("</svg>")
    assert element.count("<svg") == 1
    assert "viewBox=" in element
    assert not re.search(r"<\?xml|<!DOCTYPE|<metadata|<style ", element)


def test_colors_are_those_of_the_page(svg):
    element = inline_svg(svg, "loss", "")
    assert CONTROL in svg
    assert not re.search(r"#(b45309|1d4ed8|1f2937|d1d5db)", element)
    assert {"var(--control)", "var(--treated)", "var(--ink)", "var(--line)"} <= set(
        re.findall(r"var\(--[a-z]+\)", element)
    )


def test_two_figures_in_a_page_share_no_id(svg):
    first, second = (inline_svg(svg, name, "") for name in ("first", "second"))
    ids = [set(re.findall(r'\bid="([^"]+)"', element)) for element in (first, second)]
    assert ids[0]
    assert not ids[0] & ids[1]
    for element, own in zip((first, second), ids, strict=True):
        used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', element))
        assert used
        assert used <= own


def test_coordinates_are_rounded_and_no_number_that_is_read():
    """A legend, a label and what appears on hover keep their decimals."""
    svg = (
        '<svg viewBox="0 0 1 1"><path d="M 1.23456 -7.654321 &quot;"/><text x="3.14159">ECE 0.0493 ± 0.0089</text>'
        "<g><title>epoch 1 (0.7740): -0.0123</title></g></svg>"
    )
    element = inline_svg(svg, "a", "")
    assert 'd="M 1.2 -7.7 ' in element
    assert '<text x="3.1">ECE 0.0493 ± 0.0089</text><g><title>epoch 1 (0.7740): -0.0123</title></g>' in element
