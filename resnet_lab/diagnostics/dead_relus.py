"""Share of dead channels of each ReLU."""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle
from typing_extensions import override

from resnet_lab.diagnostics.aggregates import ALL, as_floats
from resnet_lab.diagnostics.forward_hooks import ForwardHookDiagnostic
from resnet_lab.layer_names import on_main_path
from resnet_lab.model.layers import batchnorms


def dead_channels(output: Tensor) -> Tensor:
    """Return which channels of a ReLU are zero for every image and every pixel of a batch, bool ``(C,)``.

    Args:
        output: Output of the ReLU, ``(B, C, H, W)``. No value is negative, so a sum of zero means that all values are
            zero. A sum takes a fraction of the time of a maximum.
    """
    return output.detach().movedim(1, -1).flatten(0, -2).sum(dim=0) == 0


def register_relu_hooks(network: nn.Module, measured: dict[str, Tensor]) -> list[RemovableHandle]:
    """Register forward hooks that measure the dead channels of each ReLU.

    A block calls one ReLU module several times. Each call is named after the last convolution of the main path before
    it. The ReLU at the end of a block, after the addition, is thus named after the last convolution of the block.

    Args:
        network: The network; each BatchNorm of the main path and each ReLU module gets a hook.
        measured: Receives one bool tensor ``(C,)`` per ReLU call, by that name.

    Returns:
        Handles that remove the hooks.
    """
    newest_layer = [""]

    def remember(layer: str, *_: Any) -> None:
        newest_layer[0] = layer

    def measure(module: nn.Module, inputs: Any, output: Tensor) -> None:
        with torch.no_grad():
            measured[newest_layer[0]] = dead_channels(output)

    norms = {layer: norm for layer, norm in batchnorms(network).items() if on_main_path(layer)}
    relus = [module for module in network.modules() if isinstance(module, nn.ReLU)]
    return [
        *(norm.register_forward_hook(partial(remember, layer)) for layer, norm in norms.items()),
        *(relu.register_forward_hook(measure) for relu in relus),
    ]


def dead_shares(dead: dict[str, Tensor]) -> dict[str, float]:
    """Return the share of dead channels of each ReLU, and of all ReLUs together.

    Args:
        dead: Bool tensors ``(C,)`` by ReLU.
    """
    shares = {layer: channels.float().mean() for layer, channels in dead.items()}
    return as_floats({**shares, ALL: torch.cat(list(dead.values())).float().mean()})


class DeadRelus(ForwardHookDiagnostic):
    """Record the share of dead channels of each ReLU in a sampled step.

    A channel is dead if its ReLU returns zero for every image and every pixel of the batch. The network is in training
    mode: BatchNorm centers each channel on the batch, so a dead channel needs a ``beta`` several ``gamma`` below zero.
    """

    column = "dead_relus"
    of_layer = "share of channels that the ReLU leaves at zero for every image and every pixel of the batch"
    of_network = "share of all channels of all ReLUs"

    @override
    def register_hooks(self, network: nn.Module, measured: dict[str, Tensor]) -> list[RemovableHandle]:
        return register_relu_hooks(network, measured)

    @override
    def summarize(self, measured: dict[str, Tensor]) -> dict[str, float]:
        return dead_shares(measured)
