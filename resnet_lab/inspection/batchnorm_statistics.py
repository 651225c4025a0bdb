"""Statistics that BatchNorm normalizes by while a network is measured; the network stays as it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@contextmanager
def running_statistics(net: nn.Module) -> Iterator[None]:
    """Normalize as in evaluation: by the running statistics that the training left."""
    with _modes(net, training=False):
        yield


@contextmanager
def batch_statistics(net: nn.Module) -> Iterator[None]:
    """Normalize as in a training step: by the statistics of the batch, and gradients pass through them.

    The running statistics are not updated.
    """
    with _modes(net, training=True):
        for layer in _layers(net):
            layer.track_running_stats = False  # in training it then neither reads nor updates its buffers
        yield


@contextmanager
def constant_batch_statistics(net: nn.Module) -> Iterator[None]:
    """Normalize by the statistics of the batch, held constant for gradients.

    The output for an image then has a gradient with respect to that image only, as in the limit of large batches.
    """

    def normalize(layer: nn.Module, inputs: tuple[Tensor], _: Any) -> Tensor:
        assert isinstance(layer, nn.BatchNorm2d)
        (x,) = inputs
        variance, mean = torch.var_mean(x.detach(), dim=(0, 2, 3), correction=0)
        return F.batch_norm(x, mean, variance, layer.weight, layer.bias, training=False, eps=layer.eps)

    with _modes(net, training=False):
        handles = [layer.register_forward_hook(normalize) for layer in _layers(net)]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()


def _layers(net: nn.Module) -> list[nn.BatchNorm2d]:
    return [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]


@contextmanager
def _modes(net: nn.Module, *, training: bool) -> Iterator[None]:
    """Set the mode of every module; restore the mode and tracking of each module afterwards, also after an error."""
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
