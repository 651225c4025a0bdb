"""Brightness and sharpness of images whose values are known, and the rows of real photographs."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter

from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.inspection.image_properties import COLUMNS, brightness_sharpness, image_properties
from resnet_lab.inspection.sample import draw_positions
from resnet_lab.inspection.time_budget import TimeBudget


def test_brightness_is_the_mean_of_the_gray_image_as_pillow_makes_it():
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    brightness, _ = brightness_sharpness(torch.from_numpy(pixels).permute(2, 0, 1))
    assert brightness == pytest.approx(np.asarray(Image.fromarray(pixels).convert("L")).mean() / 255, abs=2e-3)


def test_sharpness_is_the_variance_of_the_laplacian():
    """One white point on black: -4 * 255 at the point, 255 at its four neighbors, 0 elsewhere; the mean is 0."""
    pixels = torch.zeros(3, 10, 10, dtype=torch.uint8)
    pixels[:, 5, 5] = 255
    assert brightness_sharpness(pixels) == pytest.approx((0.01, (16 + 4) * 255**2 / 100))
    assert brightness_sharpness(torch.full((3, 8, 8), 77, dtype=torch.uint8))[1] == pytest.approx(0, abs=1e-9)


def test_a_blurred_photograph_is_less_sharp(cells):
    image = Image.open(cells["functional"][0]).convert("RGB")
    sharp, blurred = (
        brightness_sharpness(torch.from_numpy(np.array(one)).permute(2, 0, 1))
        for one in (image, image.filter(ImageFilter.GaussianBlur(3)))
    )
    assert blurred[1] < 0.5 * sharp[1]
    assert blurred[0] == pytest.approx(sharp[0], abs=0.01)


def test_every_test_image_has_a_row_and_a_cut_leaves_the_first_ones(cell_folder):
    data = ImageFolderDataModule(str(cell_folder), batch_size=8, image_size=16, num_workers=0, seed=0)
    split = data.folder.splits["test"]
    rows = image_properties(data, TimeBudget(None), seed=3)
    order = draw_positions(split.contents, 6, seed=3)
    assert [row["path"] for row in rows] == [split.paths[k].relative_to(cell_folder).as_posix() for k in order]
    assert all(row["label"] == split.paths[k].parent.name for row, k in zip(rows, order, strict=True))
    assert {(row["width"], row["height"]) for row in rows} == {(300, 300)}
    assert set(rows[0]) == set(COLUMNS)
    for row in rows:  # the crop is 16 of 18 pixels wide
        whole = np.asarray(Image.open(cell_folder / row["path"]).convert("L")).mean() / 255
        assert row["brightness"] == pytest.approx(whole, abs=0.05)
    assert len({row["sharpness"] for row in rows}) == 6
    assert image_properties(data, TimeBudget(0), seed=3) == rows[:1]
