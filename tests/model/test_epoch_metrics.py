"""Metrics per epoch against values by hand, and their state."""

import pytest
import torch

from resnet_lab.model.epoch_metrics import epoch_metrics, metric_state


@pytest.mark.parametrize("num_classes", [5, 6])
def test_top5_accuracy_needs_a_sixth_class(num_classes):
    tags = set(epoch_metrics(num_classes))
    common = {f"{stage}/{name}" for stage in ("train", "val", "test") for name in ("accuracy", "loss")}
    top5 = {f"{stage}/top5_accuracy" for stage in ("train", "val", "test")} if num_classes > 5 else set()
    assert tags == {*common, *top5, "train/objective"}


@pytest.mark.parametrize("tag", ["train/loss", "train/objective", "val/loss"])
def test_losses_are_means_over_images_and_show_a_nan(tag):
    metric = epoch_metrics(2)[tag]
    metric.update(torch.tensor([1.0]))
    metric.update(torch.tensor([2.0, 3.0, 6.0]))
    assert metric.compute().item() == 3.0  # of batch means it would be 2.33
    metric.update(torch.tensor([torch.nan]))
    assert metric.compute().isnan()


@pytest.mark.parametrize("tag", ["train/accuracy", "train/loss"])
def test_the_state_goes_to_another_metric_and_is_no_part_of_the_network(tag):
    first, second = epoch_metrics(2), epoch_metrics(2)
    given = [torch.tensor([[0.9, 0.1], [0.8, 0.2]]), torch.tensor([0, 1])] if "accuracy" in tag else [torch.ones(3)]
    first[tag].update(*given)
    state = metric_state(first[tag])
    assert first.state_dict() == {}
    second[tag].load_state_dict(state)
    loaded = metric_state(second[tag])
    assert any(value.any() for value in state.values())
    assert loaded.keys() == state.keys()
    assert all(torch.equal(value, loaded[name]) for name, value in state.items())
