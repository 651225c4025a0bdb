"""How strong each layer responds: He et al. 2015 (arXiv:1512.03385), Fig. 7."""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle
from typing_extensions import override

from resnet_lab.diagnostics.forward_hooks import Watching
from resnet_lab.model.layers import batchnorms, with_median


def response_std(response: Tensor) -> Tensor:
    """Return the standard deviation of all values of a response, float32, a scalar; their number is the divisor.

    Two passes over the values: torch's own (2.14) takes ten times as long on the CPU.

    Args:
        response: ``(B, C, H, W)``, of any precision.
    """
    values = response.detach().float()
    return (values - values.mean()).square_().mean().sqrt()


def watch_responses(network: nn.Module, noted: dict[str, Tensor]) -> list[RemovableHandle]:
    """Have a network note the deviation of each convolution's response in its next pass.

    The response is what the convolution's BatchNorm gives, before ReLU and addition.

    Args:
        network: What gets a hook a BatchNorm.
        noted: Takes a scalar a convolution, by its name.

    Returns:
        The hooks, for whoever removes them.
    """
    return [norm.register_forward_hook(partial(_note, noted, layer)) for layer, norm in batchnorms(network).items()]


def _note(noted: dict[str, Tensor], layer: str, module: nn.Module, given: Any, response: Tensor) -> None:
    with torch.no_grad():
        noted[layer] = response_std(response)


class ResponseStd(Watching):
    """Note the standard deviation of each convolution's response in a sampled step: ``response_std``.

    The network is in training: BatchNorm normalises by the batch, so over a channel the response has the mean
    ``beta`` and the variance ``gamma**2``, and over a layer the variance ``mean(gamma**2) + var(beta)``, but for
    BatchNorm's epsilon. That of the network is the median over the layers of the main path.

    Args:
        table: Where it is noted; a callback that comes before this one.
    """

    column = "response_std"

    @override
    def watch(self, network: nn.Module, noted: dict[str, Tensor]) -> list[RemovableHandle]:
        return watch_responses(network, noted)

    @override
    def collect(self, noted: dict[str, Tensor]) -> dict[str, float]:
        return with_median(noted)
