"""How many ReLUs let nothing through."""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle
from typing_extensions import override

from resnet_lab.diagnostics.forward_hooks import Watching
from resnet_lab.model.layers import ALL, as_floats, batchnorms, on_main_path


def dead_channels(output: Tensor) -> Tensor:
    """Say which channels of a ReLU are zero for every image at every place of a batch, bool ``(C,)``.

    Args:
        output: Of the ReLU, ``(B, C, H, W)``. As nothing in it is negative, a sum of zero says that all is zero; it
            takes a fraction of the time of a maximum.
    """
    return output.detach().movedim(1, -1).flatten(0, -2).sum(dim=0) == 0


def watch_relus(network: nn.Module, noted: dict[str, Tensor]) -> list[RemovableHandle]:
    """Have a network note the dead channels of each of its ReLUs in its next pass.

    One module of a block is several ReLUs. Each is named by the last convolution of the main path before it: the one
    at the end of a block, after the addition, by the last convolution of the block.

    Args:
        network: What gets a hook a BatchNorm and ReLU.
        noted: Takes a bool ``(C,)`` a ReLU, by that name.

    Returns:
        The hooks, for whoever removes them.
    """
    passed = [""]

    def pass_by(layer: str, *_: Any) -> None:
        passed[0] = layer

    def note(module: nn.Module, given: Any, output: Tensor) -> None:
        with torch.no_grad():
            noted[passed[0]] = dead_channels(output)

    norms = {layer: norm for layer, norm in batchnorms(network).items() if on_main_path(layer)}
    relus = [module for module in network.modules() if isinstance(module, nn.ReLU)]
    return [
        *(norm.register_forward_hook(partial(pass_by, layer)) for layer, norm in norms.items()),
        *(relu.register_forward_hook(note) for relu in relus),
    ]


def dead_shares(dead: dict[str, Tensor]) -> dict[str, float]:
    """Return the share of each ReLU's channels that are dead, and of all channels of all ReLUs.

    Args:
        dead: Bools ``(C,)`` by ReLU.
    """
    shares = {layer: channels.float().mean() for layer, channels in dead.items()}
    return as_floats({**shares, ALL: torch.cat(list(dead.values())).float().mean()})


class DeadRelus(Watching):
    """Note the share of channels that a sampled step finds dead: ``dead_relus``.

    A channel is dead if its ReLU gives zero for every image at every place of the batch. The network is in training:
    BatchNorm centres each channel on the batch, so this takes a ``beta`` far below zero beside its ``gamma``.

    Args:
        table: Where it is noted; a callback that comes before this one.
    """

    column = "dead_relus"

    @override
    def watch(self, network: nn.Module, noted: dict[str, Tensor]) -> list[RemovableHandle]:
        return watch_relus(network, noted)

    @override
    def collect(self, noted: dict[str, Tensor]) -> dict[str, float]:
        return dead_shares(noted)
