"""Looking into a forward pass: forward hooks that are there for that of a sampled step, and no longer."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, cast

import lightning.pytorch as pl
from lightning.pytorch import Callback
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle
from typing_extensions import override

from resnet_lab.diagnostics.table import DiagnosticsTable


def is_compiled(network: nn.Module) -> bool:
    """Say whether torch.compile makes a network: hooks would be compiled into it, or passed over in silence.

    torch (2.14) has no public word for it.
    """
    return network._compiled_call_impl is not None or hasattr(network, "_orig_mod")


class Watching(Callback, ABC):
    """Note what forward hooks measure in the forward pass of a sampled step.

    A hook has to measure at once: in-place ReLU and addition overwrite what it is shown. Of a step that accumulates
    batches the last one is looked at; of several processes the first one's images. A compiled network is not.

    Args:
        table: Where it is noted; a callback that comes before this one.
    """

    column: ClassVar[str]

    def __init__(self, table: DiagnosticsTable) -> None:
        self.table = table
        self._noted: dict[str, Tensor] = {}
        self._handles: list[RemovableHandle] = []

    @abstractmethod
    def watch(self, network: nn.Module, noted: dict[str, Tensor]) -> list[RemovableHandle]:
        """Put hooks into a network that note what they measure, by layer."""

    @abstractmethod
    def collect(self, noted: dict[str, Tensor]) -> dict[str, float]:
        """Return what is to be in the table."""

    @override
    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        network: nn.Module = cast(Any, pl_module).backbone
        self._noted = {}
        if self.table.sampling and not is_compiled(network):
            self._handles = self.watch(network, self._noted)

    @override
    def on_before_backward(self, trainer: pl.Trainer, pl_module: pl.LightningModule, loss: Tensor) -> None:
        self._remove_hooks()

    @override
    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self._remove_hooks()  # a training step may have skipped its backward pass
        if self._noted:
            self.table.note(self.column, self.collect(self._noted))

    @override
    def on_exception(self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException) -> None:
        self._remove_hooks()

    @override
    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:
        self._remove_hooks()

    def _remove_hooks(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles = []
