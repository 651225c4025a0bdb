"""Where a file lies says its class and split."""

from pathlib import Path

import pytest

from resnet_lab.data.layout import Placed, layout_of
from resnet_lab.data.scan import scan
from resnet_lab.errors import InputError


def layout(root: Path, *names: str):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if name.endswith("/") else path.touch()
    return layout_of(scan(root))


def test_one_tree(tmp_path):
    found = layout(tmp_path, "a/1.png", "a/deep/er/2.png", "b/3.png")
    assert found.given == frozenset()
    assert [(p.path.name, p.label, p.split) for p in found.placed] == [
        ("1.png", "a", None),
        ("2.png", "a", None),
        ("3.png", "b", None),
    ]


def test_splits(tmp_path):
    found = layout(tmp_path, "train/a/1.png", "train/b/x/2.png", "valid/a/3.png", "test/b/4.png")
    assert found.given == {"train", "val", "test"}
    assert [(p.label, p.split) for p in found.placed] == [("b", "test"), ("a", "train"), ("b", "train"), ("a", "val")]


def test_what_is_not_taken_is_named(tmp_path):
    found = layout(tmp_path, "train/a/1.png", "train/stray.png", "extra/a/2.png", "train/a/notes.txt", "README.md")
    assert found.placed == [Placed(tmp_path / "train/a/1.png", "a", "train")]
    assert [str(path.relative_to(tmp_path)) for path in found.passed_over] == [
        "extra/a/2.png",
        "train/a/notes.txt",
        "train/stray.png",
    ]


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (("notes.txt",), r"No images in .*\. It should hold one folder a class"),
        (("train/a/", "val/a/1.png"), "No images in .*train"),
        (
            ("train/1.png", "car/2.png"),
            "train holds images, but no folders of classes: train/ is taken for the training",
        ),
        (("a/1.png", "b/", "c/"), "has class folders without images: b, c. Fill or remove them."),
        (("train/a/1.png", "train/b/", "val/a/2.png"), "train has class folders without images: b."),
        (("Train/a/1.png", "Val/a/2.png"), r"has folders named like splits \(Train, Val\), but no train/"),
        (("Train/a/1.png", "Dev/a/2.png"), r"has folders named like splits \(Train\), but no train/"),
        (("train/a/1.png", "Val/a/2.png"), "has train/ and also Val: splits are called train/, val/ and test/."),
        (("train/a/1.png", "val/a/2.png", "eval/a/3.png"), "has several folders for val: eval, val. Keep one."),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path, names, text):
    with pytest.raises(InputError, match=text):
        layout(tmp_path, *names)
