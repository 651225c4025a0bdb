"""Each thing that a check looks for, made on purpose in a tree of real cells."""

import os
import shutil

import numpy as np
import pytest
from fixtures.color_profiles import DISPLAY_P3, profile
from PIL import Image, ImageEnhance

from resnet_lab.checking.data_set import check_data_set

NEXT_WAFER = "cell0065.png"  # cut next to that of cell0064, whose pattern it has


@pytest.fixture
def tree(cell_folder, tmp_path):
    return shutil.copytree(cell_folder, tmp_path / "tree", ignore=shutil.ignore_patterns(NEXT_WAFER))


@pytest.fixture
def given(cells, tmp_path):
    """ROOT/train|val|test/CLASS/*: 4, 2 and 2 cells a class."""
    root = tmp_path / "given"
    for label, paths in cells.items():
        for split, part in (("train", paths[:4]), ("val", paths[4:6]), ("test", paths[6:8])):
            (root / split / label).mkdir(parents=True)
            for path in part:
                shutil.copy(path, root / split / label)
    return root


def topics(root):
    return {topic.name: topic for topic in check_data_set(root).topics}


def paths(topic):
    return [[file.path for file in entry.files] for entry in topic.entries]


def first(folder):
    return min(folder.iterdir())


def test_a_clean_tree_has_none(tree, given):
    assert topics(tree) == topics(given) == {}


def test_images_that_cannot_be_used(tree):
    (tree / "defective" / "broken.png").write_bytes(b"no image")
    Image.fromarray(np.eye(9, dtype=np.float32)).save(tree / "functional" / "floats.tif")
    topic = topics(tree)["unusable"]
    assert topic.says == "2 images cannot be used"
    assert paths(topic) == [["defective/broken.png"], ["functional/floats.tif"]]
    assert topic.entries[0].note.startswith("cannot be decoded (it starts with b'no image'")
    assert topic.entries[1].note.startswith("has pixel mode F, floats, and does not say which values are black")
    assert topic.refused


def test_files_that_no_fit_sees(given):
    shutil.copy(first(given / "val" / "defective"), given / "train" / "overview.png")
    (given / "Extra" / "defective").mkdir(parents=True)
    shutil.copy(first(given / "val" / "defective"), given / "Extra" / "defective")
    for name in ("notes.txt", "a.docx", "b.docx", "LICENSE"):
        (given / "train" / "defective" / name).touch()
    found = topics(given)
    assert set(found) == {"stray_images", "ignored"}
    assert found["stray_images"].says == "2 images outside the class folders, which no fit uses"
    assert [one[0].split("/")[0] for one in paths(found["stray_images"])] == ["Extra", "train"]
    assert found["stray_images"].finding
    assert found["ignored"].says == "4 files ignored, which are not images: .docx (2), no ending (1), .txt (1)"
    assert not found["ignored"].finding


def test_system_files_are_counted_and_conflict_copies_remarked_upon(tree):
    cell = first(tree / "defective")
    for name in ("@eaDir/a.png/SYNOPHOTO_THUMB_M.jpg", "defective/@eaDir/b.jpg", "#recycle/c.png", "defective/._a.png"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(cell, tree / name)
    cell.rename(cell.with_name("cell (Ana's conflicted copy 2026-01-02).png"))
    found = topics(tree)
    assert set(found) == {"left_out", "conflict_copies"}
    assert not any(topic.finding for topic in found.values())
    assert found["left_out"].says == (
        "4 files and folders left out, hidden or of a system: @eaDir (2), #recycle (1), ._a.png (1)"
    )
    assert paths(found["conflict_copies"]) == [["defective/cell (Ana's conflicted copy 2026-01-02).png"]]


def test_endings_orientation_and_further_images(tree):
    source = first(tree / "defective")
    cell = Image.open(source)
    source.rename(source.with_suffix(".jpg"))
    exif = Image.Exif()
    exif[0x0112] = 6
    cell.transpose(Image.Transpose.TRANSPOSE).save(tree / "functional" / "turned.png", exif=exif)
    cell.transpose(Image.Transpose.ROTATE_90).save(tree / "functional" / "two.tif", save_all=True, append_images=[cell])
    found = topics(tree)
    assert set(found) == {"wrong_endings", "turned", "frames"}
    assert paths(found["wrong_endings"]) == [[f"defective/{source.stem}.jpg"]]
    assert found["wrong_endings"].entries[0].note == "is a .jpg that is PNG"
    assert [entry.note for entry in found["turned"].entries] == ["(tag 6)"]
    assert [entry.note for entry in found["frames"].entries] == ["(2 images)"]
    assert [found[name].finding for name in ("wrong_endings", "turned", "frames")] == [True, False, False]


def test_classes_and_splits_without_images(given):
    (given / "train" / "cracked").mkdir()
    shutil.rmtree(given / "val" / "defective")
    (given / "val" / "functional").rename(given / "val" / "Functional")
    found = topics(given)
    says = {name: (topic.says, [entry.note for entry in topic.entries]) for name, topic in found.items()}
    assert says == {
        "empty_classes": ("1 class without a usable image to train on", ["cracked"]),
        "unknown_classes": ("1 class that the training split does not know", ["val: Functional"]),
        "missing_classes": (
            "2 classes without images in a split, and so without a score there",
            ["val: defective", "val: functional"],
        ),
        "alike_classes": (
            "1 pair of classes with the same name but for case or blanks: 'Functional' and 'functional' differ in case",
            ["'Functional' and 'functional' differ in case"],
        ),
    }
    shutil.rmtree(given / "val")
    (given / "val").mkdir()
    empty = topics(given)["empty_splits"]
    assert [entry.note for entry in empty.entries] == ["val"]
    assert empty.advice.startswith("Add images, or remove the folder")


def test_a_split_that_no_folder_gives_needs_images(tree):
    for folder in (tree / "defective", tree / "functional"):
        for image in sorted(folder.glob("*.png"))[2:]:
            image.unlink()
    empty = topics(tree)["empty_splits"]
    assert [entry.note for entry in empty.entries] == ["test"]
    assert empty.advice == "Add images: the classes have too few of them to give each split some."


def test_folders_that_repeat_in_all_classes(tree):
    for label in ("defective", "functional"):
        for path in sorted((tree / label).iterdir())[:3]:
            (tree / label / "masks").mkdir(exist_ok=True)
            path.rename(tree / label / "masks" / path.name)
    topic = topics(tree)["inner_folders"]
    assert (topic.says, topic.finding, topic.refused) == (
        "1 folder in several classes, whose images are all taken: masks/",
        *(True, False),
    )
    assert [entry.note for entry in topic.entries] == ["masks/: 6 images of 2 classes"]


def test_a_data_set_without_a_training_split(given):
    for split in ("train", "val"):
        shutil.rmtree(given / split)
    topic = topics(given)["no_training"]
    assert topic.refused
    assert [entry.note for entry in topic.entries] == ["Given: test"]
    assert set(topics(given)) == {"no_training"}


def test_one_class(tree):
    shutil.rmtree(tree / "functional")
    topic = topics(tree)["one_class"]
    assert topic.says == "1 class in the training split; a classifier needs two or more"
    assert topic.entries[0].note == "Found: defective"


@pytest.mark.parametrize(("kept", "number"), [(3, 30), (3, 31)])
def test_imbalance_is_a_finding_above_ten(cells, tmp_path, kept, number):
    for split, large, small in (("train", number, kept), ("val", 1, 1), ("test", 1, 1)):
        for label, amount in (("large", large), ("small", small)):
            (tmp_path / split / label).mkdir(parents=True)
            for k in range(amount):
                noise = np.random.default_rng([amount, k, len(split), len(label)]).integers(0, 256, (64, 64))
                Image.fromarray(noise.astype(np.uint8)).save(tmp_path / split / label / f"{split}{k}.png")
    found = topics(tmp_path)
    assert ("imbalance" in found) == (number > 30)
    if number > 30:
        assert found["imbalance"].says.startswith("The largest class has 10.3 times the images of the smallest")
        assert found["imbalance"].entries[0].note == "small: 3 in train"


def test_blank_images_are_named_and_are_nobodys_duplicate(tree):
    for value in (0, 1):
        Image.new("L", (50, 50), value).save(tree / "defective" / f"black{value}.png")
        Image.new("RGB", (50, 60), (255, 255 - value, 0)).save(tree / "functional" / f"yellow{value}.png")
    found = topics(tree)
    assert set(found) == {"blank"}
    assert len(found["blank"].entries) == 4
    assert found["blank"].says == "4 images blank: the values of each channel have a standard deviation below 1 of 255"


def test_equal_files(given):
    train, test = given / "train" / "defective", given / "test" / "defective"
    cell = first(train)
    shutil.copy(cell, test / "leaked.png")
    shutil.copy(first(given / "val" / "functional"), given / "val" / "defective" / "other_label.png")
    last = max(train.iterdir())
    shutil.copy(last, train / "twice.png")
    found = topics(given)
    assert set(found) == {"equal_leaks", "equal"}
    assert found["equal_leaks"].says == "2 groups of equal files in two splits or classes; 1 of test have one in train"
    assert [f"train/defective/{cell.name}", "test/defective/leaked.png"] in paths(found["equal_leaks"])
    assert paths(found["equal"]) == [[f"train/defective/{last.name}", "train/defective/twice.png"]]
    assert (found["equal_leaks"].refused, found["equal"].finding) == (True, False)


def test_near_duplicates(given):
    train = given / "train" / "defective"
    one, two = sorted(train.iterdir())[:2]
    Image.open(one).save(given / "test" / "defective" / "resaved.jpg", quality=75)
    ImageEnhance.Brightness(Image.open(two)).enhance(1.1).save(train / "brighter.png")
    found = topics(given)
    assert set(found) == {"similar_leaks", "similar"}
    assert paths(found["similar_leaks"]) == [[f"train/defective/{one.name}", "test/defective/resaved.jpg"]]
    assert found["similar_leaks"].says.endswith("two splits or classes; 1 of test have one in train")
    assert not found["similar_leaks"].refused
    assert paths(found["similar"]) == [["train/defective/brighter.png", f"train/defective/{two.name}"]]


def test_names_that_are_no_utf_8_are_printable(tree):
    with open(os.fsencode(tree / "defective") + b"/caf\xe9.png", "wb") as file:  # noqa: PTH123
        file.write(b"no image")
    assert paths(topics(tree)["unusable"]) == [["defective/caf\\xe9.png"]]


def test_thin_images_are_findings_and_color_profiles_notes(tree):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 400, 3), dtype=np.uint8)
    Image.fromarray(pixels[:1]).save(tree / "defective" / "line.png")
    Image.fromarray(pixels).save(tree / "defective" / "p3.png", icc_profile=profile("Display P3", DISPLAY_P3))
    found = topics(tree)
    assert set(found) == {"thin", "color_profiles"}
    assert paths(found["thin"]) == [["defective/line.png"]]
    assert paths(found["color_profiles"]) == [["defective/p3.png"]]
    assert [entry.note for entry in found["thin"].entries] == ["(400x1)"]
    assert found["color_profiles"].says == "1 image with another color profile than sRGB: Display P3 (1)"
    assert [found[name].finding for name in ("thin", "color_profiles")] == [True, False]
