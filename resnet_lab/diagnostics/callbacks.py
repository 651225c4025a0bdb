"""The diagnostics of a fit as callbacks, in their order."""

from pathlib import Path

from lightning.pytorch import Callback

from resnet_lab.diagnostics.dead_relus import DeadRelus
from resnet_lab.diagnostics.gradient_norm import GradientNorm
from resnet_lab.diagnostics.response_std import ResponseStd
from resnet_lab.diagnostics.table import DiagnosticsTable
from resnet_lab.diagnostics.update_ratio import UpdateRatio


def diagnostics_callbacks(every_n_steps: int, path: Path | None = None) -> list[Callback]:
    """Return the callbacks that measure a :class:`Classifier` while it trains; they change no bit of the training.

    Args:
        every_n_steps: Optimizer steps between two samples, from the first of each epoch; 0 for no sample.
        path: The CSV file; None for none.
    """
    table = DiagnosticsTable(every_n_steps, path)
    if every_n_steps == 0:
        return [table]  # it hands on what a run that is resumed has measured before
    return [table, GradientNorm(table), UpdateRatio(table), ResponseStd(table), DeadRelus(table)]
