"""Standard deviation of the response of each layer: He et al. 2015 (arXiv:1512.03385), Fig. 7."""

from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle
from typing_extensions import override

from resnet_lab.diagnostics.aggregates import with_median
from resnet_lab.diagnostics.forward_hooks import ForwardHookDiagnostic
from resnet_lab.model.layers import batchnorms


def response_std(response: Tensor) -> Tensor:
    """Return the standard deviation of all values of a response, a float32 scalar; the divisor is their number.

    The function makes two passes over the values: torch's own (2.14) takes ten times as long on the CPU.

    Args:
        response: ``(B, C, H, W)``, of any precision.
    """
    values = response.detach().float()
    return (values - values.mean()).square_().mean().sqrt()


def register_response_hooks(network: nn.Module, measured: dict[str, Tensor]) -> list[RemovableHandle]:
    """Register forward hooks that measure the standard deviation of each convolution's response.

    The response is the output of the BatchNorm behind the convolution, before ReLU and addition.

    Args:
        network: The network; each BatchNorm gets a hook.
        measured: Receives one scalar per convolution, by its name.

    Returns:
        Handles that remove the hooks.
    """
    return [
        norm.register_forward_hook(partial(_measure, measured, layer)) for layer, norm in batchnorms(network).items()
    ]


def _measure(measured: dict[str, Tensor], layer: str, module: nn.Module, inputs: Any, response: Tensor) -> None:
    with torch.no_grad():
        measured[layer] = response_std(response)


class ResponseStd(ForwardHookDiagnostic):
    """Record the standard deviation of each convolution's response in a sampled step.

    The network is in training mode, so BatchNorm normalizes by the batch. Over one channel, the response has the mean
    ``beta`` and the variance ``gamma**2``; over a layer, it has the variance ``mean(gamma**2) + var(beta)``. Both are
    exact but for BatchNorm's epsilon.
    """

    column = "response_std"
    of_layer = (
        "standard deviation of the response over images, channels and pixels; the response is the output of the "
        "convolution's BatchNorm, before ReLU and addition (He et al. 2015, Fig. 7)"
    )
    of_network = "median over layers"

    @override
    def register_hooks(self, network: nn.Module, measured: dict[str, Tensor]) -> list[RemovableHandle]:
        return register_response_hooks(network, measured)

    @override
    def summarize(self, measured: dict[str, Tensor]) -> dict[str, float]:
        return with_median(measured)
