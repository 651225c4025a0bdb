"""Shares of branches against arithmetic by hand, and against the growth that De and Smith derive."""

import pytest
import torch
from torch import nn

from resnet_lab.inspection.branch_share import BRANCH, branch_shares
from resnet_lab.inspection.measurement import profile_rows, statistics_of
from resnet_lab.model.backbone import ResNet
from resnet_lab.model.backbone_parts import blocks, keeps_shape, stem


def variance(values):
    """Return the variance of each channel over images and pixels, averaged over channels."""
    return float(values.double().var(dim=(0, 2, 3), correction=0).mean())


@torch.no_grad()
def branch_of(block, x):
    """Return the output of a block's last BatchNorm, layer by layer."""
    return block.bn2(block.conv2(torch.relu(block.bn1(block.conv1(x)))))


@torch.no_grad()
@pytest.mark.parametrize("residual", [False, True])
def test_it_is_the_variance_of_the_change_before_the_last_relu(network, batches, residual):
    net = network(residual)
    found = branch_shares(net, batches)
    features = stem(net, torch.cat([images for images, _ in batches]))
    for name, block in blocks(net).items():
        branch = branch_of(block, features)
        if residual:
            expected = variance(branch) / variance(branch + block.downsample(features))
        else:
            expected = variance(branch - features) / variance(branch) if keeps_shape(block) else None
        assert found[name] == (None if expected is None else pytest.approx(expected, rel=1e-4)), name
        features = block(features)


def test_a_branch_that_is_off_has_no_share(batches):
    torch.manual_seed(0)
    net = ResNet(8, num_classes=3, shortcut="A", zero_init_residual=True)
    assert set(branch_shares(net.eval(), batches).values()) == {0.0}


@torch.no_grad()
def test_a_plain_block_that_hands_on_its_input_changes_nothing(network, batches):
    net = network(False)
    block = net.layer1[1]
    for conv, norm in ((block.conv1, block.bn1), (block.conv2, block.bn2)):
        nn.init.dirac_(conv.weight)
        norm.running_mean.zero_()
        norm.running_var.fill_(1 - norm.eps)
    assert branch_shares(net, batches)["layer1.1"] == pytest.approx(0, abs=1e-9)


def test_at_initialization_a_linear_network_has_the_share_of_de_and_smith(batches):
    """Branches of variance 1 that do not correlate with the input: block l adds 1 to a variance of v + l - 1.

    Without ReLU on the main path nothing else changes the variance (De and Smith 2020, section 3).
    """
    torch.manual_seed(0)
    net = ResNet(62, num_classes=3, shortcut="A")  # ten blocks in the first stage
    for block in net.layer1:
        block.relu = nn.Identity()
    images = torch.randn(16, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    with statistics_of("initial", net):
        found = branch_shares(net, [(images, torch.zeros(16, dtype=torch.long))])
        with torch.no_grad():
            start = variance(stem(net, images))
    for place, block in enumerate(list(net.layer1), start=1):
        assert found[f"layer1.{place - 1}"] == pytest.approx(1 / (start + place), rel=0.2), block
    shares = [found[f"layer1.{place}"] for place in range(10)]
    assert shares[0] > 4 * shares[-1]


@pytest.mark.parametrize("options", [{"shortcut_span": 1}, {"shortcut_weight": 0.5}, {"shortcut": "B"}])
def test_every_block_of_a_residual_rung_has_a_share(network, batches, options):
    found = branch_shares(network(True, **options), batches)
    assert len(found) == 9
    assert all(share > 0 for share in found.values())


def test_a_shortcut_without_a_value_counts_as_none(network, batches):
    assert branch_shares(network(True, shortcut_gradient="straight_through"), batches) == branch_shares(
        network(False), batches
    )


def test_the_network_stays_as_it_was_also_after_an_exception(network, batches):
    net = network(True)
    before = {name: value.clone() for name, value in net.state_dict().items()}

    def broken():
        yield batches[0]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        branch_shares(net, broken())
    assert not any(module._forward_pre_hooks for module in net.modules())
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_the_printed_line_has_the_extremes_of_blocks_with_a_share():
    rows = profile_rows(
        {"layer1.0": 0.25, "layer2.0": None, "layer2.1": 1.5},
        checkpoint="best",
        name_column="block",
        value_column="share",
    )
    assert BRANCH.summarize(rows) == "after training share of a block's change 0.25 (layer1.0) to 1.5 (layer2.1)"
    assert BRANCH.summarize(rows[1:2]) == "after training no block that keeps the shape"
