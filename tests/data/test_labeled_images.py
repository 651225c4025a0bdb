"""A split as a dataset: an item depends on its key alone."""

import pytest
import torch

from resnet_lab.data.labeled_images import FromFiles, LabeledImages
from resnet_lab.data.pixels import evaluation_transform, load_resized, training_transform
from resnet_lab.data.rgb import DecodeRule


@pytest.fixture
def paths(cells):
    return cells["defective"][:3]


def test_an_item_is_its_pixels_and_label(paths):
    images = LabeledImages(FromFiles(paths, 32, DecodeRule()), [0, 1, 0], evaluation_transform(32), seed=0)
    pixels, label = images[1]
    assert len(images) == 3
    assert label == 1
    assert pixels.dtype == torch.uint8
    assert torch.equal(pixels, evaluation_transform(32)(load_resized(paths[1], 32)))


def test_augmentation_is_keyed_by_seed_epoch_and_position(paths):
    def item(key, seed=0, order=paths):
        return LabeledImages(FromFiles(order, 32, DecodeRule()), [0, 0, 0], training_transform(32), seed=seed)[key][0]

    assert torch.equal(item((0, 1)), item((0, 1)))
    assert not torch.equal(item((0, 1)), item((1, 1)))
    assert not torch.equal(item((0, 1)), item((0, 1), seed=1))
    same_image = [paths[0]] * 3
    assert not torch.equal(item((0, 0), order=same_image), item((0, 1), order=same_image))
    assert torch.equal(item(1), item((0, 1)))  # a plain position means epoch 0
