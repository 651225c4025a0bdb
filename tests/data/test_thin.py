"""Thin images: a bounded size, and the same crops as without a bound."""

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import v2

from resnet_lab.data.cache_choice import resized_bytes
from resnet_lab.data.items import Item
from resnet_lab.data.pixels import evaluation_transform, load_resized, resized, training_transform
from resnet_lab.data.rgb import short_side
from resnet_lab.data.thin import LONGEST, is_thin, middle


@pytest.mark.parametrize("size", [(4000, 1), (1, 4000), (16000, 2), (3, 5000), (1, 21)])
@pytest.mark.parametrize("image_size", [8, 224])
def test_the_resized_size_is_bounded_and_foretold(tmp_path, size, image_size):
    path = tmp_path / "a.png"
    Image.new("RGB", size).save(path)
    pixels = load_resized(path, image_size)
    short, long = sorted(pixels.shape[1:])
    assert long == LONGEST * short
    assert (pixels.shape[1] > pixels.shape[2]) == (size[1] > size[0])
    assert pixels.numel() == resized_bytes(Item(path, "a", "0", *size), short_side(image_size))
    assert pixels.numel() < 5_000_000


@pytest.mark.parametrize("size", [(1, 1), (300, 200), (4000, 200), (200, 4000)])
def test_other_images_are_used_whole(size):
    assert middle(*size) == (0, 0, *size)
    assert not is_thin(*size)
    side, long = 256, int(256 * max(size) / min(size))
    expected = (side, long) if size[0] > size[1] else (long, side)
    assert resized(Image.new("RGB", size), 224).shape[1:] == expected


@pytest.mark.parametrize("size", [(1200, 20), (20, 1200)])
def test_the_middle_is_what_every_crop_of_the_whole_shows(size):
    width, height = size
    values = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    image = Image.fromarray(values)
    bounded = resized(image, 32)
    whole = v2.functional.resize(v2.functional.pil_to_tensor(image), [37], antialias=True)
    assert whole.numel() == 3 * bounded.numel()
    for transform in (evaluation_transform(32), training_transform(32)):
        for seed in range(20):
            torch.manual_seed(seed)
            expected = transform(whole).int()
            torch.manual_seed(seed)
            difference = (transform(bounded).int() - expected).abs().float()
            assert difference.mean() < 6  # shifted by less than a pixel, of random values that differ by 85
