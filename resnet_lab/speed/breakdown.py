"""Breakdown of the time of a training step by kind of operation."""

from collections.abc import Callable, Iterable

import torch
from torch.profiler import ProfilerActivity, profile

# An operation belongs to the first kind with a word that occurs in the operation's name.
_KINDS = (
    ("convolution, backward", ("convolution_backward", "conv_depthwise2d_backward")),
    ("convolution, forward", ("convolution", "conv2d")),
    ("BatchNorm", ("batch_norm",)),
    ("ReLU", ("relu", "threshold_backward", "clamp_min")),
    ("pooling", ("pool",)),
    ("optimizer", ("_fused_", "_foreach_", "Optimizer")),
    ("casts and copies", ("copy_", "_to_copy", "contiguous", "clone")),
    ("additions", ("aten::add",)),
)
REST = "rest"


def shares_by_kind(operations: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Return the share of the whole time per kind of operation, the largest first.

    Args:
        operations: Name of each operation, as in torch's profiler, and its self time in any unit.

    >>> shares_by_kind([("aten::mkldnn_convolution", 3.0), ("aten::relu_", 1.0)])
    {'convolution, forward': 0.75, 'ReLU': 0.25}
    """
    times: dict[str, float] = {}
    for name, time in operations:
        kind = next((kind for kind, words in _KINDS if any(word in name for word in words)), REST)
        times[kind] = times.get(kind, 0.0) + time
    whole = sum(times.values())
    return {kind: time / whole for kind, time in sorted(times.items(), key=lambda item: -item[1])}


def profiled(step: Callable[[], None], device: torch.device) -> list[tuple[str, float]]:
    """Run a step under torch's profiler. Return each operation with its self time in microseconds."""
    with profile(
        activities=[ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if device.type == "cuda" else [])]
    ) as seen:
        step()
    attribute = "self_device_time_total" if device.type == "cuda" else "self_cpu_time_total"
    return [(event.key, float(getattr(event, attribute))) for event in seen.key_averages()]


def convolution_share(shares: dict[str, float]) -> float:
    """Return the share of convolutions, forward and backward together."""
    return sum(share for kind, share in shares.items() if kind.startswith("convolution"))
