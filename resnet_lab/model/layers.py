"""Layers of a network by name, as diagnostics name them."""

from torch import nn


def layers(network: nn.Module) -> dict[str, nn.Conv2d | nn.Linear]:
    """Return convolutions and linear layers by their name in the network."""
    return {name: module for name, module in network.named_modules() if isinstance(module, nn.Conv2d | nn.Linear)}


def batchnorms(network: nn.Module) -> dict[str, nn.BatchNorm2d]:
    """Return the BatchNorm after each convolution, by the name of the convolution."""
    found: dict[str, nn.BatchNorm2d] = {}
    before = ""
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d):
            before = name
        elif isinstance(module, nn.BatchNorm2d):
            found[before] = module
    return found
