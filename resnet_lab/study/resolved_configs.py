"""Resolved configs of the cells of a study: every key, as ``fit`` reads it, checked before anything is trained."""

import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import yaml

from resnet_lab.config.flatten import flatten
from resnet_lab.errors import InputError
from resnet_lab.study.plan import Cell, Study


def resolve_configs(study: Study, program: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Return the resolved config of each cell by name, as ``group.key``.

    Reading a config imports torch and takes seconds. Each cell is therefore a process of its own, two at a time.

    Args:
        study: The grid.
        program: Command ``resnet-lab``.

    Raises:
        InputError: ``fit`` refuses a cell. The message is that of ``fit``.
    """
    with ThreadPoolExecutor(max_workers=2) as pool:
        configs = pool.map(lambda cell: _resolve_cell(cell, program), study.cells)
        return {cell.name: config for cell, config in zip(study.cells, configs, strict=True)}


def _resolve_cell(cell: Cell, program: Sequence[str]) -> Mapping[str, Any]:
    command = [*program, "fit", *cell.words, "--print_config"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().rpartition("resnet-lab: error: ")[2] or f"exit code {done.returncode}"
        raise InputError(f"The cell {cell.name} cannot be used: {said}")
    return flatten(yaml.safe_load(done.stdout))
