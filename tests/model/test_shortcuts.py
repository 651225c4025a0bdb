"""Shortcuts of the rungs: what reaches the sum, what reaches the gradient, and span 1 as a plain chain."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from resnet_lab.model.backbone import BasicBlock, ResNet, ZeroPadShortcut
from resnet_lab.model.backbone_parts import blocks
from resnet_lab.model.shortcuts import PartialShortcut, SpanOneBlock

RUNGS = {
    "plain": {"residual": False},
    "weight": {"shortcut_weight": 0.5},
    "no weight": {"shortcut_weight": 0.0},
    "stop_gradient": {"shortcut_gradient": "stop_gradient"},
    "straight_through": {"shortcut_gradient": "straight_through"},
    "span 1": {"shortcut_span": 1},
    "half span 1": {"shortcut_span": 1, "shortcut_weight": 0.5},
    "delta_orthogonal": {"residual": False, "init": "delta_orthogonal"},
    "dirac": {"residual": False, "init": "dirac"},
    "norm_bias": {"residual": False, "norm_bias": 2.0},
    "zero_init": {"zero_init_residual": True},
    "residual": {},
}


def rung(name: str, depth: int = 20, **options) -> ResNet:
    torch.manual_seed(3)
    return ResNet(depth, **{"shortcut": "A", "num_classes": 10, **RUNGS[name], **options})


def logits_and_gradients(net: nn.Module) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """In training mode, on noise of 16 pixels."""
    images = torch.randn(6, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    logits = net(images)
    F.cross_entropy(logits, torch.arange(6)).backward()
    return logits.detach(), {name: parameter.grad for name, parameter in net.named_parameters()}


def assert_equal(left: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> None:
    assert left.keys() == right.keys()
    for name, value in left.items():
        assert torch.equal(value, right[name]), name


@pytest.fixture(scope="module", params=[20, 34])
def plain(request):
    return request.param, rung("plain", request.param)


@pytest.mark.parametrize("name", RUNGS)
def test_every_rung_has_the_parameters_of_the_plain_net_and_their_values(plain, name):
    """Only what a rung is about differs: kernels of blocks, their BatchNorm's bias, the last BatchNorm's weight."""
    depth, twin = plain
    net = rung(name, depth)
    # 21,623,848 at 1000 classes (torchvision's num_params of B less its projections), 513 per class
    expected = {20: (269_722, 59), 34: (21_623_848 - 990 * 513, 101)}[depth]
    tensors = dict(net.named_parameters())
    assert (sum(p.numel() for p in tensors.values()), len(tensors)) == expected
    assert {name: p.shape for name, p in tensors.items()} == {name: p.shape for name, p in twin.named_parameters()}
    before, state = twin.state_dict(), net.state_dict()
    assert state.keys() == before.keys()
    in_blocks = {key for key in before if key.startswith("layer")}
    kernels = {key for key in in_blocks if ".conv" in key}
    changed = {
        "delta_orthogonal": kernels,
        "dirac": kernels,
        "norm_bias": {key for key in in_blocks if ".bn" in key and key.endswith(".bias")},
        "zero_init": {key for key in in_blocks if key.endswith("bn2.weight")},
    }
    assert {key for key in before if not torch.equal(before[key], state[key])} == changed.get(name, set())


@pytest.mark.parametrize("depth", [20, 18])
@pytest.mark.parametrize(("weight", "same"), [(0.0, "plain"), (1.0, "residual")])
def test_the_ends_of_the_weight_are_the_plain_and_the_residual_net(weight, same, depth):
    logits, gradients = logits_and_gradients(rung("residual", depth, shortcut_weight=weight))
    expected, expected_gradients = logits_and_gradients(rung(same, depth))
    assert torch.equal(logits, expected)
    assert_equal(gradients, expected_gradients)


def test_a_shortcut_of_weight_zero_is_that_of_the_plain_net_also_by_its_formula():
    """Weight 0 builds no shortcut; the formula itself, 0 x, gives the same numbers."""
    net = rung("residual")
    for block in blocks(net).values():
        block.downsample = PartialShortcut(block.downsample, 0.0, "both")
    logits, gradients = logits_and_gradients(net)
    expected, expected_gradients = logits_and_gradients(rung("plain"))
    assert torch.equal(logits, expected)
    assert_equal(gradients, expected_gradients)


@pytest.mark.parametrize("depth", [20, 18])
@pytest.mark.parametrize(("name", "same"), [("straight_through", "plain"), ("stop_gradient", "residual")])
def test_a_gradient_knob_changes_gradients_only(name, same, depth):
    logits, gradients = logits_and_gradients(rung(name, depth))
    expected, expected_gradients = logits_and_gradients(rung(same, depth))
    assert torch.equal(logits, expected)
    last = [f"layer{3 if depth == 20 else 4}.{2 if depth == 20 else 1}.", "fc."]
    for key, gradient in gradients.items():  # no shortcut lies between the loss and the last block
        assert torch.equal(gradient, expected_gradients[key]) == key.startswith(tuple(last)), key


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("weight", [0.5, 1.0])
def test_gradients_of_one_block_follow_the_formula(stride, weight):
    """With g the gradient after the sum, the input has J' g from the branch, and w s' g from the shortcut."""

    def shortcut(gradient):
        return PartialShortcut(ZeroPadShortcut(4, 4 * stride, stride), weight, gradient).double()

    torch.manual_seed(0)
    block = BasicBlock(4, 4 * stride, stride, lambda *_: shortcut("both")).double().eval()
    x = torch.rand(2, 4, 6, 6, dtype=torch.float64)
    direction = torch.randn(2, 4 * stride, 6 // stride, 6 // stride, dtype=torch.float64)
    kernels = (block.conv1.weight, block.conv2.weight)

    def branch(x):
        return block.bn2(F.conv2d(F.relu(block.bn1(F.conv2d(x, kernels[0], None, stride, 1))), kernels[1], None, 1, 1))

    around = weight * F.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, 0, 4 * stride - 4))
    for gradient, value, slope in (("both", 1, 1), ("stop_gradient", 1, 0), ("straight_through", 0, 1)):
        block.downsample = shortcut(gradient)
        pixels = x.clone().requires_grad_()
        output = block(pixels)
        assert torch.allclose(output, F.relu(branch(x) + value * around), rtol=0, atol=1e-14)
        [found] = torch.autograd.grad((output * direction).sum(), pixels)
        after_sum = direction * (branch(x) + value * around > 0)
        _, from_branch = torch.autograd.functional.vjp(branch, x, after_sum)
        from_shortcut = torch.zeros_like(x)
        from_shortcut[:, :, ::stride, ::stride] = weight * after_sum[:, :4]
        assert torch.allclose(found, from_branch + slope * from_shortcut, rtol=0, atol=1e-13)


def folded(conv: nn.Conv2d, norm: nn.BatchNorm2d, weight: float) -> nn.Conv2d:
    """Return a convolution with bias that computes BN(conv x) + w s(x) in evaluation mode."""
    plain = nn.Conv2d(conv.in_channels, conv.out_channels, 3, conv.stride, 1).double()
    scale = norm.weight / (norm.running_var + norm.eps).sqrt()
    plain.weight.data = conv.weight * scale[:, None, None, None]
    plain.bias.data = norm.bias - scale * norm.running_mean
    for channel in range(conv.in_channels):  # option A: channel i becomes channel i
        plain.weight.data[channel, channel, 1, 1] += weight
    return plain


@pytest.mark.parametrize("weight", [1.0, 0.5])
@pytest.mark.parametrize("depth", [20, 18])
@torch.no_grad()
def test_span_1_folds_into_a_plain_chain_of_convolutions(depth, weight):
    net = rung("span 1", depth, shortcut_weight=weight).double()
    generator = torch.Generator().manual_seed(2)
    for name, parameter in net.named_parameters():
        if ".bn" in name:  # trained BatchNorms are not at their initial values
            parameter += 0.2 * torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
    net(torch.randn(8, 3, 32, 32, generator=generator, dtype=torch.float64))
    net.eval()
    chain: list[nn.Module] = [net.conv1, net.bn1, net.relu, net.maxpool]
    for block in blocks(net).values():
        assert isinstance(block, SpanOneBlock)
        chain += [folded(block.conv1, block.bn1, weight), nn.ReLU(), folded(block.conv2, block.bn2, weight), nn.ReLU()]
    plain = nn.Sequential(*chain, net.avgpool, nn.Flatten(), net.fc)
    images = torch.randn(4, 3, 32, 32, generator=generator, dtype=torch.float64)
    expected = plain(images)
    assert torch.allclose(net(images), expected, rtol=0, atol=1e-9 * float(expected.abs().max()))
    single = net.float()(images.float())
    assert torch.allclose(single.double(), expected, rtol=0, atol=1e-5 * float(expected.abs().max()))


@pytest.mark.parametrize("name", ["stop_gradient", "straight_through", "half span 1"])
def test_compile_changes_no_number_beyond_rounding(name):
    net = rung(name)
    compiled = torch.compile(rung(name), backend="aot_eager")
    logits, gradients = logits_and_gradients(net)
    found, _ = logits_and_gradients(compiled)
    assert torch.allclose(found, logits, rtol=0, atol=1e-5)
    for key, parameter in compiled._orig_mod.named_parameters():
        assert torch.allclose(parameter.grad, gradients[key], rtol=1e-3, atol=1e-6), key
