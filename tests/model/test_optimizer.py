"""The optimizer is built in one place; its name needs no torch."""

import subprocess
import sys

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
