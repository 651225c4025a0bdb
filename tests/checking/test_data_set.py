"""The whole report of a data set, and that it foretells what a fit says."""

import csv
import shutil
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from resnet_lab.checking.data_set import check_data_set, report_on
from resnet_lab.data.folder import find_layout, read_image_folder
from resnet_lab.data.image_hash import hash_image
from resnet_lab.data.index import read_file
from resnet_lab.data.split import Fold
from resnet_lab.errors import InputError

NEXT_WAFER = "cell0065.png"  # cut next to that of cell0064, whose pattern it has


@pytest.fixture
def tree(cell_folder, tmp_path):
    return shutil.copytree(cell_folder, tmp_path / "tree", ignore=shutil.ignore_patterns(NEXT_WAFER))


def noise(path, key):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(key).integers(0, 256, (32, 32), dtype=np.uint8)).save(path)


def given(root):
    for split in ("train", "val", "test"):
        for label in ("a", "b"):
            for k in range(5):
                noise(root / split / label / f"{k}.png", [len(split), ord(split[1]), ord(label), k])
    return root


def test_the_splits_counted_are_those_of_a_fit(tree):
    report = check_data_set(tree)
    fit = read_image_folder(tree)
    assert {split: sum(part.values()) for split, part in report.counts.items()} == fit.sizes
    for split, part in report.counts.items():
        assert part == Counter(item.label for item in fit.splits[split])
    assert report.carved == ("train", "val", "test")
    assert (report.modes, report.formats, report.sizes) == ({"L": 39}, {"PNG": 39}, {"300x300": 39})
    assert (report.orientations, report.imbalance, report.topics) == ({"1": 39}, 14 / 13, ())


def test_the_fold_counted_is_that_of_a_fit(tree):
    report = check_data_set(tree, fold=Fold(2, 5))
    fit = read_image_folder(tree, fold=Fold(2, 5))
    assert {split: sum(part.values()) for split, part in report.counts.items()} == fit.sizes
    assert report.fold == "2/5"


def test_a_fold_of_a_given_test_split_is_refused_as_in_a_fit(tmp_path):
    with pytest.raises(InputError, match=r"data\.fold 2/5 holds out .* gives its own test split"):
        check_data_set(given(tmp_path), fold=Fold(2, 5))


def test_a_manifest_is_checked_by_its_own_splits(tree):
    rows = [
        (path.relative_to(tree), path.parent.name, ("train", "validation", "test")[k % 3])
        for k, path in enumerate(sorted(tree.glob("*/*.png")))
    ]
    with (tree / "cells.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("path", "label", "split"), *rows])
    report = check_data_set(tree / "cells.csv")
    assert {split: sum(part.values()) for split, part in report.counts.items()} == {"train": 13, "val": 13, "test": 13}
    assert report.carved == ()


def _empty(root):
    shutil.rmtree(root / "val")
    (root / "val").mkdir()


BREAKS = {
    "nothing": lambda root: None,
    "unreadable": lambda root: (root / "val" / "a" / "broken.png").write_bytes(b""),
    "empty class": lambda root: (root / "train" / "c").mkdir(),
    "lost class": lambda root: [path.write_bytes(b"") for path in (root / "train" / "a").iterdir()],
    "one class": lambda root: [shutil.rmtree(root / split / "b") for split in ("train", "val", "test")],
    "empty split": _empty,
    "unknown class": lambda root: noise(root / "val" / "d" / "0.png", 1),
    "equal leak": lambda root: shutil.copy(root / "train" / "a" / "0.png", root / "test" / "a" / "copy.png"),
    "two labels": lambda root: shutil.copy(root / "train" / "a" / "0.png", root / "train" / "b" / "copy.png"),
    "class missing in val": lambda root: shutil.rmtree(root / "val" / "b"),
    "val carved": lambda root: shutil.rmtree(root / "val"),
    "too few to carve": lambda root: [shutil.rmtree(root / "val"), shutil.rmtree(root / "test")],
    "near leak": lambda root: Image.open(root / "train" / "a" / "0.png").save(root / "test" / "a" / "0.bmp"),
    "blank": lambda root: Image.new("L", (9, 9)).save(root / "train" / "a" / "blank.png"),
    "equal within": lambda root: shutil.copy(root / "train" / "a" / "0.png", root / "train" / "a" / "copy.png"),
    "wrong ending": lambda root: (root / "train" / "a" / "0.png").rename(root / "train" / "a" / "0.jpg"),
}
TAKEN = {
    *("nothing", "class missing in val", "val carved", "near leak", "blank"),
    *("equal within", "wrong ending"),
}


@pytest.mark.parametrize("how", BREAKS)
def test_it_foretells_whether_a_fit_refuses(tmp_path, how):
    root = given(tmp_path / "given")
    BREAKS[how](root)
    try:
        read_image_folder(root)
        refused = False
    except InputError:
        refused = True
    assert check_data_set(root).refused == refused == (how not in TAKEN)


def test_everything_is_reported_at_once(tmp_path):
    root = given(tmp_path / "given")
    for how in ("unreadable", "empty class", "unknown class", "two labels", "near leak", "blank", "wrong ending"):
        BREAKS[how](root)
    names = {topic.name for topic in check_data_set(root).findings}
    assert names == {
        *("unusable", "empty_classes", "unknown_classes", "equal_leaks", "similar_leaks", "blank", "wrong_endings")
    }


def test_an_image_that_was_readable_a_moment_ago_is_unusable(tmp_path):
    layout = find_layout(given(tmp_path / "given"))
    facts = [read_file(placed.path) for placed in layout.placed]
    hashes = {known.sha256: hash_image(placed.path) for placed, known in zip(layout.placed, facts, strict=True)}
    hashes[facts[0].sha256] = f"{layout.placed[0].path} cannot be decoded (it is gone): repair it, or take it out."
    [topic] = report_on(layout, facts, hashes).topics
    assert topic.name == "unusable"
    assert topic.entries[0].note == "cannot be decoded (it is gone): repair it, or take it out."


def test_files_are_read_once(tree, monkeypatch):
    check_data_set(tree)
    monkeypatch.setattr("resnet_lab.data.index.read_file", None)
    assert check_data_set(tree).topics == ()


@pytest.mark.parametrize(
    ("name", "says"),
    [("nowhere", "nowhere does not exist"), ("file", "file is not a folder"), ("empty", "No images in")],
)
def test_a_root_that_cannot_be_read_at_all_is_wrong_input(tmp_path, name, says):
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=says):
        check_data_set(tmp_path / name)


@pytest.fixture
def plants(tmp_path):
    """Return a manifest with given splits, in which one plant of three images is in train and in test."""
    given(tmp_path)
    files = sorted(tmp_path.rglob("*.png"))
    lines = [
        f"{file.relative_to(tmp_path)},{file.parent.name},{file.parent.parent.name},{'p' if file.stem == '0' else ''}"
        for file in files
        if (file.stem, file.parent.parent.name) != ("0", "val")
    ]
    (tmp_path / "list.csv").write_text("\n".join(["path,label,split,group", *lines]))
    return tmp_path / "list.csv"


def test_groups_in_two_given_splits_are_foretold(plants):
    assert "groups_apart" not in [topic.name for topic in check_data_set(plants).topics]
    report = check_data_set(plants, groups="column")
    [topic] = [topic for topic in report.topics if topic.name == "groups_apart"]
    assert topic.says == "1 group of images in two splits of the data set"
    assert {file.split for file in topic.entries[0].files} == {"train", "test"}
    assert report.refused
    with pytest.raises(InputError, match=r"^1 group of images lies in two splits"):
        read_image_folder(plants, groups="column")


def test_an_option_that_is_given_is_not_advised(tree):
    one = sorted((tree / "functional").glob("*.png"))[0]
    Image.open(one).save(tree / "defective" / "twin.jpg", quality=95)
    for groups, advised in ((None, True), ("near-duplicates", False)):
        [topic] = [topic for topic in check_data_set(tree, groups=groups).topics if topic.name == "similar_leaks"]
        assert ("--data.groups" in topic.advice) == advised


def test_images_are_hashed_once_for_the_check_and_its_groups(tree, monkeypatch):
    def again(*_):
        raise AssertionError("the check has these hashes")

    monkeypatch.setattr("resnet_lab.data.image_hash.hash_images", again)  # as groups import it
    assert sum(check_data_set(tree, groups="near-duplicates").counts["train"].values()) > 0
