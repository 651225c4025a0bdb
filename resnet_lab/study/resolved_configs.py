"""Resolved configs of the cells of a study: every key, as ``fit`` reads it, checked before anything is trained."""

import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import yaml

from resnet_lab.config.flatten import flatten
from resnet_lab.errors import InputError
from resnet_lab.study.cell import Cell
from resnet_lab.study.plan import Study


def resolve_configs(study: Study, program: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Return the resolved config of each cell by name, as ``group.key``.

    Reading a config imports torch and takes seconds. Each cell is therefore a process of its own, two at a time. Of the
    cells at several values of a tuned key, ``fit`` reads each cell once and each value once; the others are put
    together, since they differ from these in that key alone.

    Args:
        study: The grid.
        program: Command ``resnet-lab``.

    Raises:
        InputError: ``fit`` refuses a cell. The message is that of ``fit``.
    """
    asked = _asked(study.cells)
    with ThreadPoolExecutor(max_workers=2) as pool:
        configs = list(pool.map(lambda cell: _resolve_cell(cell, program), asked))
    read = {cell.name: config for cell, config in zip(asked, configs, strict=True)}
    tuning = study.plan.tuning
    if tuning is None:
        return read
    of_cell = {cell.of: read[cell.name] for cell in reversed(asked)}
    of_value = {cell.value: read[cell.name][tuning.key] for cell in asked}
    laid = {
        cell.name: {**of_cell[cell.of], "name": cell.name, tuning.key: of_value[cell.value]} for cell in study.cells
    }
    return {**laid, **read}


def _asked(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells that ``fit`` reads: the first of each cell of the file, and the first at each value."""
    asked: list[Cell] = []
    for cell in cells:
        is_new = all(cell.of != other.of for other in asked) or all(cell.value != other.value for other in asked)
        if not cell.of or is_new:
            asked.append(cell)
    return asked


def _resolve_cell(cell: Cell, program: Sequence[str]) -> Mapping[str, Any]:
    command = [*program, "fit", *cell.words, "--print_config"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().rpartition("resnet-lab: error: ")[2] or f"exit code {done.returncode}"
        raise InputError(f"The cell {cell.name} cannot be used: {said}")
    return flatten(yaml.safe_load(done.stdout))
