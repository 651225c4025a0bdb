"""How far an optimizer step moves each layer, in proportion to the layer."""

from collections.abc import Mapping
from typing import Any, cast

import lightning.pytorch as pl
import torch
from lightning.pytorch import Callback
from torch import Tensor, nn
from torch.optim import Optimizer
from typing_extensions import override

from resnet_lab.diagnostics.table import DiagnosticsTable
from resnet_lab.model.layers import layers, with_median


def weights(network: nn.Module) -> dict[str, Tensor]:
    """Return a copy of each layer's weight, by layer."""
    return {name: layer.weight.detach().clone() for name, layer in layers(network).items()}


def update_ratios(before: Mapping[str, Tensor], after: nn.Module) -> dict[str, float]:
    """Return ``||w_after - w_before|| / ||w_before||`` of each layer's weight w, Euclidean norms.

    That of the network is the median over the layers of the main path: the ratio of one long vector would be that of
    its largest layers.

    Args:
        before: From :func:`weights`, before the step.
        after: The network after the step.
    """
    now = layers(after)
    norm = torch.linalg.vector_norm
    return with_median({name: norm(now[name].weight.detach() - w) / norm(w) for name, w in before.items()})


class UpdateRatio(Callback):
    """Note how far a sampled optimizer step moved the weights: ``update_ratio``.

    All that the step does counts: learning rate, moments, clipping and weight decay. The weights are kept twice for
    the time of the step.

    Args:
        table: Where it is noted; a callback that comes before this one.
    """

    def __init__(self, table: DiagnosticsTable) -> None:
        self.table = table
        self._before: dict[str, Tensor] = {}

    @override
    def on_before_optimizer_step(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, optimizer: Optimizer
    ) -> None:
        if self.table.sampling:
            self._before = weights(cast(Any, pl_module).backbone)

    @override
    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if self._before:
            self.table.note("update_ratio", update_ratios(self._before, cast(Any, pl_module).backbone))
            self._before = {}

    @override
    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        self._before = {}
