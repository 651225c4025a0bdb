"""The optimizer is built in one place; its name needs no torch."""

import subprocess
import sys

import pytest
import torch

from resnet_lab.model.optimizer import build_optimizer, optimizer_name

HYPER_PARAMETERS = {"lr": 0.1, "weight_decay": 0.05, "depth": 34}


def test_it_has_the_rate_and_the_decay_of_the_model():
    parameters = [torch.nn.Parameter(torch.ones(3)), torch.nn.Parameter(torch.ones(2))]
    optimizer = build_optimizer(iter(parameters), HYPER_PARAMETERS)
    [group] = optimizer.param_groups
    assert (group["lr"], group["weight_decay"], group["fused"]) == (0.1, 0.05, True)
    assert group["params"] == parameters
    assert not build_optimizer(parameters, HYPER_PARAMETERS, fused=False).param_groups[0]["fused"]


def test_its_name_is_that_of_its_class():
    optimizer = build_optimizer([torch.nn.Parameter(torch.ones(1))], HYPER_PARAMETERS)
    assert optimizer_name(HYPER_PARAMETERS) == type(optimizer).__name__


def test_the_name_needs_no_torch():
    code = "import sys, resnet_lab.model.optimizer as o; print(o.optimizer_name({}), 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout == "AdamW False\n"


def test_sgd_follows_the_update_of_the_paper():
    """He et al. 2015, section 3.4: momentum 0.9, weight decay in the gradient; the update of Sutskever et al. 2013."""
    options = {"lr": 0.1, "weight_decay": 0.01, "optimizer": "sgd", "momentum": 0.9}
    weight, velocity, expected = torch.nn.Parameter(torch.tensor([[2.0]])), 0.0, 2.0
    optimizer = build_optimizer([weight], options)
    for _ in range(4):
        weight.grad = 3 * weight.detach()
        velocity = 0.9 * velocity + (3 + 0.01) * expected
        expected -= 0.1 * velocity
        optimizer.step()
        assert weight.item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_decay_on_weights_leaves_out_batchnorm_and_biases(optimizer):
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 1), torch.nn.BatchNorm2d(4), torch.nn.Linear(4, 2))
    options = {"lr": 0.1, "weight_decay": 0.5, "optimizer": optimizer, "decay_on": "weights"}
    built = build_optimizer(network.parameters(), options)
    decays = {id(one): group["weight_decay"] for group in built.param_groups for one in group["params"]}
    found = {name: decays[id(one)] for name, one in network.named_parameters()}
    assert found == {"0.weight": 0.5, "0.bias": 0, "1.weight": 0, "1.bias": 0, "2.weight": 0.5, "2.bias": 0}


def test_nesterov_looks_ahead():
    weight = torch.nn.Parameter(torch.tensor([[1.0]]))
    optimizer = build_optimizer([weight], {"lr": 1.0, "weight_decay": 0.0, "optimizer": "sgd", "nesterov": True})
    weight.grad = torch.tensor([[1.0]])
    optimizer.step()
    assert weight.item() == pytest.approx(1 - 1.9)  # g + 0.9 v, with v = g in the first step
