"""Where a comparison has an axis, its places are told apart in headings, captions and file names."""

from resnet_lab.report.document import Heading, Text
from resnet_lab.report.sections.places import at_each_place, file_name, in_brackets


def blocks(results):
    return at_each_place(results, "en", lambda finding: [Text(finding.treated.name)])


def test_without_an_axis_nothing_is_added(one_seed):
    assert blocks(one_seed) == [Text("ResNet-34")]
    assert in_brackets(one_seed.findings[0].contrast.place, "en") == ""
    assert file_name(one_seed.findings[0].contrast.place, "curves-loss") == "curves-loss"


def test_each_place_has_its_heading_caption_and_files(two_depths):
    assert blocks(two_depths) == [Heading("depth 18", 3), Text("ResNet-18"), Heading("depth 34", 3), Text("ResNet-34")]
    assert in_brackets(two_depths.findings[1].contrast.place, "en") == " (depth 34)"
    assert in_brackets(two_depths.findings[1].contrast.place, "id") == " (kedalaman 34)"
    assert file_name(two_depths.findings[1].contrast.place, "curves-loss") == "depth-34-curves-loss"
