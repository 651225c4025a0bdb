"""Grad-CAM against its closed form with a linear head, and against gradients through a whole network."""

import numpy as np
import pytest
import torch

from resnet_lab.data.normalization import IMAGENET
from resnet_lab.inspection.attention import ATTENTION, grad_cam, in_hexadecimal
from resnet_lab.inspection.measurement import InspectionOptions, MeasurementInput
from resnet_lab.inspection.sample import FixedSample
from resnet_lab.inspection.time_budget import TimeBudget

CLASSES = torch.tensor([0, 2, 1, 2])


def images(count=4, side=32):
    return torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(7))


def features_of(net, batch):
    """Return the output of the last block in a plain forward pass, by a hook."""
    kept = []
    handle = net.avgpool.register_forward_pre_hook(lambda _, inputs: kept.append(inputs[0]))
    logits = net(batch)
    handle.remove()
    return kept[0], logits


@pytest.mark.parametrize("residual", [False, True])
def test_with_a_linear_head_it_is_the_weights_of_the_class_times_the_features(network, residual):
    """Zhou et al. 2016: with average pooling, the gradient of the logit is the weight over the number of pixels."""
    net = network(residual)
    heat = grad_cam(net, images(), CLASSES)
    with torch.no_grad():
        features, logits = features_of(net, images())
        weighted = torch.einsum("bc,bchw->bhw", net.fc.weight[CLASSES], features) / features[0, 0].numel()
    assert heat.shape == (4, 8, 8)
    torch.testing.assert_close(heat, weighted.relu())
    own = logits.gather(1, CLASSES[:, None])[:, 0] - net.fc.bias.detach()[CLASSES]
    torch.testing.assert_close(weighted.sum(dim=(1, 2)), own)
    assert heat.max() > 0


def test_it_is_the_gradient_through_the_whole_network(network):
    """Selvaraju et al. 2017, eq. 1 and 2, with a head that is not linear: no weights can be read off."""
    net = network(True)
    net.fc = torch.nn.Sequential(torch.nn.Linear(64, 5), torch.nn.Tanh(), torch.nn.Linear(5, 3))
    for k in range(4):
        batch = images()[k : k + 1]
        features, logits = features_of(net, batch)
        features.retain_grad()
        logits[0, CLASSES[k]].backward()
        expected = (features.grad.mean(dim=(2, 3), keepdim=True) * features).sum(dim=1).clamp(min=0)
        torch.testing.assert_close(grad_cam(net, batch, CLASSES[k : k + 1]), expected.detach())


def test_an_image_has_its_map_whatever_images_are_beside_it(network):
    net = network(False)
    both = grad_cam(net, images(), CLASSES)
    alone = torch.cat([grad_cam(net, images()[k : k + 1], CLASSES[k : k + 1]) for k in range(4)])
    torch.testing.assert_close(both, alone)


def test_the_network_stays_as_it_was(network):
    net = network(True).train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    grad_cam(net, images(), CLASSES)
    assert net.training
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert all(weight.grad is None and weight.requires_grad for weight in net.parameters())


def test_a_map_is_kept_to_within_half_a_step(network):
    for heat in grad_cam(network(True), images(), CLASSES):
        peak, digits = in_hexadecimal(heat)
        read = np.array([list(bytes.fromhex(row)) for row in digits.split()]) / 255 * peak
        assert np.abs(read - heat.numpy()).max() <= peak / 510 + 1e-6


def test_a_map_without_evidence_is_zeros():
    assert in_hexadecimal(torch.zeros(2, 3)) == (0.0, "000000 000000")


def given(net, count, budget):
    pixels = torch.randint(256, (count, 3, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    paths = tuple(f"a/{k}.png" for k in range(count))
    disputed = FixedSample(pixels, torch.arange(count) % 3, ("x",) * count, None, paths=paths)
    return MeasurementInput(
        networks={"initial": net, "best": net},
        checkpoint="best",
        batches=(),
        training=None,
        options=InspectionOptions(("attention",), 6, 1, 0, None),
        budget=budget,
        show_progress=lambda steps, name, count: steps,
        disputed=disputed.batches(IMAGENET, torch.device("cpu")),
    )


def test_every_image_has_a_row_and_a_budget_cuts_the_smaller_leads(network):
    net = network(True)
    rows, cut = ATTENTION.measure(given(net, 40, TimeBudget(None)))
    assert [(row["path"], row["position"]) for row in rows] == [(f"a/{k}.png", k + 1) for k in range(40)]
    assert cut is None
    assert set(rows[0]) == set(ATTENTION.columns)
    first, cut = ATTENTION.measure(given(net, 40, TimeBudget(0)))
    assert first == rows[:20]
    assert cut == "20 of 40 images"


def test_the_line_counts_the_area_and_maps_without_evidence():
    rows = [{"peak": 1.0, "map": "ff80 0000"}, {"peak": 2.0, "map": "ff00 0000"}, {"peak": 0.0, "map": "0000 0000"}]
    said = ATTENTION.summarize(rows)
    assert said == "3 images, 38% of the area above half of the peak (mean); 1 without evidence for their class"
    assert ATTENTION.summarize(rows[2:]) == "1 images; 1 without evidence for their class"
