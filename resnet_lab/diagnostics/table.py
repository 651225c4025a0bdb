"""Table of the sampled diagnostics of a fit: CSV file, loggers and checkpoints."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import lightning.pytorch as pl
import torch
from lightning.pytorch import Callback
from torch import Tensor
from typing_extensions import override

from resnet_lab.diagnostics.aggregates import ALL
from resnet_lab.files import write_csv
from resnet_lab.model.layers import layers

_COLUMNS_OF_VERSION_0_1 = ("gradient_norm", "update_ratio", "response_std", "dead_relus")
"""Columns of a state without names: version 0.1 stored the values alone."""


def is_sampled(batch: int, *, every_n_steps: int, batches_per_step: int, batches: float) -> bool:
    """Return whether the optimizer step that a batch ends is sampled: the first of an epoch, and every n-th after it.

    Every epoch thus has a sample, however short it is. The choice depends only on the place of the batch in its epoch,
    so a resumed fit samples the same steps.

    Args:
        batch: Number of the batch in its epoch, from 0.
        every_n_steps: n; 0 for no step at all.
        batches_per_step: Number of batches whose gradients a step accumulates.
        batches: Number of batches of an epoch; infinite if unknown. The last one always ends a step.

    >>> [batch for batch in range(7) if is_sampled(batch, every_n_steps=2, batches_per_step=2, batches=7)]
    [1, 5]
    """
    if every_n_steps == 0:
        return False
    ends_step = (batch + 1) % batches_per_step == 0 or batch + 1 == batches
    return ends_step and batch // batches_per_step % every_n_steps == 0


@dataclass(frozen=True)
class Sample:
    """Values of one sampled step: epoch and step, both from 1, and float32 ``(layers, columns)``; NaN is no value."""

    epoch: int
    step: int
    values: Tensor


class DiagnosticsTable(Callback):
    """Collect the values that the diagnostics behind this callback record in a sampled optimizer step.

    The file has one row per sampled step and layer, and one row per sampled step for the whole network. Loggers get the
    values of the whole network under ``diagnostics/<column>``: one point per epoch, the mean over its samples.

    The samples pass through checkpoints, as tensors with the names of their columns. A resumed fit writes the file
    again and sends every epoch to its loggers. With several processes, only rank zero measures and writes.

    Args:
        columns: Names of the diagnostics, in the order of the file.
        every_n_steps: Optimizer steps between two samples, counted from the first step of each epoch; 0 for no sample.
        path: The CSV file. It is rewritten as a whole after each epoch once there is a sample. None for no file.
    """

    def __init__(self, columns: Sequence[str], every_n_steps: int, path: Path | None = None) -> None:
        self.columns = tuple(columns)
        self.every_n_steps = every_n_steps
        self.path = path
        self.samples: list[Sample] = []
        self.sampling = False
        """Whether the step under way, or the one just taken, is sampled."""
        self.layers: list[str] = []
        self._epochs = 0
        self._restored = False

    def record(self, column: str, values: Mapping[str, float]) -> None:
        """Write one column of the newest sample.

        Args:
            column: One of the columns.
            values: Values by layer; ``all`` is the whole network.
        """
        self.samples[-1].values[:, self.columns.index(column)] = torch.tensor(
            [values.get(layer, math.nan) for layer in self.layers]
        )

    def rows(self) -> Iterator[dict[str, object]]:
        """Yield the rows of the file."""
        for sample in self.samples:
            for layer, values in zip(self.layers, sample.values.tolist(), strict=True):
                measured = {c: f"{v:.6g}" for c, v in zip(self.columns, values, strict=True) if not math.isnan(v)}
                yield {"epoch": sample.epoch, "step": sample.step, "layer": layer, **measured}

    def curves(self, epoch: int) -> dict[str, float]:
        """Return the scalars that loggers get for an epoch, by tag."""
        network = [sample.values[-1] for sample in self.samples if sample.epoch == epoch]
        means = torch.stack(network).double().nanmean(dim=0).tolist() if network else []
        return {f"diagnostics/{c}": v for c, v in zip(self.columns, means, strict=False) if not math.isnan(v)}

    @override
    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self.layers = [*layers(cast(Any, pl_module).backbone), ALL]
        if self._restored:
            for epoch in range(1, self._epochs + 1):
                self._log(trainer, epoch)
            self._write(trainer)
        self._restored = False

    @override
    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        self.sampling = trainer.is_global_zero and is_sampled(
            batch_idx,
            every_n_steps=self.every_n_steps,
            batches_per_step=trainer.accumulate_grad_batches,
            batches=trainer.num_training_batches,
        )
        if self.sampling:
            values = torch.full((len(self.layers), len(self.columns)), math.nan)
            self.samples.append(Sample(trainer.current_epoch + 1, trainer.global_step + 1, values))

    @override
    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._epochs = trainer.current_epoch + 1
        self._log(trainer, self._epochs)
        self._write(trainer)

    def _log(self, trainer: pl.Trainer, epoch: int) -> None:
        if curves := self.curves(epoch):
            for logger in trainer.loggers:
                logger.log_metrics(curves, step=epoch)

    def _write(self, trainer: pl.Trainer) -> None:
        if self.path is not None and self.samples and trainer.is_global_zero:
            write_csv(self.path, ("epoch", "step", "layer", *self.columns), self.rows())

    @override
    def state_dict(self) -> dict[str, Any]:
        # Tensors, because the number of Python values in a checkpoint is limited and a long run has many samples.
        state: dict[str, Any] = {"epochs": self._epochs}
        if self.samples:
            state["at"] = torch.tensor([[sample.epoch, sample.step] for sample in self.samples])
            state["values"] = torch.stack([sample.values for sample in self.samples])
            state["columns"] = list(self.columns)
        return state

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._epochs, self.samples = state_dict["epochs"], []
        if "at" in state_dict:
            values = self._by_name(state_dict["values"], state_dict.get("columns", _COLUMNS_OF_VERSION_0_1))
            at = state_dict["at"].tolist()
            self.samples = [Sample(epoch, step, v) for (epoch, step), v in zip(at, values, strict=True)]
        self._restored = True

    def _by_name(self, values: Tensor, names: Sequence[str]) -> Tensor:
        """Return values ``(samples, layers, names)`` under the table's own columns; NaN where a name is missing."""
        found = torch.full((*values.shape[:2], len(self.columns)), math.nan)
        for place, column in enumerate(self.columns):
            if column in names:
                found[..., place] = values[..., list(names).index(column)]
        return found
