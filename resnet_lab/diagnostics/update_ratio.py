"""Relative change of each layer's weights by one optimizer step."""

from collections.abc import Mapping
from typing import Any, cast

import lightning.pytorch as pl
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from typing_extensions import override

from resnet_lab.diagnostics.aggregates import with_median
from resnet_lab.diagnostics.diagnostic import Diagnostic
from resnet_lab.diagnostics.table import DiagnosticsTable
from resnet_lab.model.layers import layers


def copied_weights(network: nn.Module) -> dict[str, Tensor]:
    """Return a copy of each layer's weight, by layer."""
    return {name: layer.weight.detach().clone() for name, layer in layers(network).items()}


def update_ratios(before: Mapping[str, Tensor], after: nn.Module) -> dict[str, float]:
    """Return ``||w_after - w_before|| / ||w_before||`` of each layer's weight w, with Euclidean norms.

    The value of the network is the median over the layers of the main path: the ratio of all weights as one long vector
    would be that of the largest layers.

    Args:
        before: Weights before the step, from :func:`copied_weights`.
        after: The network after the step.
    """
    now = layers(after)
    norm = torch.linalg.vector_norm
    return with_median({name: norm(now[name].weight.detach() - w) / norm(w) for name, w in before.items()})


class UpdateRatio(Diagnostic):
    """Record how far a sampled optimizer step moves the weights.

    The ratio includes all parts of the step: learning rate, moments, clipping and weight decay. During the step, memory
    holds the weights twice.

    Args:
        table: The table that takes the values; a callback that comes before this one.
    """

    column = "update_ratio"
    of_layer = "how far the step moved the weights w: norm of (w after the step - w before) over the norm of w before"
    of_network = "median over layers"

    def __init__(self, table: DiagnosticsTable) -> None:
        super().__init__(table)
        self._before: dict[str, Tensor] = {}

    @override
    def on_before_optimizer_step(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, optimizer: Optimizer
    ) -> None:
        if self.sampling:
            self._before = copied_weights(cast(Any, pl_module).backbone)

    @override
    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if self._before:
            self.record(update_ratios(self._before, cast(Any, pl_module).backbone))
            self._before = {}

    @override
    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        self._before = {}
