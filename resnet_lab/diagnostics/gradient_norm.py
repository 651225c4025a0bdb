"""Norm of the gradient of each layer and of the whole network."""

from typing import Any, cast

import lightning.pytorch as pl
import torch
from torch import nn
from torch.optim import Optimizer
from typing_extensions import override

from resnet_lab.diagnostics.aggregates import ALL, as_floats
from resnet_lab.diagnostics.diagnostic import Diagnostic
from resnet_lab.model.layers import layers


def step_gradient_norms(network: nn.Module) -> dict[str, float]:
    """Return the Euclidean norm of the gradient of each layer's weight, and of all parameters together.

    The norm of a layer leaves out its bias. A layer without a gradient has no norm. The norm of the network includes
    BatchNorm and biases: it is the norm that gradient clipping uses.

    Args:
        network: The network after the backward pass. Its gradients are those of the objective, in nats per unit of
            weight.
    """
    gradients = {name: layer.weight.grad for name, layer in layers(network).items()}
    norms = {name: torch.linalg.vector_norm(g.detach()) for name, g in gradients.items() if g is not None}
    every = [p.grad.detach() for p in network.parameters() if p.grad is not None]
    return as_floats({**norms, ALL: nn.utils.get_total_norm(every)}) if every else {}


class GradientNorm(Diagnostic):
    """Record the norm of the gradient of a sampled step, before clipping.

    The gradient is the mean over the batches that the step accumulates, and over processes.
    """

    column = "gradient_norm"
    of_layer = "Euclidean norm of the gradient of the objective with respect to the layer's weights"
    of_network = "the norm with respect to all parameters at once, BatchNorm and biases too"

    @override
    def on_before_optimizer_step(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, optimizer: Optimizer
    ) -> None:
        if self.sampling:
            scale = _loss_scale(trainer, optimizer)
            norms = step_gradient_norms(cast(Any, pl_module).backbone)
            self.record({layer: norm / scale for layer, norm in norms.items()})


def _loss_scale(trainer: pl.Trainer, optimizer: Optimizer) -> float:
    """Return the factor that gradients still carry: in 16-mixed, a fused optimizer divides by it within its step."""
    scaler = getattr(trainer.precision_plugin, "scaler", None)
    within_step = getattr(optimizer, "_step_supports_amp_scaling", False)
    return float(scaler.get_scale()) if scaler is not None and within_step else 1.0
