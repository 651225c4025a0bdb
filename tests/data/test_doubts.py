"""Doubts about names and folders of layouts that a fit accepts."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from resnet_lab.data.doubts import doubts_about
from resnet_lab.data.layout import Layout, layout_of
from resnet_lab.data.manifest import ManifestRule, read_manifest
from resnet_lab.data.scan import Scan


def layout(*names: str) -> Layout:
    folders = sorted({str(folder) for name in names for folder in Path(name).parents if folder.name})
    return layout_of(Scan(Path("data"), images=sorted(names), folders=folders))


def of(classes, *files: str) -> Layout:
    return layout(*(f"{name}/{file}" for name in classes for file in files))


def only_doubt(found: Layout):
    [doubt] = doubts_about(found)
    return doubt


def test_ordinary_sets_raise_no_doubt():
    assert doubts_about(of(("cat", "dog"), "1.png", "2.png")) == []
    assert doubts_about(of(("zebra 9", "Zebra 10"), "1.png")) == []
    assert doubts_about(layout("cat/2020/1.png", "dog/a/1.png", "dog/2.png")) == []
    # One folder around all images of each class tells no images apart.
    assert doubts_about(of(("cat", "dog"), "images/1.png", "images/2.png")) == []
    assert doubts_about(layout("train/cat/1.png", "train/dog/1.png", "val/cat/2.png")) == []
    assert doubts_about(layout("cat/masks/1.png")) == []


@pytest.mark.parametrize(
    ("classes", "text"),
    [
        (("Cat", "cat", "dog"), "1 pair of classes with the same name but for case or blanks: 'Cat' and 'cat' differ"),
        (("cat ", "cat", "dog"), "'cat' and 'cat ' differ in blanks"),
        (("a", "A", "b", "B"), "2 pairs of classes"),
    ],
)
def test_classes_that_look_the_same(classes, text):
    doubt = only_doubt(of(classes, "1.png"))
    assert (doubt.name, doubt.finding) == ("alike_classes", True)
    assert text in doubt.says


def test_classes_in_two_unicode_forms_are_a_remark():
    doubt = only_doubt(replace(of(("cat", "dog"), "1.png"), merged=("café",)))
    assert (doubt.name, doubt.finding) == ("unicode_forms", False)
    assert doubt.says == "1 class with a name in two Unicode forms (NFC, NFD), taken as one: café"


@pytest.mark.parametrize(
    "classes",
    [("seg_pred", "seg_test", "seg_train"), ("trainA", "testA"), ("Training Set", "Test Set"), ("x-train", "x-val")],
)
def test_classes_named_like_splits(classes):
    doubt = only_doubt(of(classes, "1.png"))
    assert (doubt.name, doubt.finding) == ("named_like_splits", True)
    assert set(doubt.entries) == set(classes) - {"seg_pred"}


def test_words_of_splits_in_unlike_names_are_no_doubt():
    assert doubts_about(of(("bullet_train", "test tube", "valid_ticket"), "1.png")) == []
    assert doubts_about(of(("valid", "invalid"), "1.png")) == []


@pytest.mark.parametrize(
    ("files", "finding", "text"),
    [
        (("images/1.png", "masks/1.png"), True, "2 folders in several classes, whose images are all taken: im"),
        (("train/1.png", "val/1.png", "Test/1.png"), True, "3 folders in several classes"),
        (("1.png", "Thumbs/1.png"), True, "1 folder in several classes, whose images are all taken: thumbs/"),
        (("a/images/1.png", "a/masks/1.png"), True, "are all taken: images/, masks/"),
        (("front/1.png", "back/1.png"), True, "back/, front/"),
        (("1.png", "more/1.png"), False, "whose images are all taken: more/"),
    ],
)
def test_folders_that_repeat_in_all_classes(files, finding, text):
    doubt = only_doubt(of(("cat", "dog"), *files))
    assert (doubt.name, doubt.finding) == ("inner_folders", finding)
    assert text in doubt.says


def test_folders_of_splits_and_masks_need_not_be_in_all_classes():
    doubt = only_doubt(layout("cat/1.png", "cat/masks/1.png", "dog/1.png", "dog/masks/1.png", "eel/1.png"))
    assert doubt.entries == ("masks/: 2 images of 2 classes",)
    assert doubts_about(layout("cat/1.png", "cat/odd/1.png", "dog/1.png", "dog/odd/1.png", "eel/1.png")) == []


def test_the_classes_may_lie_below_what_was_taken_for_them():
    doubt = only_doubt(layout("siteA/cat/1.png", "siteA/dog/1.png", "siteB/cat/1.png", "siteB/dog/1.png"))
    assert doubt.finding
    assert "If they are the classes, give the folder above them" in doubt.advice


def test_a_manifest_says_itself_what_it_holds():
    tree = of(("cat", "dog"), "images/1.png", "masks/1.png")
    assert Counter(image.label for image in tree.placed) == {"cat": 2, "dog": 2}
    assert doubts_about(Layout(tree.root, tree.placed, frozenset())) == []


def test_a_split_folder_as_a_data_set_of_its_own():
    found = of(("cat", "dog"), "1.png")
    images = [replace(image, path=Path("data/Test") / image.path.relative_to("data")) for image in found.placed]
    doubt = only_doubt(replace(found, root=Path("data/Test"), placed=images))
    assert (doubt.name, doubt.finding) == ("root_is_a_split", False)
    assert doubt.says == "Test/ is taken as a whole data set and split into train, val and test"
    assert doubt.advice.endswith(f"--data.root {Path.cwd() / 'data'}")
    manifest = [replace(image, label=f"a {image.label}") for image in images]
    assert doubts_about(Layout(Path("data/Test"), manifest, frozenset())) == []


def test_a_column_of_splits_with_another_name_is_a_doubt_that_names_the_option(tmp_path):
    rows = [f"{split}/{k}.png,{'cat' if k % 2 else 'dog'},{split},{k}" for split in ("Train", "test") for k in range(4)]
    for row in rows:
        file = tmp_path / row.split(",")[0]
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"")
    manifest = tmp_path / "list.csv"
    manifest.write_text("\n".join(["path,label,subset,n", *rows]))
    found = read_manifest(manifest)
    assert found.given == frozenset()
    doubt = only_doubt(found)
    assert "the column subset of the manifest names splits and is not read" in doubt.says
    assert "--data.columns '{split: subset}'" in doubt.advice
    assert read_manifest(manifest, ManifestRule(columns={"split": "subset"})).given == {"train", "test"}
    manifest.write_text("\n".join(["path,label,subset,n", *rows[:4]]))  # nothing but train
    assert doubts_about(read_manifest(manifest)) == []
    manifest.write_text(
        "\n".join(["path,label,subset,n", *rows, "Train/0.png,cat,other,9"]).replace("\nTrain/0.png,dog", "")
    )
    assert read_manifest(manifest).like_splits == ""
