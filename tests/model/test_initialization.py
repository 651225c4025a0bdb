"""Initial weights of the rungs against what defines them: orthogonality, identity, one draw."""

import pytest
import torch
import torch.nn.functional as F

from resnet_lab import ResNet
from resnet_lab.model.backbone_parts import blocks
from resnet_lab.model.initialization import NOISE, delta_orthogonal, dirac


def built(**options) -> ResNet:
    torch.manual_seed(3)
    return ResNet(20, **{"residual": False, "num_classes": 10, **options})


def kernels(net: ResNet) -> dict[str, torch.Tensor]:
    return {name: value for name, value in net.state_dict().items() if name.startswith("layer") and ".conv" in name}


@pytest.mark.parametrize(("channels", "in_channels"), [(16, 16), (32, 16)])
def test_a_delta_orthogonal_kernel_is_orthogonal_and_keeps_norms(channels, in_channels):
    draw = torch.randn(channels, in_channels, 3, 3, generator=torch.Generator().manual_seed(0))
    kernel = delta_orthogonal(draw)
    center = kernel[:, :, 1, 1].double()
    assert torch.allclose(torch.linalg.svdvals(center), torch.ones(in_channels, dtype=torch.float64), atol=1e-6)
    rest = kernel.clone()
    rest[:, :, 1, 1] = 0
    assert not rest.any()
    images = torch.randn(4, in_channels, 7, 7, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    padded = F.pad(images, (1, 1, 1, 1), mode="circular")
    outputs = F.conv2d(padded, kernel.double())
    norms = [x.flatten(1).norm(dim=1) for x in (images, outputs)]
    assert torch.allclose(*norms, rtol=1e-6)
    assert torch.allclose(outputs, F.conv2d(images, kernel.double(), padding=1))  # zeros at the border do not matter


def test_the_orthogonal_matrix_is_the_factor_of_the_center_tap_of_the_draw():
    draw = torch.randn(32, 16, 3, 3, generator=torch.Generator().manual_seed(0))
    q, center = delta_orthogonal(draw)[:, :, 1, 1].double(), draw[:, :, 1, 1].double()
    r = q.T @ center
    assert torch.allclose(q @ r, center, atol=1e-5)
    assert torch.allclose(r, r.triu(), atol=1e-5)
    assert (r.diagonal() > 0).all()
    twice = draw.clone()
    twice[:, :, 0, 0] = 7.0
    assert torch.equal(delta_orthogonal(twice), delta_orthogonal(draw))


def test_rungs_change_the_kernels_of_the_one_draw():
    he = kernels(built())
    for name, kernel in kernels(built(init="delta_orthogonal")).items():
        assert torch.equal(kernel, delta_orthogonal(he[name])), name
    for name, kernel in kernels(built(init="dirac")).items():
        channels, in_channels = kernel.shape[:2]
        identity = torch.zeros_like(kernel)
        identity[range(in_channels), range(in_channels), 1, 1] = 1
        assert torch.equal(kernel, identity + NOISE * he[name]), name
        assert channels >= in_channels
    assert NOISE == 0.25


@torch.no_grad()
def test_dirac_blocks_are_option_a_before_noise():
    """What is nowhere negative passes both ReLUs; BatchNorm at its initial statistics divides by its epsilon only."""
    net, residual = built(init="dirac").eval(), built(residual=True, shortcut="A")
    x = torch.rand(2, 16, 8, 8, generator=torch.Generator().manual_seed(0))
    for name, block in blocks(net).items():
        for conv in (block.conv1, block.conv2):
            conv.weight.copy_(dirac(torch.randn_like(conv.weight), noise=0))
        expected = blocks(residual)[name].downsample(x)
        found = block(x)
        assert torch.allclose(found * (1 + block.bn1.eps), expected, rtol=1e-6, atol=0), name
        x = expected


@pytest.mark.parametrize("options", [{"residual": False}, {"residual": True, "shortcut": "A"}])
def test_norm_bias_is_the_bias_of_the_blocks_only(options):
    for name, value in built(norm_bias=2.0, **options).named_parameters():
        if name.endswith(".bias") and "bn" in name:
            assert (value == (2.0 if name.startswith("layer") else 0.0)).all(), name


@pytest.mark.parametrize(("depth", "ends"), [(18, {"bn2"}), (50, {"bn3"})])
@pytest.mark.parametrize("shortcut", ["A", "B"])
def test_zero_init_makes_every_block_its_shortcut(depth, ends, shortcut):
    torch.manual_seed(0)
    net = ResNet(depth, shortcut=shortcut, num_classes=2, zero_init_residual=True).eval()
    zero = {name.split(".")[2] for name, value in net.named_parameters() if name.endswith("weight") and not value.any()}
    assert zero == ends
    x = torch.rand(2, 64, 4, 4)
    for name, block in blocks(net).items():
        expected = F.relu(block.downsample(x))
        assert torch.equal(block(x), expected), name
        x = expected


def test_zero_init_makes_both_layers_of_span_1_their_shortcuts():
    net = built(residual=True, shortcut="A", shortcut_span=1, zero_init_residual=True).eval()
    x = torch.rand(2, 16, 8, 8)
    assert torch.equal(net.layer1(x), x)
    assert torch.equal(net.layer2(x)[:, :16], x[:, :, ::2, ::2])
