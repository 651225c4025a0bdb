"""Layers of a network by name, as diagnostics name them."""

from torch import nn


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
