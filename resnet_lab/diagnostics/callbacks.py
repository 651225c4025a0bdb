"""List of the diagnostics of a fit, and their callbacks in order."""

from pathlib import Path

from lightning.pytorch import Callback

from resnet_lab.diagnostics.dead_relus import DeadRelus
from resnet_lab.diagnostics.diagnostic import Diagnostic
from resnet_lab.diagnostics.gradient_norm import GradientNorm
from resnet_lab.diagnostics.response_std import ResponseStd
from resnet_lab.diagnostics.table import DiagnosticsTable
from resnet_lab.diagnostics.update_ratio import UpdateRatio

DIAGNOSTICS: tuple[type[Diagnostic], ...] = (GradientNorm, UpdateRatio, ResponseStd, DeadRelus)
"""All diagnostics; a new one is added here and nowhere else."""
COLUMNS = tuple(diagnostic.column for diagnostic in DIAGNOSTICS)
"""Columns of ``diagnostics.csv`` behind epoch, step and layer."""


def diagnostics_callbacks(every_n_steps: int, path: Path | None = None) -> list[Callback]:
    """Return the callbacks that measure a :class:`Classifier` while it trains; they change no bit of the training.

    Args:
        every_n_steps: Optimizer steps between two samples, counted from the first step of each epoch; 0 for no sample.
        path: The CSV file; None for no file.
    """
    table = DiagnosticsTable(COLUMNS, every_n_steps, path)
    if every_n_steps == 0:
        return [table]  # a resumed run keeps the samples that it took before
    return [table, *(diagnostic(table) for diagnostic in DIAGNOSTICS)]
