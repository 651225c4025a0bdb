"""Hardware of a run: its description and its default precision."""

import os
import platform
from pathlib import Path
from typing import Any

import torch


def default_precision(accelerator: str) -> str:
    """Return ``bf16-mixed`` if the device computes in bfloat16, else ``32-true``.

    CUDA devices of capability 8.0 and above do, and processors with AMX or AVX512-BF16. Other devices emulate bfloat16,
    which is slower than float32.

    Args:
        accelerator: Lightning's ``trainer.accelerator``.
    """
    device_type = device_type_of(accelerator)
    if device_type == "cuda":
        computes = torch.cuda.get_device_capability() >= (8, 0)
    else:
        computes = device_type == "cpu" and bool({"amx_bf16", "avx512_bf16"} & _instructions())
    return "bf16-mixed" if computes else "32-true"


def allow_tf32(device: torch.device) -> None:
    """Let CUDA multiply float32 matrices in TF32, which torch already allows for convolutions."""
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")


def factor_dtype(precision: str) -> torch.dtype | None:
    """Return the type of the factors of a matrix product in a Lightning precision; None if it is unknown.

    >>> factor_dtype("bf16-mixed"), factor_dtype("32-true")
    (torch.bfloat16, torch.float32)
    """
    kinds = {"bf16": torch.bfloat16, "16": torch.float16, "32": torch.float32, "64": torch.float64}
    return kinds.get(precision.partition("-")[0])


def describe_hardware(device: torch.device) -> dict[str, Any]:
    """Return processor, instruction sets, cores and system, and the name of the accelerator on CUDA."""
    description: dict[str, Any] = {
        "device": device.type,
        "processor": _processor(),
        "instructions": sorted({"amx_bf16", "avx2", "avx512_bf16"} & _instructions()),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": platform.platform(),
    }
    if device.type == "cuda":
        description["accelerator"] = torch.cuda.get_device_name(device)
    return description


def device_type_of(accelerator: str) -> str:
    """Return the type of device that Lightning will choose: ``cuda``, ``mps`` or ``cpu``.

    Args:
        accelerator: Lightning's ``trainer.accelerator``.
    """
    if accelerator in ("auto", "gpu", "cuda") and torch.cuda.is_available():
        return "cuda"
    if accelerator in ("auto", "gpu", "mps") and torch.backends.mps.is_available():
        return "mps"
    return "cpu"


def _instructions() -> set[str]:
    """Return the instruction sets of the processor, by the names that torch and Linux share."""
    if hasattr(torch.cpu, "get_capabilities"):  # newer than torch 2.10
        return {name for name, has in torch.cpu.get_capabilities().items() if has is True}
    return set(_cpuinfo("flags").split())


def _processor() -> str:
    """Return the model name of the processor. ``platform.processor`` is empty on Linux."""
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def _cpuinfo(field: str) -> str:
    """Return a field of ``/proc/cpuinfo`` for the first processor; empty if there is none."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(field)), "")
