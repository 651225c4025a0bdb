"""Resolved configs of the cells of a study: every key, as ``fit`` reads it, checked before anything is trained."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import yaml

from resnet_lab.config.flatten import flatten
from resnet_lab.errors import InputError
from resnet_lab.study.ladder_cells import refuse_wrong_rungs
from resnet_lab.study.plan import Study


def resolve_configs(study: Study, program: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Return the resolved config of each cell by name, as ``group.key``.

    One process reads all of them: its imports take far longer than a config.

    Args:
        study: The grid.
        program: Command ``resnet-lab``.

    Raises:
        InputError: ``fit`` refuses a cell, with the message of ``fit``; or the cells are no ladder that can be judged
            (:func:`~resnet_lab.study.ladder_cells.refuse_wrong_rungs`).
    """
    words = chain.from_iterable((*cell.words, "--print_config") for cell in study.cells)
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}  # whatever the user's terminal can show
    done = subprocess.run(
        [*program, "fit", *words], capture_output=True, encoding="utf-8", env=environment, check=False
    )
    configs = [flatten(config) for config in yaml.safe_load_all(done.stdout) if config is not None]
    if done.returncode:
        said = done.stderr.strip().rpartition("resnet-lab: error: ")[2] or f"exit code {done.returncode}"
        raise InputError(f"The cell {study.cells[len(configs)].name} cannot be used: {said}")
    by_name: dict[str, Mapping[str, Any]] = {
        cell.name: config for cell, config in zip(study.cells, configs, strict=True)
    }
    refuse_wrong_rungs(study, by_name)
    return by_name
