"""Topic of groups that the data set itself has put into two splits."""

from pathlib import Path

from resnet_lab.checking.groups import of_groups
from resnet_lab.data.items import Item
from resnet_lab.data.layout import Layout, PlacedImage

ROOT = Path("plants")


def placed(name, split):
    return PlacedImage(ROOT / name, "leaf", split, "p1"), Item(ROOT / name, "leaf", f"{len(name):064x}")


def test_a_group_in_two_given_splits_is_an_entry_with_a_file_of_each():
    items = [placed("a.png", "train"), placed("bb.png", "test"), placed("ccc.png", "test")]
    layout = Layout(ROOT, [image for image, _ in items], frozenset({"train", "test"}))
    together = {item.sha256: "p1" for _, item in items}
    [topic] = of_groups(layout, items, together)
    assert topic.says == "1 group of images in two splits of the data set"
    assert topic.refused
    assert {(file.path, file.split) for file in topic.entries[0].files} >= {("a.png", "train")}
    assert {file.split for file in topic.entries[0].files} == {"train", "test"}
    [nothing] = of_groups(layout, items, {})
    assert not nothing.entries
