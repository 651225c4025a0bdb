"""Sentences on folders whose images are there, but not where a layout takes them."""

from pathlib import Path

import pytest

from resnet_lab.data.elsewhere import classes_below, no_images, of_other_endings, without_class_folders
from resnet_lab.data.scan import Scan, scan


def scan_of(root: Path, *names: str) -> Scan:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return scan(root)


def test_a_flat_folder_is_asked_about(tmp_path):
    (tmp_path / "my cats" / "dog").mkdir(parents=True)
    (tmp_path / "my cats" / "@eaDir").mkdir()
    said = str(no_images(scan_of(tmp_path / "my cats" / "cat", "1.png", "2.jpg", "notes.txt")))
    above = f"--data.root '{tmp_path}/my cats'"
    assert said.startswith(
        "2 images lie in cat/ without class folders: is this one class? Then give the folder above it, "
        f"{above}, which also holds dog. To classify single images, give resnet-lab predict RUN --data.images '"
    )
    assert ". The data.root of a data set: It should hold one folder per class" in said


def test_a_table_beside_flat_images_may_be_a_manifest(tmp_path):
    said = str(no_images(scan_of(tmp_path, "1.png", "list.csv")))
    assert said.startswith("1 image lies in ")
    assert f" If list.csv lists the classes, --data.root {tmp_path}/list.csv. To classify" in said


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ((), "No images in ROOT. It should hold"),
        (("a/1.dcm", "a/2.DCM", "3.txt"), "No images in ROOT (2 .dcm, 1 .txt). It should hold"),
        ((".cat/1.png", "@eaDir/2.png"), "No images in ROOT; left out are .cat, @eaDir. It should hold"),
    ],
)
def test_a_folder_without_images_says_what_it_has(tmp_path, names, text):
    assert str(no_images(scan_of(tmp_path, *names))).replace(str(tmp_path), "ROOT").startswith(text)


def test_endings_are_those_of_one_folder():
    files = Scan(Path("d"), others=["cat/1.cr2", "cats/2.txt", "cat/a/3", "x"])
    assert of_other_endings(files, "cat") == " (1 .cr2, 1 without ending)"
    assert of_other_endings(files, "dog") == ""


@pytest.mark.parametrize(
    ("names", "top", "text"),
    [
        (("set/cat/1.png", "set/dog/2.png"), "", "folders of set/: cat, dog. If these are the classes, give --data.r"),
        (("a/b c/train/cat/1.png", "a/b c/val/cat/1.png"), "", "folders of a/b c/: train, val. If these are"),
        (("a/b/1/x.png", "a/b/2/x.png", "stray.png"), "", "folders of a/b/: 1, 2. If"),
        (("train/x/cat/1.png", "train/x/dog/1.png"), "train", "train/x/: cat, dog. If these are the classes, move"),
        (("cat/1.png",), "", ""),
        (("cat/1.png", "cat/x/1.png", "cat/y/1.png"), "", ""),
        (("cat/2020/1.png",), "", ""),
        (("cat/1.png", "dog/1.png"), "", ""),
    ],
)
def test_classes_one_folder_deeper(tmp_path, names, top, text):
    said = classes_below(scan_of(tmp_path, *names), top)
    assert text in said
    assert bool(said) == bool(text)


def test_a_split_without_class_folders(tmp_path):
    paths = [tmp_path / "val" / name for name in ("1.png", "2.JPG", "list.txt")]
    assert without_class_folders(paths, tmp_path, ["val"]) == "2 images lie in val/ without class folders"
    assert without_class_folders(paths, tmp_path, ["test"]) == ""
