"""The pieces of a network, put together again, are the network."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from resnet_lab.model.backbone_parts import blocks, head, keeps_shape, shortcuts, stem, weighted_layers, without_branch


@pytest.mark.parametrize(("depth", "residual", "shortcut"), [(20, False, "A"), (18, True, "B"), (50, True, "A")])
@torch.no_grad()
def test_the_pieces_are_the_network_bit_for_bit(network, batches, depth, residual, shortcut):
    net = network(residual, depth, shortcut=shortcut)
    images, _ = batches[0]
    features = stem(net, images)
    for block in blocks(net).values():
        assert bool(shortcuts(block)) == residual
        features = block(features)
    assert torch.equal(head(net, features), net(images))


def test_the_blocks_come_in_order_and_those_that_change_the_shape_are_known(network):
    assert list(blocks(network(True)))[:4] == ["layer1.0", "layer1.1", "layer1.2", "layer2.0"]
    nets = {depth: network(False, depth) for depth in (20, 50)}
    changing = {depth: [n for n, block in blocks(net).items() if not keeps_shape(block)] for depth, net in nets.items()}
    assert changing[20] == ["layer2.0", "layer3.0"]
    assert changing[50] == ["layer1.0", "layer2.0", "layer3.0", "layer4.0"]


def test_a_block_without_its_branch_is_its_shortcut(network):
    x = torch.rand(2, 16, 8, 8)
    assert torch.equal(without_branch(blocks(network(True))["layer1.1"], x), x)
    assert torch.equal(without_branch(blocks(network(False))["layer1.1"], x), x)
    padded = without_branch(blocks(network(True))["layer2.0"], x)
    assert torch.equal(padded, F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, 16)))
    with pytest.raises(AssertionError, match="cannot be removed"):
        without_branch(blocks(network(False))["layer2.0"], x)


@pytest.mark.parametrize(("depth", "shortcut"), [(20, "A"), (18, "C"), (50, "B")])
def test_there_are_as_many_weighted_layers_as_the_depth_says(network, depth, shortcut):
    layers = weighted_layers(network(True, depth, shortcut=shortcut))
    assert len(layers) == depth
    assert (next(iter(layers)), list(layers)[-1]) == ("conv1", "fc")
    assert isinstance(layers["fc"], nn.Linear)


@pytest.mark.parametrize(
    ("options", "value"),
    [
        ({}, 1.0),
        ({"shortcut_weight": 0.5}, 0.5),
        ({"shortcut_gradient": "stop_gradient"}, 1.0),
        ({"shortcut_weight": 0.5, "shortcut_span": 1}, 0.25),  # around each of two layers
    ],
)
def test_without_its_branch_a_block_of_a_rung_is_its_shortcut_with_its_weight(network, options, value):
    parts = blocks(network(True, **options))
    x = torch.rand(2, 16, 8, 8)
    assert torch.equal(without_branch(parts["layer1.1"], x), value * x)
    assert torch.equal(without_branch(parts["layer2.0"], x)[:, :16], value * x[:, :, ::2, ::2])
    assert len(shortcuts(parts["layer1.1"])) == (2 if "shortcut_span" in options else 1)


@pytest.mark.parametrize(
    "options",
    [
        {"shortcut_weight": 0.0},
        {"shortcut_gradient": "straight_through"},
        {"shortcut_gradient": "straight_through", "shortcut_span": 1},
    ],
)
def test_where_no_value_passes_around_a_block_is_that_of_a_plain_net(network, options):
    parts = blocks(network(True, **options))
    x = torch.rand(2, 16, 8, 8)
    assert shortcuts(parts["layer1.1"]) == []
    assert without_branch(parts["layer1.1"], x) is x
    with pytest.raises(AssertionError, match="cannot be removed"):
        without_branch(parts["layer2.0"], x)
