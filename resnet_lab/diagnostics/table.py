"""What the diagnostics of a fit have measured: in a file, in every logger, and in checkpoints."""

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

from resnet_lab.files import write_csv
from resnet_lab.model.layers import ALL, layers

COLUMNS = ("gradient_norm", "update_ratio", "response_std", "dead_relus")
_COLUMNS_OF_VERSION_0_1 = ("gradient_norm", "update_ratio", "response_std", "dead_relus")
"""Columns of a state without names; version 0.1 stored values alone."""


def is_sampled(batch: int, *, every_n_steps: int, batches_per_step: int, batches: float) -> bool:
    """Say whether the optimizer step that a batch ends is measured: the first of an epoch, and every n-th from there.

    An epoch thus has a sample however short it is, and which steps have one does not hang on where a fit was resumed.

    Args:
        batch: Number of the batch in its epoch, from 0.
        every_n_steps: n; 0 for no step at all.
        batches_per_step: Batches whose gradients a step accumulates.
        batches: Of an epoch, of which the last one ends a step as well; infinite if nobody knows.

    >>> [batch for batch in range(7) if is_sampled(batch, every_n_steps=2, batches_per_step=2, batches=7)]
    [1, 5]
    """
    if every_n_steps == 0:
        return False
    ends_step = (batch + 1) % batches_per_step == 0 or batch + 1 == batches
    return ends_step and batch // batches_per_step % every_n_steps == 0


@dataclass(frozen=True)
class Sample:
    """One measured step: its epoch and number, both from 1, and float32 ``(layers, columns)``; NaN is not measured."""

    epoch: int
    step: int
    values: Tensor


class DiagnosticsTable(Callback):
    """Collect what other callbacks measure of a sampled optimizer step; those come after this one.

    The file has a row for each sampled step and layer, and one for the whole network. Loggers get the mean over an
    epoch's samples of what the whole network has, at the epoch, like every other curve:

    ==============================  =========================================================
    ``diagnostics/gradient_norm``   norm of the gradient of all parameters, before clipping
    ``diagnostics/update_ratio``    median over layers: how far a step moves the weights
    ``diagnostics/response_std``    median over layers: deviation of the response after BN
    ``diagnostics/dead_relus``      share of the channels of all ReLUs
    ==============================  =========================================================

    The samples go through checkpoints, in three tensors. A resumed fit writes the file anew and hands every epoch to
    its loggers. Of several processes the first one measures and writes.

    Args:
        every_n_steps: Optimizer steps between two samples, from the first of each epoch; 0 for no sample.
        path: The CSV file, rewritten whole after each epoch once there is a sample; None for none.
    """

    def __init__(self, every_n_steps: int, path: Path | None = None) -> None:
        self.every_n_steps = every_n_steps
        self.path = path
        self.samples: list[Sample] = []
        self.sampling = False
        """Whether the step under way, or the one just taken, is sampled."""
        self.layers: list[str] = []
        self._epochs = 0
        self._restored = False

    def note(self, column: str, values: Mapping[str, float]) -> None:
        """Take what was measured of the sampled step.

        Args:
            column: One of :data:`COLUMNS`.
            values: By layer; ``all`` for the network.
        """
        measured = torch.tensor([values.get(layer, math.nan) for layer in self.layers])
        self.samples[-1].values[:, COLUMNS.index(column)] = measured

    def rows(self) -> Iterator[dict[str, object]]:
        """Yield the rows of the file."""
        for sample in self.samples:
            for layer, values in zip(self.layers, sample.values.tolist(), strict=True):
                measured = {c: f"{v:.6g}" for c, v in zip(COLUMNS, values, strict=True) if not math.isnan(v)}
                yield {"epoch": sample.epoch, "step": sample.step, "layer": layer, **measured}

    def curves(self, epoch: int) -> dict[str, float]:
        """Return an epoch's scalars for loggers by tag."""
        found = [sample.values[-1] for sample in self.samples if sample.epoch == epoch]
        means = torch.stack(found).double().nanmean(dim=0).tolist() if found else []
        return {f"diagnostics/{c}": v for c, v in zip(COLUMNS, means, strict=False) if not math.isnan(v)}

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
            values = torch.full((len(self.layers), len(COLUMNS)), math.nan)
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
            write_csv(self.path, ("epoch", "step", "layer", *COLUMNS), self.rows())

    @override
    def state_dict(self) -> dict[str, Any]:
        # Tensors, as a checkpoint counts its values, and a long run has many.
        state: dict[str, Any] = {"epochs": self._epochs}
        if self.samples:
            state["at"] = torch.tensor([[sample.epoch, sample.step] for sample in self.samples])
            state["values"] = torch.stack([sample.values for sample in self.samples])
            state["columns"] = list(COLUMNS)
        return state

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._epochs, self.samples = state_dict["epochs"], []
        if "at" in state_dict:
            values = _by_name(state_dict["values"], state_dict.get("columns", _COLUMNS_OF_VERSION_0_1))
            at = state_dict["at"].tolist()
            self.samples = [Sample(epoch, step, v) for (epoch, step), v in zip(at, values, strict=True)]
        self._restored = True


def _by_name(values: Tensor, names: Sequence[str]) -> Tensor:
    """Return values ``(samples, layers, names)`` as ``(samples, layers, COLUMNS)``; NaN in a column without a name."""
    found = torch.full((*values.shape[:2], len(COLUMNS)), math.nan)
    for place, column in enumerate(COLUMNS):
        if column in names:
            found[..., place] = values[..., list(names).index(column)]
    return found
