"""Headings and file names tell axis values apart."""

from resnet_lab.report.document import Heading, Text
from resnet_lab.report.sections.axis_values import at_each_axis_value, file_name
from resnet_lab.report.words import load_words


def blocks(results):
    return at_each_axis_value(results.findings, load_words("en"), lambda finding: [Text(finding.treated.name)])


def test_without_an_axis_nothing_is_added(one_seed):
    assert blocks(one_seed) == [Text("ResNet-34")]
    assert file_name(one_seed.findings[0].contrast.axis_value, "curves-loss") == "curves-loss"


def test_each_axis_value_has_its_heading_and_files(two_depths):
    assert blocks(two_depths) == [Heading("depth 18", 3), Text("ResNet-18"), Heading("depth 34", 3), Text("ResNet-34")]
    assert file_name(two_depths.findings[1].contrast.axis_value, "curves-loss") == "depth-34-curves-loss"
