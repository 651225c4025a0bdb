"""The fastest matrix product that the device was seen to make: the ceiling that a training step is held against."""

import time
from functools import cache

import torch

from resnet_lab.speed.resident_step import wait_for

_SIDE = {"cpu": 2048}  # large enough for the device to be busy, small enough to take no time
_SIDE_ELSEWHERE = 8192
_SECONDS = 0.5


@cache
def matrix_peak(device: torch.device, dtype: torch.dtype) -> float:
    """Return operations a second of the best of several square matrix products, measured once a process.

    A multiplication and an addition are two. Threads are those of the process; no random number is drawn.

    Args:
        device: Where to multiply.
        dtype: Of the factors: ``torch.bfloat16`` for bf16-mixed, ``torch.float32`` for 32-true.
    """
    side = _SIDE.get(device.type, _SIDE_ELSEWHERE)
    factor = torch.ones(side, side, device=device, dtype=dtype)
    torch.mm(factor, factor)  # lets libraries choose their kernel
    wait_for(device)
    start = time.perf_counter()
    best, end = float("inf"), start + _SECONDS
    while start < end:
        torch.mm(factor, factor)
        wait_for(device)
        now = time.perf_counter()
        best, start = min(best, now - start), now
    return 2 * side**3 / best
