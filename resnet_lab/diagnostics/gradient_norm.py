"""How long the gradient is, layer by layer and of the whole network."""

from typing import Any, cast

import lightning.pytorch as pl
import torch
from lightning.pytorch import Callback
from torch import nn
from torch.optim import Optimizer
from typing_extensions import override

from resnet_lab.diagnostics.table import DiagnosticsTable
from resnet_lab.model.layers import ALL, as_floats, layers


def gradient_norms(network: nn.Module) -> dict[str, float]:
    """Return the Euclidean norm of the gradient with respect to each layer's weight, and to all parameters at once.

    That of a layer leaves its bias out, and a layer without a gradient is left out itself. That of the network takes
    in BatchNorm and biases: it is the norm that clipping by norm looks at.

    Args:
        network: Its gradients are those of the objective, in nats per unit of weight.
    """
    gradients = {name: layer.weight.grad for name, layer in layers(network).items()}
    norms = {name: torch.linalg.vector_norm(g.detach()) for name, g in gradients.items() if g is not None}
    every = [p.grad.detach() for p in network.parameters() if p.grad is not None]
    return as_floats({**norms, ALL: nn.utils.get_total_norm(every)}) if every else {}


class GradientNorm(Callback):
    """Note the norm of the gradient that a sampled step is taken with: ``gradient_norm``.

    It is the mean over the batches that the step accumulates and over processes, before it is clipped.

    Args:
        table: Where it is noted; a callback that comes before this one.
    """

    def __init__(self, table: DiagnosticsTable) -> None:
        self.table = table

    @override
    def on_before_optimizer_step(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, optimizer: Optimizer
    ) -> None:
        if self.table.sampling:
            scale = _loss_scale(trainer, optimizer)
            norms = gradient_norms(cast(Any, pl_module).backbone)
            self.table.note("gradient_norm", {layer: norm / scale for layer, norm in norms.items()})


def _loss_scale(trainer: pl.Trainer, optimizer: Optimizer) -> float:
    """Return what gradients are still multiplied by: in 16-mixed a fused optimizer divides by it within its step."""
    scaler = getattr(trainer.precision_plugin, "scaler", None)
    within_step = getattr(optimizer, "_step_supports_amp_scaling", False)
    return float(scaler.get_scale()) if scaler is not None and within_step else 1.0
