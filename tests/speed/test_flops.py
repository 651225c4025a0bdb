"""Operations are counted from shapes: by hand for a small net, and as published for large ones."""

import pytest
import torch
from torch import nn
from torchvision.models import ResNet34_Weights, ResNet50_Weights

from resnet_lab.model.backbone import ResNet
from resnet_lab.speed.flops import training_flops


def test_a_small_net_by_hand():
    net = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Flatten(), nn.Linear(4 * 8 * 8, 5))
    convolution, product = 2 * 3 * 4 * 9 * 8 * 8, 2 * 4 * 8 * 8 * 5
    # The convolution: forward and the gradient of its weights. The product: also the gradient of its input.
    assert training_flops(net, 8) == 2 * convolution + 3 * product


@pytest.mark.parametrize(("depth", "weights"), [(34, ResNet34_Weights), (50, ResNet50_Weights)])
def test_published_counts_of_the_forward_pass(depth, weights):
    published = 2e9 * weights.DEFAULT.meta["_ops"]  # given in multiply-adds
    stem = 2 * 3 * 64 * 49 * 112 * 112  # the first layer's input has no gradient
    assert training_flops(ResNet(depth, shortcut="B"), 224) == pytest.approx(3 * published - stem, rel=2e-3)


def test_the_net_is_left_as_it_was():
    net = ResNet(20, num_classes=3)
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    training_flops(net, 32)
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())
    assert all(parameter.grad is None for parameter in net.parameters())
