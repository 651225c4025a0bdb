"""Layouts, the one class list, and what is refused by name."""

import dataclasses
import re
import shutil

import pytest
from torchvision.datasets import ImageFolder as TorchvisionFolder

from resnet_lab.data.folder import read_image_folder
from resnet_lab.errors import InputError


@pytest.fixture
def tree(cell_folder, tmp_path):
    """A copy of the small tree that a test may change."""
    return shutil.copytree(cell_folder, tmp_path / "tree")


@pytest.fixture
def given_splits(cells, tmp_path):
    """ROOT/train|val|test/CLASS/*: 4, 2 and 3 cells a class."""
    root = tmp_path / "given"
    for label, paths in cells.items():
        for split, part in (("train", paths[:4]), ("val", paths[4:6]), ("test", paths[6:9])):
            (root / split / label).mkdir(parents=True)
            for path in part:
                shutil.copy(path, root / split / label)
    return root


def refused(root, *parts):
    with pytest.raises(InputError) as error:
        read_image_folder(root)
    for part in parts:
        assert part in str(error.value)


def test_one_tree_is_split_within_each_class(tree):
    folder = read_image_folder(tree)
    assert folder.classes == ("defective", "functional")
    assert folder.sizes == {"train": 28, "val": 6, "test": 6}
    for split, per_class in (("train", 14), ("val", 3), ("test", 3)):
        assert [folder.labels(split).count(k) for k in (0, 1)] == [per_class, per_class]


def test_given_splits_are_taken_as_they_are(given_splits):
    folder = read_image_folder(given_splits)
    assert folder.sizes == {"train": 8, "val": 4, "test": 6}
    for split, items in folder.splits.items():
        assert {item.path.relative_to(given_splits).parts[0] for item in items} == {split}


def test_classes_and_labels_are_those_of_torchvision(tree):
    (tree / "Zebra 10").mkdir()
    (tree / "zebra 9").mkdir()
    for source, target in (("defective", "Zebra 10"), ("functional", "zebra 9")):
        for index, path in enumerate(sorted((tree / source).iterdir())):
            (tree / target / path.name).write_bytes(path.read_bytes() + bytes([index]))
    theirs = TorchvisionFolder(str(tree))
    ours = read_image_folder(tree)
    assert list(ours.classes) == theirs.classes
    labels = {
        str(i.path): k for split in ours.splits for i, k in zip(ours.splits[split], ours.labels(split), strict=True)
    }
    assert labels == dict(theirs.samples)


def test_renaming_and_reordering_files_changes_no_position(tree, tmp_path):
    before = read_image_folder(tree)
    renamed = tmp_path / "renamed"
    for label in before.classes:
        (renamed / label / "nested").mkdir(parents=True)
        for index, path in enumerate(sorted((tree / label).iterdir(), reverse=True)):
            shutil.copy(path, renamed / label / "nested" / f"{index}.PNG")
    after = read_image_folder(renamed)
    assert after.fingerprint == before.fingerprint
    for split in before.splits:
        assert [i.sha256 for i in after.splits[split]] == [i.sha256 for i in before.splits[split]]


def test_hidden_files_and_other_endings_are_no_images(tree):
    before = read_image_folder(tree)
    some = next((tree / "defective").iterdir())
    for name in (".ipynb_checkpoints/a.png", "__MACOSX/a.png", "defective/.hidden.png", "defective/notes.heic"):
        (tree / name).parent.mkdir(exist_ok=True)
        shutil.copy(some, tree / name)
    after = read_image_folder(tree)
    assert after == dataclasses.replace(before, passed_over=1)  # counted, not dropped in silence


def test_a_missing_root_is_named(tmp_path):
    refused(tmp_path / "nowhere", "nowhere does not exist", "ROOT/CLASS/*.jpg", "builtin:elpv")
    (tmp_path / "file").touch()
    refused(tmp_path / "file", "file is not a folder")


def test_an_empty_root_is_named(tmp_path):
    refused(tmp_path, f"No images in {tmp_path}", ".png")


def test_empty_class_folders_are_all_named(tree):
    (tree / "cracked").mkdir()
    (tree / "blurred").mkdir()
    refused(tree, "class folders without images: blurred, cracked. Fill or remove them.")


def test_one_class_only_is_refused(tree):
    shutil.rmtree(tree / "functional")
    refused(tree, "has one class only (defective); a classifier needs two or more.")


def test_an_unknown_class_in_another_split_is_named(given_splits):
    (given_splits / "val" / "defective").rename(given_splits / "val" / "defect")
    refused(given_splits, "val has classes that", "train does not know: defect.", "rename or remove these folders")


def test_an_absent_class_in_another_split_is_no_error_and_shifts_no_index(given_splits):
    shutil.rmtree(given_splits / "val" / "defective")
    assert set(read_image_folder(given_splits).labels("val")) == {1}


def test_missing_splits_are_named(given_splits):
    shutil.rmtree(given_splits / "test")
    refused(given_splits, "has train/ but no test/.")


@pytest.mark.parametrize("names", [("Train", "Val", "Test"), ("training", "validation", "testing")])
def test_splits_by_other_names_are_not_taken_for_classes(given_splits, names):
    for ours, theirs in zip(("train", "val", "test"), names, strict=True):
        (given_splits / ours).rename(given_splits / theirs)
    refused(given_splits, f"has folders named like splits ({', '.join(sorted(names))}), but no train/.")


def test_a_class_may_have_the_name_of_a_split(tree):
    (tree / "defective").rename(tree / "invalid")
    (tree / "functional").rename(tree / "valid")
    assert read_image_folder(tree).classes == ("invalid", "valid")


def test_one_content_in_two_given_splits_is_named(given_splits):
    leak = next((given_splits / "train" / "defective").iterdir())
    copy = given_splits / "test" / "defective" / "renamed.png"
    shutil.copy(leak, copy)
    refused(given_splits, "has 1 images with equal content", str(leak), str(copy), "Keep one of each")


def test_one_content_under_two_labels_is_named(tree):
    image = next((tree / "defective").iterdir())
    shutil.copy(image, tree / "functional" / "same.png")
    refused(tree, "under two classes", str(image), "same.png")


def test_a_split_without_images_is_named(given_splits, tree):
    shutil.rmtree(given_splits / "val")
    (given_splits / "val").mkdir()
    refused(given_splits, "leaves the val split without images")
    for label in ("defective", "functional"):
        for path in sorted((tree / label).iterdir())[1:]:
            path.unlink()
    refused(tree, "leaves the val split without images; it needs more of them.")


def test_fingerprint_is_one_of_the_content(tree):
    before = read_image_folder(tree)
    assert re.fullmatch("[0-9a-f]{64}", before.fingerprint)
    next((tree / "defective").iterdir()).unlink()
    assert read_image_folder(tree).fingerprint != before.fingerprint
