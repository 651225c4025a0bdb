"""Which mean and variance BatchNorm normalises by while a network is measured; the network stays as it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@contextmanager
def running_statistics(net: nn.Module) -> Iterator[None]:
    """Normalise as in evaluation: by the statistics that were kept while the net was trained."""
    with _modes(net, training=False):
        yield


@contextmanager
def batch_statistics(net: nn.Module) -> Iterator[None]:
    """Normalise as in a training step: by those of the batch, through which gradients go; running ones stay."""
    with _modes(net, training=True):
        for layer in _layers(net):
            layer.track_running_stats = False  # in training it then neither reads nor updates its buffers
        yield


@contextmanager
def constant_batch_statistics(net: nn.Module) -> Iterator[None]:
    """Normalise by the statistics of the batch, taken as constants by gradients.

    So the gradient of an image's output is with respect to that image alone, as it is in the limit of large batches.
    """

    def normalise(layer: nn.Module, inputs: tuple[Tensor], _: Any) -> Tensor:
        assert isinstance(layer, nn.BatchNorm2d)
        (x,) = inputs
        variance, mean = torch.var_mean(x.detach(), dim=(0, 2, 3), correction=0)
        return F.batch_norm(x, mean, variance, layer.weight, layer.bias, training=False, eps=layer.eps)

    with _modes(net, training=False):
        handles = [layer.register_forward_hook(normalise) for layer in _layers(net)]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()


def _layers(net: nn.Module) -> list[nn.BatchNorm2d]:
    return [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]


@contextmanager
def _modes(net: nn.Module, *, training: bool) -> Iterator[None]:
    """Set the mode of every module, and restore each one's own mode and tracking, whatever happens."""
    modes = {module: module.training for module in net.modules()}
    tracking = {layer: layer.track_running_stats for layer in _layers(net)}
    try:
        net.train(training)
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode
        for layer, tracks in tracking.items():
            layer.track_running_stats = tracks
