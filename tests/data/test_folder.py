"""Layouts, the one class list, and what is refused by name."""

import dataclasses
import hashlib
import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torchvision.datasets import ImageFolder as TorchvisionFolder

from resnet_lab import ImageFolderDataModule
from resnet_lab.data.folder import find_layout, read_image_folder
from resnet_lab.data.manifest import ManifestRule
from resnet_lab.data.rgb import DecodeRule
from resnet_lab.data.split import Fold
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
    for name in (".ipynb_checkpoints/a.png", "__MACOSX/a.png", "defective/.hidden.png", "defective/notes.docx"):
        (tree / name).parent.mkdir(exist_ok=True)
        shutil.copy(some, tree / name)
    after = read_image_folder(tree)
    # Named, not dropped in silence.
    assert after == dataclasses.replace(before, passed_over=(tree / "defective" / "notes.docx",))


def test_a_missing_root_is_named(tmp_path):
    refused(tmp_path / "nowhere", "nowhere does not exist", "ROOT/CLASS/*.jpg", "builtin:elpv")
    (tmp_path / "file").touch()
    refused(tmp_path / "file", "file is not a folder")
    (tmp_path / "list.csv").mkdir()
    refused(tmp_path / "list.csv", "No images in ")


def test_an_empty_root_is_named(tmp_path):
    refused(tmp_path, f"No images in {tmp_path}", ".png")


def test_empty_class_folders_are_all_named(tree):
    (tree / "cracked").mkdir()
    (tree / "blurred").mkdir()
    refused(tree, "class folders without images: blurred, cracked. Fill or remove them.")


def test_one_class_only_is_refused(tree):
    shutil.rmtree(tree / "functional")
    refused(tree, "has one class only (defective); a classifier needs two or more.")


def test_a_data_set_one_folder_deeper_is_suggested(tree, tmp_path):
    above = tmp_path / "above"
    (above / "more").mkdir(parents=True)
    tree.rename(above / "more" / "set")
    refused(
        above,
        "has one class only (more)",
        f"folders of more/set/: defective, functional. If these are the classes, give --data.root {above}/more/set.",
    )


def test_a_flat_split_is_named(given_splits):
    for label in ("defective", "functional"):
        for path in (given_splits / "val" / label).iterdir():
            path.rename(given_splits / "val" / path.name)
        (given_splits / "val" / label).rmdir()
    refused(
        given_splits, "leaves the val split without images: 4 images lie in val/ without class folders. Put them into"
    )


def test_names_of_classes_in_two_unicode_forms_are_one_class(given_splits):
    nfc, nfd = "caf\u00e9", "cafe\u0301"
    before = read_image_folder(given_splits)
    for split, name in (("train", nfd), ("val", nfc), ("test", nfc)):
        (given_splits / split / "defective").rename(given_splits / split / name)
    folder = read_image_folder(given_splits)
    assert folder.classes == (nfd, "functional")  # the form to train on
    assert folder.sizes == before.sizes
    assert folder.doubts == (f"1 class with a name in two Unicode forms (NFC, NFD), taken as one: {nfd}",)
    (given_splits / "train" / nfc).mkdir()
    path = min((given_splits / "train" / nfd).iterdir())
    path.rename(given_splits / "train" / nfc / path.name)
    both = read_image_folder(given_splits)
    assert both.classes == (nfc, "functional")
    assert both.sizes == before.sizes


def test_a_class_that_differs_in_case_alone_is_said_to(given_splits):
    (given_splits / "val" / "defective").rename(given_splits / "val" / "Defective ")
    refused(given_splits, "does not know: Defective  (there is defective, which differs in case, blanks or forms of a")
    (given_splits / "val" / "Defective ").rename(given_splits / "val" / "defective")
    (given_splits / "train" / "functional").rename(given_splits / "train" / "Defective")
    for split in ("val", "test"):
        shutil.rmtree(given_splits / split / "functional")
    [doubt] = read_image_folder(given_splits).doubts
    assert doubt.endswith("'Defective' and 'defective' differ in case")


def test_an_unknown_class_in_another_split_is_named(given_splits):
    (given_splits / "val" / "defective").rename(given_splits / "val" / "defect")
    refused(given_splits, "The val split of ", "does not know: defect. All splits share one class list")


def test_an_absent_class_in_another_split_is_no_error_and_shifts_no_index(given_splits):
    shutil.rmtree(given_splits / "val" / "defective")
    assert set(read_image_folder(given_splits).labels("val")) == {1}


@pytest.mark.parametrize(
    ("kept", "sizes"),
    [
        (("train",), {"train": 6, "val": 0, "test": 2}),
        (("train", "val"), {"train": 6, "val": 4, "test": 2}),
        (("train", "test"), {"train": 6, "val": 2, "test": 6}),
    ],
)
def test_a_missing_split_is_carved_out_of_train(given_splits, kept, sizes):
    for split in {"train", "val", "test"} - set(kept):
        shutil.rmtree(given_splits / split)
    if not sizes["val"]:  # 4 images a class are too few for three parts
        refused(given_splits, "leaves the val split without images")
        return
    folder = read_image_folder(given_splits)
    assert folder.sizes == sizes
    for split in kept:
        assert {item.path.relative_to(given_splits).parts[0] for item in folder.splits[split]} == {split}
    [carved] = {"train", "val", "test"} - set(kept)
    for label in folder.classes:
        mine = {split: [i.sha256 for i in folder.splits[split] if i.label == label] for split in ("train", carved)}
        assert max(mine["train"]) < min(mine[carved])  # the rule of one tree: by rank of the content


@pytest.mark.parametrize("name", ["valid", "validation", "eval"])
def test_other_names_of_val(given_splits, name):
    expected = read_image_folder(given_splits)
    (given_splits / "val").rename(given_splits / name)
    assert read_image_folder(given_splits).fingerprint == expected.fingerprint
    (given_splits / "val").mkdir()
    refused(given_splits, f"has several folders for val: {', '.join(sorted(['val', name]))}. Keep one.")


def test_bad_images_are_all_listed_or_left_out_on_record(tree):
    before = read_image_folder(tree)
    bad = sorted((tree / "functional").iterdir())[:3]
    bad[0].write_bytes(b"")
    bad[1].write_bytes(b"no image")
    bad[2].write_bytes(bad[2].read_bytes()[:500])
    (tree / "defective" / "nowhere.png").symlink_to("gone.png")
    refused(tree, "4 of 41 images cannot be used:", *map(str, bad), "nowhere.png cannot be read (No such file", "skip")
    after = read_image_folder(tree, on_bad_image="skip")
    assert len(after.skipped) == 4
    assert sum(after.sizes.values()) == 37
    assert after.fingerprint != before.fingerprint
    for path in (tree / "defective").iterdir():
        path.unlink()
    (tree / "defective" / "bad.png").touch()
    with pytest.raises(InputError, match=r"has classes without a usable image: defective\."):
        read_image_folder(tree, on_bad_image="skip")


def test_deep_gray_needs_a_range(tree):
    Image.new("F", (40, 40)).save(tree / "defective" / "floats.tif")
    refused(tree, "floats.tif has pixel mode F, floats, and does not say which values are black and white")
    folder = read_image_folder(tree, rule=DecodeRule(value_range=(0, 1)))
    assert sum(folder.sizes.values()) == 41
    Image.fromarray(np.full((40, 40), np.nan, dtype=np.float32)).save(tree / "defective" / "nan.tif")
    folder = read_image_folder(tree, rule=DecodeRule(value_range=(0, 1)), on_bad_image="skip")
    assert sum(folder.sizes.values()) == 41
    assert "nan.tif cannot be decoded (it has pixels that are NaN or infinite)" in folder.skipped[0]


def test_leaks_can_be_allowed_and_are_counted(given_splits):
    leak = next((given_splits / "train" / "defective").iterdir())
    shutil.copy(leak, given_splits / "test" / "defective" / "renamed.png")
    folder = read_image_folder(given_splits, allow_leaks=True)
    assert folder.leaks == 1
    assert folder.sizes == {"train": 8, "val": 4, "test": 7}


def test_a_rule_of_manifests_and_a_folder_are_refused(tree):
    for rule in (ManifestRule({"path": "image"}), ManifestRule(images_root=str(tree))):
        with pytest.raises(InputError, match=r"data\.columns and data\.images_root are for a manifest, and data\.root"):
            find_layout(tree, manifest=rule)


@pytest.mark.parametrize("name", ["x" * 300, "x" * 300 + ".csv", "a\0b.csv"])
def test_a_root_that_no_file_can_have_does_not_exist(name):
    with pytest.raises(InputError, match="does not exist"):
        find_layout(Path(name))


def test_a_manifest_says_the_same_as_folders(given_splits):
    expected = read_image_folder(given_splits)
    lines = ["path,label,split"]
    for split, items in expected.splits.items():
        lines += [f"{item.path.relative_to(given_splits)},{item.label},{split}" for item in items]
    (given_splits / "list.csv").write_text("\n".join(lines))
    folder = read_image_folder(given_splits / "list.csv")
    assert (folder.fingerprint, folder.classes, folder.splits) == (
        *(expected.fingerprint, expected.classes, expected.splits),
    )


def test_names_of_every_kind(tree):
    before = read_image_folder(tree)
    odd = ["a b.png", "line\nbreak.png", "Größe 大小.png", os.fsdecode(b"caf\xe9.png"), "'quoted\".png", "-dash.png"]
    for path, name in zip(sorted((tree / "defective").iterdir()), odd, strict=False):
        path.rename(path.with_name(name))
    (tree / "functional").rename(tree / os.fsdecode(b"d\xe9faut"))
    after = read_image_folder(tree)
    assert after.classes == (r"d\xe9faut", "defective")
    assert after.sizes == before.sizes
    assert {item.path for items in after.splits.values() for item in items} == set(tree.glob("*/*"))
    json.dumps(after.classes).encode()


def test_the_reference_runs_see_the_same_images():
    """The whole built-in set: the fingerprint of the reference runs, and the pixels of their first batches."""
    data = ImageFolderDataModule("builtin:elpv", batch_size=32, image_size=224, num_workers=0, seed=0, cache=False)
    assert data.folder.fingerprint == "f6d847082eb17a68f81e72260b99313930c6394ba18ede68d1133260b4a9f8bd"
    hashes = []
    for loader in (data.train_dataloader(), data.val_dataloader()):
        images, labels = next(iter(loader))
        hashes.append(hashlib.sha256(images.numpy().tobytes() + labels.numpy().tobytes()).hexdigest()[:16])
    assert hashes == ["12acbbbf2048717f", "576f1ba702f9f3b7"]


@pytest.mark.parametrize("names", [("Train", "Val", "Test"), ("training", "Validation", "TESTING"), ("train", "Eval ")])
def test_splits_have_names_in_any_case(given_splits, names):
    if len(names) == 2:
        shutil.rmtree(given_splits / "test")
    expected = read_image_folder(given_splits)
    for ours, theirs in zip(("train", "val", "test"), names, strict=False):
        (given_splits / ours).rename(given_splits / theirs)
    assert read_image_folder(given_splits).fingerprint == expected.fingerprint


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


def test_over_the_folds_every_image_is_held_out_once(tree):
    folders = [read_image_folder(tree, fold=Fold(number, 4)) for number in range(1, 5)]
    held_out = [path for folder in folders for path in folder.splits["test"].paths]
    assert sorted(held_out) == sorted(tree.glob("*/*"))
    assert len({folder.fingerprint for folder in [*folders, read_image_folder(tree)]}) == 5
    for folder in folders:
        assert folder.sizes == {"train": 24, "val": 6, "test": 10}


def test_a_fold_of_a_manifest_is_that_of_the_folder(tree):
    rows = [f"{path.relative_to(tree).as_posix()},{path.parent.name}" for path in sorted(tree.glob("*/*"))]
    (tree / "list.csv").write_text("\n".join(["path,label", *rows]))
    manifest = read_image_folder(tree / "list.csv", fold=Fold(2, 5))
    assert manifest.fingerprint == read_image_folder(tree, fold=Fold(2, 5)).fingerprint


def test_folds_are_of_the_training_split_where_there_is_no_test_split(given_splits):
    shutil.rmtree(given_splits / "test")
    folders = [read_image_folder(given_splits, fold=Fold(number, 2)) for number in (1, 2)]
    held_out = [path for folder in folders for path in folder.splits["test"].paths]
    assert sorted(held_out) == sorted((given_splits / "train").glob("*/*"))
    assert all(folder.sizes == {"train": 4, "val": 4, "test": 4} for folder in folders)


def test_a_fold_of_a_data_set_with_a_test_split_is_refused(given_splits):
    with pytest.raises(InputError) as error:
        read_image_folder(given_splits, fold=Fold(2, 5))
    assert str(error.value) == (
        f"data.fold 2/5 holds out images of the training split, but {given_splits} gives its own test split. Leave "
        "data.fold out, or move the images of the test split to train."
    )


def test_a_data_set_without_a_training_split_has_the_classes_of_the_network(given_splits):
    expected = read_image_folder(given_splits).splits["test"]
    for split in ("train", "val"):
        shutil.rmtree(given_splits / split)
    refused(
        given_splits,
        "has no training split, only test: nothing can be trained on. Score a run on it by resnet-lab test",
    )
    known = ("bright", "defective", "functional")
    folder = read_image_folder(given_splits, known=known)
    assert folder.classes == known
    assert folder.splits["test"] == expected
    assert folder.sizes == {"train": 0, "val": 0, "test": 6}
    assert set(folder.labels("test")) == {1, 2}
    with pytest.raises(InputError, match=r"has no val split: add one, or score another split\."):
        folder.part("val")
    with pytest.raises(InputError) as error:
        read_image_folder(given_splits, known=("bright", "Functional", "defective"))
    assert "does not know: functional (there is Functional, which differs in case). It knows bright, Func" in str(
        error.value
    )


def test_names_are_those_of_the_network_that_is_scored(given_splits):
    """A copy of the data from another system has the names in the other Unicode form."""
    nfc, nfd = "caf\u00e9", "cafe\u0301"
    for split in ("train", "val", "test"):
        (given_splits / split / "defective").rename(given_splits / split / nfd)
    own = read_image_folder(given_splits)
    assert own.classes == (nfd, "functional")
    copy = read_image_folder(given_splits, known=(nfc, "functional"))
    assert copy.classes == (nfc, "functional")
    assert copy.doubts != own.doubts == ()
    path = min((given_splits / "train" / nfd).iterdir())
    (given_splits / "train" / nfc).mkdir()
    path.rename(given_splits / "train" / nfc / path.name)
    assert read_image_folder(given_splits).classes == (nfc, "functional")
    # A network of version 0.1 may have taken the two for two classes.
    assert read_image_folder(given_splits, known=(nfd, nfc, "functional")).classes == (nfd, nfc, "functional")
