"""The floor of the smoothed loss, against torch's own loss at its minimum."""

import pytest
import torch

from resnet_lab.statistics.smoothing import smoothing_floor


@pytest.mark.parametrize(("classes", "floor"), [(2, 0.198515), (3, 0.291140), (10, 0.500288), (1000, 1.014848)])
def test_the_floor_at_a_smoothing_of_a_tenth(classes, floor):
    assert smoothing_floor(0.1, classes) == pytest.approx(floor, abs=5e-7)


@pytest.mark.parametrize(("smoothing", "classes"), [(0.0, 4), (0.1, 3), (0.3, 7), (1.0, 5)])
def test_torch_smoothed_loss_reaches_it_and_goes_no_lower(smoothing, classes):
    target = torch.full((classes,), smoothing / classes, dtype=torch.float64)
    target[0] += 1 - smoothing
    best = (target + 1e-300).log()
    loss = torch.nn.CrossEntropyLoss(label_smoothing=smoothing)
    label, floor = torch.tensor([0]), smoothing_floor(smoothing, classes)
    assert loss(best[None], label).item() == pytest.approx(floor, abs=1e-12)
    others = best + torch.randn(200, classes, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert min(loss(other[None], label).item() for other in others) >= floor
