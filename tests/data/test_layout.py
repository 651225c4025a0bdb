"""Layouts: class and split of each image by its path, and the recognizer that wins."""

from pathlib import Path

import pytest

from resnet_lab.data import layout as module
from resnet_lab.data.layout import RECOGNIZERS, PlacedImage, class_folders, layout_of, place_images, split_folders
from resnet_lab.data.scan import scan
from resnet_lab.errors import InputError


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if name.endswith("/") else path.touch()


def scan_of(root: Path, *names: str):
    make(root, *names)
    return scan(root)


def layout(root: Path, *names: str):
    return layout_of(scan_of(root, *names))


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
    assert found.placed == [PlacedImage(tmp_path / "train/a/1.png", "a", "train")]
    assert [str(path.relative_to(tmp_path)) for path in found.passed_over] == [
        "extra/a/2.png",
        "train/a/notes.txt",
        "train/stray.png",
    ]


def test_each_folder_has_one_recognizer(tmp_path):
    make(tmp_path, "split/train/a/1.png", "tree/a/1.png", "flat/1.png")
    for folder, recognizer in (("split", split_folders), ("tree", class_folders), ("flat", None)):
        found = scan(tmp_path / folder)
        assert next((recognize for recognize in RECOGNIZERS if recognize(found) is not None), None) is recognizer


def test_a_further_layout_is_one_function(tmp_path, monkeypatch):
    def class_in_the_name(found):
        return place_images(found, lambda parts: (parts[-1].split(".")[0], None))

    monkeypatch.setattr(module, "RECOGNIZERS", (*RECOGNIZERS, class_in_the_name))
    found = layout(tmp_path, "cat.0001.jpg", "dog.0001.jpg", "README.md")
    assert [(image.path.name, image.label) for image in found.placed] == [
        ("cat.0001.jpg", "cat"),
        ("dog.0001.jpg", "dog"),
    ]
    assert found.passed_over == found.empty_classes == ()
    # The layouts before it in the list win where they know the folder.
    assert [image.label for image in layout(tmp_path, "a/cat.0002.jpg").placed] == ["a"]


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (("notes.txt",), r"No images in .*\. It should hold one folder per class"),
        (("train/a/", "val/a/1.png"), "No images in .*train"),
        (
            ("train/1.png", "car/2.png"),
            "train holds images, but no folders of classes: train/ is taken for the training",
        ),
        (("a/1.png", "b/", "c/"), "has class folders without images: b, c. Fill or remove them."),
        (
            ("a/1.png", "b/2.dcm", "b/3.dcm"),
            r"has class folders without images: b \(2 \.dcm\)\. Fill or remove them\.",
        ),
        (
            ("set/a/1.png", "set/b/2.png", "docs/"),
            r"without images: docs\..* All images lie in folders of set/: a, b\.",
        ),
        (("train/a/1.png", "train/b/", "val/a/2.png"), "train has class folders without images: b."),
        (("Train/1.png", "Val/2.png"), r"has folders named like splits \(Train, Val\), but no train/"),
        (("Train/a/1.png", "Dev/a/2.png"), r"has folders named like splits \(Train\), but no train/"),
        (("val/a/1.png", "test/2.png"), r"has folders named like splits \(test, val\), but no train/"),
        (("train/a/1.png", "Train/a/2.png"), r"has several folders for train: Train, train\. Keep one\."),
        (("train/a/1.png", "Val/a/2.png", "val /a/3.png"), r"has several folders for val: Val, val \. Keep one\."),
        (("train/a/1.png", "val/a/2.png", "eval/a/3.png"), "has several folders for val: eval, val. Keep one."),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path, names, text):
    with pytest.raises(InputError, match=text):
        layout(tmp_path, *names)


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        (("Train/a/1.png", "Validation/a/2.png", "TEST/a/3.png"), {"train", "val", "test"}),
        (("training/a/1.png", "testing/a/2.png", "overview.png"), {"train", "test"}),
        (("train/a/1.png", "Val/a/2.png", "Dev/a/3.png"), {"train", "val"}),
        (("test/a/1.png", "test/b/2.png"), {"test"}),
        (("Testing/a/1.png", "eval/a/2.png", "docs/x.pdf"), {"val", "test"}),
        # Names that may be those of classes, as before.
        (("Train/1.png", "Bus/2.png"), set()),
        (("valid/1.png", "invalid/2.png"), set()),
        (("test/a/1.png", "pen/2.png"), set()),
    ],
)
def test_folders_that_are_splits(tmp_path, names, splits):
    found = layout_of(scan_of(tmp_path, *names), allow_empty_classes=True)
    assert {image.split for image in found.placed} - {None} == splits
    if splits:
        assert {image.label for image in found.placed} == {"a"} | ({"b"} if "test/b/2.png" in names else set())


def test_folders_below_the_classes_are_counted(tmp_path):
    found = layout(tmp_path, "a/x/1.png", "a/x/y/2.png", "a/3.png", "b/x/x/4.png", "c/5.png")
    assert found.inner == {"a": {"x": 2, "y": 1}, "b": {"x": 1}}
    given = layout(tmp_path / "given", "train/a/x/1.png", "test/a/x/2.png", "test/a/3.png")
    assert given.inner == {"a": {"x": 2}}
