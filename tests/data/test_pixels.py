"""The pixel path, stage by stage, against Pillow, numpy and the definition of each stage."""

import numpy as np
import pytest
import torch
from PIL import Image

from resnet_lab.data.decode import decode
from resnet_lab.data.pixels import (
    evaluation_transform,
    load_resized,
    resized,
    training_transform,
)
from resnet_lab.data.rgb import DecodeRule


@pytest.mark.parametrize(("width", "height"), [(300, 300), (400, 300), (150, 400), (500, 41)])
def test_resizing_keeps_the_aspect_and_agrees_with_pillow(cells, width, height):
    image = decode(cells["functional"][3]).resize((width, height))
    pixels = resized(image, 112)
    assert pixels.dtype == torch.uint8
    scale = 128 / min(width, height)
    expected = (int(128 * height / width), 128) if width < height else (128, int(128 * width / height))
    assert pixels.shape[1:] == expected
    assert expected == pytest.approx((height * scale, width * scale), abs=1)
    by_pillow = image.resize(expected[::-1], Image.Resampling.BILINEAR)  # antialiased, in Pillow's own arithmetic
    difference = pixels.permute(1, 2, 0).int() - torch.from_numpy(np.asarray(by_pillow).copy()).int()
    assert difference.abs().max() <= 1


def test_loading_is_decoding_and_resizing(cells):
    path = cells["defective"][0]
    assert torch.equal(load_resized(path, 64), resized(decode(path), 64))


def test_evaluation_is_the_center_crop():
    pixels = torch.arange(3 * 73 * 91, dtype=torch.int64).reshape(3, 73, 91).remainder(256).to(torch.uint8)
    top, left = round((73 - 64) / 2), round((91 - 64) / 2)
    assert torch.equal(evaluation_transform(64)(pixels), pixels[:, top : top + 64, left : left + 64])


def test_evaluation_draws_nothing(cells):
    pixels = load_resized(cells["defective"][0], 64)
    state = torch.get_rng_state()
    first = evaluation_transform(64)(pixels)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(evaluation_transform(64)(pixels), first)


def test_training_crops_and_flips():
    """A ramp shows where a crop came from: its mean is the crop's center, its span the crop's width."""
    ramp = torch.arange(256, dtype=torch.uint8).expand(3, 256, 256)
    transform = training_transform(224)
    torch.manual_seed(0)
    crops = [transform(ramp) for _ in range(400)]
    assert all(crop.shape == (3, 224, 224) and crop.dtype == torch.uint8 for crop in crops)
    rows = torch.stack([crop[0, 0].int() for crop in crops])
    rising = rows[:, -1] > rows[:, 0]
    assert rising.float().mean().item() == pytest.approx(0.5, abs=4 * 0.5 / 20)  # 4 standard errors
    widths = (rows[:, -1] - rows[:, 0]).abs() / 256
    assert widths.min() >= (0.08 * 3 / 4) ** 0.5 - 0.02
    assert widths.min() < 0.4
    assert widths.max() > 0.9


def test_memory_layout_changes_no_bit(cells):
    """Decoded pixels are strided as HWC; a cache may hold them otherwise."""
    pixels = load_resized(cells["functional"][5], 224)
    for layout in (pixels.contiguous(), pixels.permute(1, 2, 0).contiguous().permute(2, 0, 1)):
        torch.manual_seed(1)
        expected = training_transform(224)(pixels)
        torch.manual_seed(1)
        assert torch.equal(training_transform(224)(layout), expected)


def test_without_augmentation_training_images_are_evaluations(cells):
    pixels = load_resized(cells["functional"][5], 64)
    assert torch.equal(training_transform(64, "none")(pixels), evaluation_transform(64)(pixels))


def test_trivial_is_one_more_operation_after_the_standard_ones(cells):
    pixels = load_resized(cells["functional"][5], 64)
    changed = 0
    for seed in range(20):
        torch.manual_seed(seed)
        standard = training_transform(64)(pixels)
        torch.manual_seed(seed)
        trivial = training_transform(64, "trivial")(pixels)
        assert trivial.dtype == torch.uint8
        assert trivial.shape == (3, 64, 64)
        changed += not torch.equal(standard, trivial)
    assert 10 <= changed < 20  # one of the operations is to do nothing


def test_images_of_32_pixels_keep_their_pixels(tmp_path):
    values = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    Image.fromarray(values).save(tmp_path / "a.png")
    pixels = load_resized(tmp_path / "a.png", 32, DecodeRule(short_side=32))
    assert np.array_equal(evaluation_transform(32)(pixels).permute(1, 2, 0).numpy(), values)


def test_pad4_is_a_crop_of_the_padded_image_or_its_mirror():
    """He et al. 2015, section 4.2, by enumeration: 9 x 9 places and two directions, all of them drawn."""
    image = torch.randint(1, 256, (3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    padded = torch.nn.functional.pad(image, (4, 4, 4, 4))
    crops = [padded[:, top : top + 32, left : left + 32] for top in range(9) for left in range(9)]
    places = {crop.numpy().tobytes(): place for place, crop in enumerate([*crops, *(one.flip(2) for one in crops)])}
    assert len(places) == 162
    torch.manual_seed(0)
    transform = training_transform(32, "pad4")
    drawn = [places[transform(image).numpy().tobytes()] for _ in range(3000)]
    assert len({*drawn}) == 162
    assert np.mean([place >= 81 for place in drawn]) == pytest.approx(0.5, abs=0.04)
