"""The network against published counts, against torchvision, and against its own twin."""

from unittest.mock import patch

import pytest
import torch
import torchvision
from torch.utils.flop_counter import FlopCounterMode

from resnet_lab import ResNet
from resnet_lab.errors import InputError

IMAGENET = (18, 34, 50, 101, 152)
CIFAR = (20, 32, 44, 56, 110, 1202)
OTHER_CIFAR = (8, 14, 26, 38, 74, 164)

# K = 1000, 224 pixels: parameters of plain and A, of B (torchvision's stored num_params), of C; then 10^9
# multiply-adds of the same (B: torchvision's stored _ops). By arithmetic on He et al. 2015, Table 1.
PUBLISHED = {
    18: (11_515_688, 11_689_512, 12_043_816, 1.7948, 1.8141, 1.8783),
    34: (21_623_848, 21_797_672, 22_716_840, 3.6445, 3.6638, 3.8307),
    50: (22_780_456, 25_557_032, 40_128_552, 3.7295, 4.0892, 6.5554),
    101: (41_772_584, 44_549_160, 76_981_288, 7.4417, 7.8014, 13.7615),
    152: (57_416_232, 60_192_808, 107_335_720, 11.1540, 11.5136, 20.9676),
}
# K = 10, 32 pixels, plain and A: He et al. 2015, Table 6 gives 0.27M, 0.46M, 0.66M, 0.85M, 1.7M, 19.4M.
PUBLISHED_CIFAR = {20: 269_722, 32: 464_154, 44: 658_586, 56: 853_018, 110: 1_727_962, 1202: 19_421_274}
CIFAR_MULTIPLY_ADDS = {20: 40.55, 56: 125.5, 110: 252.9}  # 10^6


def shapes(*arguments: object, **options: object) -> ResNet:
    """Return a network whose tensors have shapes and no values: counting needs no more, and drawing takes seconds."""
    undrawn = {name: lambda tensor, *_, **__: tensor for name in ("normal_", "uniform_")}
    with patch.multiple(torch.Tensor, **undrawn):
        return ResNet(*arguments, **options).to("meta")


def parameters(net: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in net.parameters())


def multiply_adds(net: torch.nn.Module, pixels: int) -> float:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net.eval()(torch.zeros(1, 3, pixels, pixels, device="meta"))
    return counter.get_total_flops() / 2


@pytest.mark.parametrize("depth", IMAGENET)
def test_parameters_are_the_published_ones(depth):
    plain_and_a, b, c, *_ = PUBLISHED[depth]
    assert parameters(shapes(depth, residual=False)) == plain_and_a
    assert parameters(shapes(depth, shortcut="A")) == plain_and_a
    assert parameters(shapes(depth, shortcut="B")) == b
    assert parameters(shapes(depth, shortcut="C")) == c


@pytest.mark.parametrize("depth", IMAGENET)
def test_multiply_adds_are_the_published_ones(depth):
    *_, plain_and_a, b, c = PUBLISHED[depth]
    assert multiply_adds(shapes(depth, residual=False), 224) / 1e9 == pytest.approx(plain_and_a, abs=6e-5)
    assert multiply_adds(shapes(depth, shortcut="A"), 224) / 1e9 == pytest.approx(plain_and_a, abs=6e-5)
    assert multiply_adds(shapes(depth, shortcut="B"), 224) / 1e9 == pytest.approx(b, abs=6e-5)
    assert multiply_adds(shapes(depth, shortcut="C"), 224) / 1e9 == pytest.approx(c, abs=6e-5)


@pytest.mark.parametrize("depth", CIFAR)
def test_cifar_parameters_are_the_published_ones(depth):
    assert parameters(shapes(depth, residual=False, num_classes=10)) == PUBLISHED_CIFAR[depth]
    assert parameters(shapes(depth, shortcut="A", num_classes=10)) == PUBLISHED_CIFAR[depth]
    assert parameters(shapes(depth, shortcut="B", num_classes=10)) == PUBLISHED_CIFAR[depth] + 2_752


@pytest.mark.parametrize("depth", CIFAR_MULTIPLY_ADDS)
def test_cifar_multiply_adds_are_the_published_ones(depth):
    net = shapes(depth, residual=False, num_classes=10)
    assert multiply_adds(net, 32) / 1e6 == pytest.approx(CIFAR_MULTIPLY_ADDS[depth], abs=0.051)


@pytest.mark.parametrize("classes", [2, 5, 10])
def test_the_number_of_classes_changes_only_the_last_layer(classes):
    assert parameters(shapes(34, num_classes=classes)) == 21_797_672 - 513_000 + 513 * classes


@pytest.mark.parametrize("depth", [*IMAGENET, *CIFAR, *OTHER_CIFAR])
@pytest.mark.parametrize("residual", [False, True])
def test_depth_counts_the_weighted_layers(depth, residual):
    net = shapes(depth, residual, shortcut="A")
    layers = [m for m in net.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]
    assert len(layers) == depth


@pytest.mark.parametrize("depth", IMAGENET)
def test_option_b_is_torchvisions_net(depth):
    theirs = torchvision.models.get_model(f"resnet{depth}", num_classes=7)
    ours = ResNet(depth, num_classes=7)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    images = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([1, 5])
    outputs = []
    for net in (theirs, ours):
        logits = net(images)
        torch.nn.functional.cross_entropy(logits, labels).backward()
        outputs.append((logits, dict(net.named_parameters()), dict(net.named_buffers())))
    (their_logits, their_parameters, their_buffers), (our_logits, our_parameters, our_buffers) = outputs
    assert torch.equal(our_logits, their_logits)
    assert our_parameters.keys() == their_parameters.keys()
    for name, parameter in our_parameters.items():
        assert torch.equal(parameter.grad, their_parameters[name].grad), name
    for name, buffer in our_buffers.items():
        assert torch.equal(buffer, their_buffers[name]), name
    theirs.load_state_dict(ours.state_dict(), strict=True)


@pytest.mark.parametrize("depth", [18, 34, 50, 20, 56])
@pytest.mark.parametrize("shortcut", ["A", "B", "C"])
def test_twins_start_from_the_same_weights(depth, shortcut):
    torch.manual_seed(3)
    plain = ResNet(depth, residual=False).state_dict()
    torch.manual_seed(3)
    residual = ResNet(depth, shortcut=shortcut).state_dict()
    assert plain.keys() <= residual.keys()
    assert all("downsample" in name for name in residual.keys() - plain.keys())
    assert (plain.keys() == residual.keys()) == (shortcut == "A")
    for name, weight in plain.items():
        assert torch.equal(weight, residual[name]), name
    torch.manual_seed(4)
    assert not torch.equal(ResNet(depth).conv1.weight, residual["conv1.weight"])


def test_initial_weights_follow_he_et_al():
    net = ResNet(34, shortcut="C")
    for name, module in net.named_modules():
        if isinstance(module, torch.nn.Conv2d):
            fan_out = module.out_channels * module.kernel_size[0] ** 2
            # 4 standard errors of a standard deviation estimated from n normal draws
            tolerance = 4 / (2 * module.weight.numel()) ** 0.5
            assert module.weight.std().item() == pytest.approx((2 / fan_out) ** 0.5, rel=tolerance), name
        if isinstance(module, torch.nn.BatchNorm2d):
            assert (module.weight == 1).all()
            assert (module.bias == 0).all()
    assert net.fc.weight.abs().max() <= 512**-0.5


@pytest.mark.parametrize("depth", [34, 50, 56])
@pytest.mark.parametrize(("residual", "shortcut"), [(False, "B"), (True, "A"), (True, "B"), (True, "C")])
def test_every_parameter_receives_a_gradient(depth, residual, shortcut):
    net = ResNet(depth, residual, shortcut, num_classes=3)
    net(torch.randn(2, 3, 64, 64)).square().sum().backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_the_plain_twin_has_no_way_around_and_ignores_the_shortcut():
    torch.manual_seed(0)
    a = ResNet(34, residual=False, shortcut="A")
    torch.manual_seed(0)
    c = ResNet(34, residual=False, shortcut="C")
    assert str(a) == str(c)
    block = a.layer2[0].eval()
    x = torch.randn(2, 64, 8, 8)
    by_hand = torch.relu(block.bn2(block.conv2(torch.relu(block.bn1(block.conv1(x))))))
    assert torch.equal(block(x), by_hand)


@pytest.mark.parametrize("depth", [34, 50])
def test_the_plain_twin_keeps_the_last_relu_of_every_block(depth):
    net = ResNet(depth, residual=False).eval()
    outputs = []
    for stage in (net.layer1, net.layer2, net.layer3, net.layer4):
        for block in stage:
            block.register_forward_hook(lambda _module, _inputs, output: outputs.append(output.min().item()))
    net(torch.randn(1, 3, 64, 64))
    assert len(outputs) == 16
    assert all(lowest >= 0 for lowest in outputs)


def test_option_a_is_identity_padded_with_zeros():
    block = ResNet(34, shortcut="A").layer2[0]
    x = torch.randn(2, 64, 9, 9)
    around = block.downsample(x)
    assert around.shape == block.conv1(x).shape == (2, 128, 5, 5)
    assert torch.equal(around[:, :64], x[:, :, ::2, ::2])
    assert (around[:, 64:] == 0).all()


def test_a_residual_net_with_zeroed_branches_is_the_shortcuts_alone():
    net = ResNet(34, shortcut="A", zero_init_residual=True)
    x = torch.rand(2, 64, 8, 8)
    assert torch.equal(net.layer1(x), x)
    assert torch.equal(net.layer2(x)[:, :64], x[:, :, ::2, ::2])


def test_zero_init_needs_a_residual_net():
    with pytest.raises(InputError, match=r"zero_init_residual needs residual=True: in a plain net .* silence the net"):
        ResNet(34, residual=False, zero_init_residual=True)


def test_an_unknown_depth_is_refused_with_the_known_ones():
    with pytest.raises(
        InputError, match=r"depth 35 is not known; choose 18, 34, 50, 101 or 152, or for small images 6n\+2 from"
    ):
        ResNet(35)


def test_an_unknown_shortcut_is_refused():
    with pytest.raises(InputError, match="shortcut 'Z' is not known; choose one of A, B, C"):
        ResNet(34, shortcut="Z")
