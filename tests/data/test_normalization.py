"""Mean and deviation of pixels, against numpy over all of them."""

import numpy as np
import pytest
import torch
from torchvision.transforms.v2 import functional as tv

from resnet_lab.data.normalization import IMAGENET, Normalization, normalization_of
from resnet_lab.errors import InputError


@pytest.fixture
def images():
    return torch.randint(0, 256, (7, 3, 5, 6), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("normalization", [IMAGENET, Normalization((0.1, 0.5, 0.9), (0.3, 0.2, 0.1))])
def test_normalizing_shifts_and_scales_a_channel(images, normalization):
    mean, std = (np.reshape(values, (3, 1, 1)) for values in normalization)
    result = normalization(images)
    assert result.dtype == torch.float32
    np.testing.assert_allclose(result.numpy(), (images.numpy() / 255 - mean) / std, atol=1e-5)


def test_bits_are_torchvisions(images):
    floats = tv.to_dtype(images, torch.float32, scale=True)
    assert torch.equal(IMAGENET(images), tv.normalize(floats, list(IMAGENET.mean), list(IMAGENET.std)))


def test_imagenets_are_the_published_ones():
    assert IMAGENET == ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def test_statistics_are_numpys_over_all_pixels(images):
    found = normalization_of([images[:3], images[3:]])
    scaled = images.numpy().astype(np.float64) / 255
    np.testing.assert_allclose(found.mean, scaled.mean(axis=(0, 2, 3)), rtol=1e-12)
    np.testing.assert_allclose(found.std, scaled.std(axis=(0, 2, 3)), rtol=1e-12)


def test_order_and_batches_change_no_bit(images):
    assert normalization_of([images]) == normalization_of(list(images.flip(0).split(2)))


def test_normalized_by_its_own_statistics_a_set_has_mean_0_and_deviation_1(images):
    normalized = normalization_of([images])(images).double()
    assert normalized.mean(dim=(0, 2, 3)).abs().max() < 1e-6
    assert (normalized.std(dim=(0, 2, 3), correction=0) - 1).abs().max() < 1e-6


def test_images_without_contrast_are_refused(images):
    images[:, 1] = 40
    with pytest.raises(InputError, match="the training images have no contrast: all pixels are equal"):
        normalization_of([images])
