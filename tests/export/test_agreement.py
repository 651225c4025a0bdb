"""A file that computes something else is found, in either kind of batch."""

import pytest
import torch

from resnet_lab.errors import RunError
from resnet_lab.export.agreement import largest_difference

IMAGES = torch.randn(7, 3, 4, 4, generator=torch.Generator().manual_seed(0))


def network(images):
    return images.flatten(1)[:, :3]


def test_the_largest_difference_is_returned():
    assert largest_difference(network, network, IMAGES) == 0
    changed = largest_difference(network, lambda images: network(images) + torch.tensor([0, 5e-5, 0]), IMAGES)
    assert changed == pytest.approx(5e-5, rel=1e-2)


@pytest.mark.parametrize("size", [1, 3])
def test_a_difference_in_one_kind_of_batch_alone_is_found(size):
    def wrong(images):
        return network(images) + (2e-4 if len(images) == size else 0)

    with pytest.raises(RunError, match=f"in a batch of {size}, a logit differs by 0.0002, and 0.0001 is allowed"):
        largest_difference(network, wrong, IMAGES)


def test_another_class_is_found_however_near_the_logits_are():
    tie = torch.tensor([[1.0, 1.0 + 1e-6]])
    with pytest.raises(RunError, match="gives a photograph another class"):
        largest_difference(lambda _: tie, lambda _: tie.flip(1), IMAGES[:1])


@pytest.mark.parametrize("found", [torch.full((1, 3), torch.nan), torch.zeros(1, 4)])
def test_no_number_and_another_shape_are_found(found):
    with pytest.raises(RunError, match="differs by nan"):
        largest_difference(network, lambda _: found, IMAGES[:1])
