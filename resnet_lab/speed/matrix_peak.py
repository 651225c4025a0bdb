"""Matrix peak: the fastest matrix product measured on a device, as the upper bound of a training step."""

import time
from functools import cache

import torch

from resnet_lab.speed.resident_step import wait_for

_SIDE = {"cpu": 2048}  # large enough to keep the device busy, small enough to be quick
_SIDE_ELSEWHERE = 8192
_SECONDS = 0.5


@cache
def matrix_peak(device: torch.device, dtype: torch.dtype) -> float:
    """Return operations per second of the fastest of several square matrix products, measured once per process.

    A multiplication and an addition count as two operations. No random number is drawn.

    Args:
        device: Device that multiplies.
        dtype: Type of the factors: ``torch.bfloat16`` for bf16-mixed, ``torch.float32`` for 32-true.
    """
    side = _SIDE.get(device.type, _SIDE_ELSEWHERE)
    factor = torch.ones(side, side, device=device, dtype=dtype)
    torch.mm(factor, factor)  # warm-up: libraries choose their kernel
    wait_for(device)
    start = time.perf_counter()
    best, end = float("inf"), start + _SECONDS
    while start < end:
        torch.mm(factor, factor)
        wait_for(device)
        now = time.perf_counter()
        best, start = min(best, now - start), now
    return 2 * side**3 / best
