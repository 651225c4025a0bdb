"""Pictures are those of the photographs that the runs were tested on."""

import io
import shutil

import numpy as np
import pytest
from PIL import Image

from resnet_lab.data.folder import read_image_folder
from resnet_lab.data.split import Fold
from resnet_lab.report.pictures import NoPicturesError, small_pictures


@pytest.fixture
def root(cell_folder, tmp_path):
    return shutil.copytree(cell_folder, tmp_path / "cells")


@pytest.fixture
def run(make_run, root):
    status = {"fingerprint": read_image_folder(root).fingerprint}
    return make_run(True, changes={"data.root": str(root)}, status=status)


def paths_of(root):
    return [path.relative_to(root).as_posix() for path in read_image_folder(root).splits["test"].paths]


def test_pictures_are_the_photographs_made_small(run, root):
    path = paths_of(root)[0]
    [(name, picture_of)] = small_pictures(run, [path]).items()
    assert name == path
    assert picture_of.maps == {}
    picture = Image.open(io.BytesIO(picture_of.whole))
    assert (picture.format, picture.size) == ("JPEG", (160, 160))
    original = Image.open(root / path).convert("RGB").resize((160, 160), Image.Resampling.BICUBIC)
    difference = np.asarray(picture, float) - np.asarray(original, float)
    assert np.abs(difference).mean() < 5


def test_a_map_lies_over_the_crop_that_the_network_saw(make_run, tmp_path):
    """A wide photograph: the crop is its middle, of a height of 224 of 256 pixels."""
    root = tmp_path / "wide"
    pixels = np.zeros((512, 1024, 3), np.uint8)
    pixels[:, :, 2] = np.linspace(0, 255, 1024)  # blue grows from left to right
    for place in range(40):
        (root / "ab"[place % 2]).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels + np.uint8(place)).save(root / "ab"[place % 2] / f"{place}.png")
    status = {"fingerprint": read_image_folder(root).fingerprint}
    run = make_run(True, changes={"data.root": str(root)}, status=status)
    path = paths_of(root)[0]
    heat = np.zeros((2, 2))
    heat[0, 0] = 1
    picture = small_pictures(run, [path], {path: {"none": np.zeros((2, 2)), "corner": heat}})[path]
    none, corner = (np.asarray(Image.open(io.BytesIO(picture.maps[name])), int) for name in ("none", "corner"))
    assert none.shape == (160, 160, 3)
    assert Image.open(io.BytesIO(picture.whole)).size == (160, 80)
    across = none[80, :, 2] - none[80, 0, 0]
    share = (224 / 256) * 512 / 1024  # of the width
    assert across[-3] - across[2] == pytest.approx(255 * share, abs=12)
    assert across[80] == pytest.approx(255 / 2, abs=12)
    difference = np.abs(corner - none).sum(axis=2)
    assert difference[:40, :40].min() > 100
    assert difference[130:, 130:].max() < 30


def test_a_photograph_that_was_renamed_is_left_out(run, root):
    first, second = paths_of(root)[:2]
    (root / first).rename((root / first).with_name("renamed.png"))
    assert list(small_pictures(run, [first, second])) == [second]


def test_photographs_that_are_gone_or_others_are_refused(run, root):
    (root / paths_of(root)[0]).unlink()
    with pytest.raises(NoPicturesError) as others:
        small_pictures(run, [])
    shutil.rmtree(root)
    with pytest.raises(NoPicturesError) as gone:
        small_pictures(run, [])
    assert [(error.value.reason, error.value.root) for error in (others, gone)] == [
        ("others", str(root)),
        ("unreadable", str(root)),
    ]


def test_pictures_of_a_manifest_with_columns_and_a_root_of_its_own(make_run, root, tmp_path):
    rows = [f"{path.relative_to(root)},{path.parent.name}" for path in root.rglob("*.png")]
    (tmp_path / "labels.csv").write_text("\n".join(["image,class", *rows]))
    data = {"columns": {"path": "image", "label": "class"}, "images_root": str(root)}
    changes = {"data.root": str(tmp_path / "labels.csv"), **{f"data.{key}": value for key, value in data.items()}}
    run = make_run(True, changes=changes, status={"fingerprint": read_image_folder(root).fingerprint})
    path = paths_of(root)[0]
    assert list(small_pictures(run, [path])) == [path]


def test_pictures_of_a_fold_are_those_of_its_held_out_images(make_run, root):
    folder = read_image_folder(root, fold=Fold(2, 5))
    changes = {"data.root": str(root), "data.fold": "2/5"}
    run = make_run(True, changes=changes, status={"fingerprint": folder.fingerprint})
    path = folder.splits["test"].paths[0].relative_to(root).as_posix()
    assert list(small_pictures(run, [path])) == [path]
