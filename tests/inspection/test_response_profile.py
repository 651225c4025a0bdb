"""Responses against hooks and arithmetic written by hand."""

import pytest
import torch

from resnet_lab.inspection.response_profile import response_standard_deviations


@torch.no_grad()
def test_it_is_the_deviation_before_relu_and_addition(network, batches):
    net = network(True)
    found = response_standard_deviations(net, batches)
    assert len(found) == 19  # all but fc
    outputs = []
    handle = net.layer2[0].bn2.register_forward_hook(lambda module, inputs, output: outputs.append(output.clone()))
    for images, _ in batches:
        net(images)
    handle.remove()
    whole = torch.cat(outputs)
    assert (whole < 0).any()
    assert found["layer2.0.conv2"] == pytest.approx(float(whole.std(correction=0)), rel=1e-5)


def test_only_3x3_layers_of_the_main_path_count(network, batches):
    found = response_standard_deviations(network(True, 50, shortcut="B"), batches[:1])
    assert list(found)[:2] == ["layer1.0.conv2", "layer1.1.conv2"]
    assert len(found) == 16


def test_hooks_are_gone_also_after_an_exception(network, batches):
    net = network(False)

    def broken():
        yield batches[0]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        response_standard_deviations(net, broken())
    assert not any(module._forward_hooks for module in net.modules())
    assert not net.training
