"""The layers that diagnostics name, and how a network as a whole is summed up."""

from collections.abc import Mapping
from statistics import median

import torch
from torch import Tensor, nn

ALL = "all"
"""In the place of a layer's name: the whole network."""


def layers(network: nn.Module) -> dict[str, nn.Conv2d | nn.Linear]:
    """Return what has a weight to learn, BatchNorm apart, by its name in the network."""
    return {name: module for name, module in network.named_modules() if isinstance(module, nn.Conv2d | nn.Linear)}


def batchnorms(network: nn.Module) -> dict[str, nn.BatchNorm2d]:
    """Return the BatchNorm that follows each convolution, by the name of the convolution."""
    found: dict[str, nn.BatchNorm2d] = {}
    before = ""
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d):
            before = name
        elif isinstance(module, nn.BatchNorm2d):
            found[before] = module
    return found


def on_main_path(layer: str) -> bool:
    """Say whether a layer is one of those that a network's depth counts, not a projection beside them.

    >>> on_main_path("layer2.0.conv1"), on_main_path("layer2.0.downsample.0")
    (True, False)
    """
    return "downsample" not in layer


def with_median(values: Mapping[str, Tensor]) -> dict[str, float]:
    """Return each layer's value, and as that of the network their median over the main path.

    Args:
        values: Scalars by layer, of one device; the copy of all of them is one.
    """
    found = as_floats(values)
    main = [value for layer, value in found.items() if on_main_path(layer)]
    return {**found, ALL: median(main)} if main else found


def as_floats(values: Mapping[str, Tensor]) -> dict[str, float]:
    """Return scalars as numbers, by one copy from their device."""
    return dict(zip(values, torch.stack(list(values.values())).tolist(), strict=True)) if values else {}
