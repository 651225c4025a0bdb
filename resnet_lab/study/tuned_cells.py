"""Cells of a study with ``tune``: each cell of the file once per value, under the name of its value."""

from collections.abc import Sequence
from dataclasses import replace

from resnet_lab.comparison.plan import Tuning
from resnet_lab.comparison.tuning import cell_at
from resnet_lab.study.cell import Cell


def at_each_value(cells: Sequence[Cell], tuning: Tuning | None) -> tuple[Cell, ...]:
    """Return the cells at each value of the tuned key; without a tuning, the cells as they are.

    Args:
        cells: The cells of the file.
        tuning: The tuning of the plan.
    """
    if tuning is None:
        return tuple(cells)
    return tuple(at_value(cell, tuning, value) for cell in cells for value in tuning.values)


def at_value(cell: Cell, tuning: Tuning, value: float) -> Cell:
    """Return a cell of the file at a value of the tuned key."""
    return replace(
        cell,
        name=cell_at(cell.name, tuning.key, value),
        settings={**cell.settings, tuning.key: value},
        named=cell.named | {tuning.key},
        planned={**cell.planned, tuning.key: value},
        of=cell.name,
        value=value,
    )
