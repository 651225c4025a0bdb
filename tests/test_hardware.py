"""Description of the machine, and its default precision."""

import json
import os
from pathlib import Path

import pytest
import torch

from resnet_lab.hardware import (
    allow_tf32,
    default_precision,
    describe_hardware,
)


@pytest.mark.parametrize(
    ("capabilities", "precision"),
    [
        ({"amx_bf16": True, "avx512_bf16": True}, "bf16-mixed"),
        ({"amx_bf16": False, "avx512_bf16": True}, "bf16-mixed"),
        ({"avx512_f": True, "amx_bf16": False, "avx512_bf16": False}, "32-true"),
        ({"architecture": "aarch64"}, "32-true"),
    ],
)
def test_processors_that_compute_in_bfloat16_do(monkeypatch, capabilities, precision):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    assert default_precision("cpu") == precision
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert default_precision("mps") == "32-true"


@pytest.mark.parametrize(
    ("capability", "precision"), [((7, 5), "32-true"), ((8, 0), "bf16-mixed"), ((9, 0), "bf16-mixed")]
)
def test_cuda_of_8_0_and_up_computes_in_bfloat16(monkeypatch, capability, precision):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: capability)
    assert [default_precision(accelerator) for accelerator in ("auto", "gpu", "cuda")] == [precision] * 3


@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="the independent source is Linux's")
@pytest.mark.parametrize("torch_tells", [True, False])
def test_this_machine_gets_what_its_flags_say(monkeypatch, torch_tells):
    if not torch_tells:  # torch 2.10
        monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    flags = Path("/proc/cpuinfo").read_text()
    assert (default_precision("cpu") == "bf16-mixed") == ("amx_bf16" in flags or "avx512_bf16" in flags)


def test_descriptions_are_plain_and_complete():
    described = describe_hardware(torch.device("cpu"))
    assert json.loads(json.dumps(described)) == described
    assert described["device"] == "cpu"
    assert described["processor"]
    assert 1 <= described["cores"] <= os.cpu_count()


@pytest.mark.parametrize(("device", "precision"), [("cpu", "highest"), ("cuda", "high")])
def test_only_cuda_multiplies_in_tf32(device, precision):
    before = torch.get_float32_matmul_precision()
    try:
        allow_tf32(torch.device(device))
        assert torch.get_float32_matmul_precision() == precision
    finally:
        torch.set_float32_matmul_precision(before)
