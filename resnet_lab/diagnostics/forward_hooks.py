"""Base class of a diagnostic that measures by forward hooks, in the forward pass of a sampled step."""

from abc import abstractmethod
from typing import Any, cast

import lightning.pytorch as pl
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle
from typing_extensions import override

from resnet_lab.diagnostics.diagnostic import Diagnostic
from resnet_lab.diagnostics.table import DiagnosticsTable


def is_compiled(network: nn.Module) -> bool:
    """Return whether torch.compile compiles a network: hooks would be compiled into it, or ignored without a word.

    torch (2.14) has no public function for this.
    """
    return network._compiled_call_impl is not None or hasattr(network, "_orig_mod")


class ForwardHookDiagnostic(Diagnostic):
    """Record values that forward hooks measure in the forward pass of a sampled step.

    A hook must measure at once: in-place ReLU and addition overwrite the tensor that the hook receives. If a step
    accumulates several batches, the last batch is measured. With several processes, the images of rank zero are
    measured. A compiled network is not measured.

    Args:
        table: The table that takes the values; a callback that comes before this one.
    """

    def __init__(self, table: DiagnosticsTable) -> None:
        super().__init__(table)
        self._measured: dict[str, Tensor] = {}
        self._handles: list[RemovableHandle] = []

    @abstractmethod
    def register_hooks(self, network: nn.Module, measured: dict[str, Tensor]) -> list[RemovableHandle]:
        """Register hooks on a network that write into ``measured``, by layer; return their handles."""

    @abstractmethod
    def summarize(self, measured: dict[str, Tensor]) -> dict[str, float]:
        """Return the values to record, by layer and for the network, from the output of the hooks."""

    @override
    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        network: nn.Module = cast(Any, pl_module).backbone
        self._measured = {}
        if self.sampling and not is_compiled(network):
            self._handles = self.register_hooks(network, self._measured)

    @override
    def on_before_backward(self, trainer: pl.Trainer, pl_module: pl.LightningModule, loss: Tensor) -> None:
        self._remove_hooks()

    @override
    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self._remove_hooks()  # a training step may have skipped its backward pass
        if self._measured:
            self.record(self.summarize(self._measured))

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
