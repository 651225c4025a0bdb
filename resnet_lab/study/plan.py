"""Plan of a study: a grid of cells and seeds, read from its file without reading any run folder."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resnet_lab.config.find import find_config
from resnet_lab.config.flatten import flatten
from resnet_lab.config.overrides import flat_config
from resnet_lab.errors import InputError
from resnet_lab.runs import check_name
from resnet_lab.suggestions import nearest

_SET_BY_THE_STUDY = {
    "name": "a name belongs to a cell",
    "config": "a config belongs to a cell",
    "seed_everything": "the seeds are a list: seeds",
    "logs": "the folder of the runs is given on the command line: --logs",
    "trainer.default_root_dir": "the folder of the runs is given on the command line: --logs",
}
"""Keys of a config that a study may not set, each with the place where it is set instead."""


@dataclass(frozen=True)
class Cell:
    """A config with overrides, which the runs of all seeds share.

    Attributes:
        name: Name of the runs.
        config: Path of the config.
        settings: Overrides of the config, as ``group.key``: a value of YAML, or a word of the command line.
        named: Every key that the study, its configs or the command line name.
    """

    name: str
    config: Path
    settings: Mapping[str, Any]
    named: frozenset[str]

    @property
    def words(self) -> list[str]:
        """The cell as options of ``fit``."""
        words = ["--config", str(self.config), "--name", self.name]
        for key, value in self.settings.items():
            words += [f"--{key}", value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)]
        return words


@dataclass(frozen=True)
class Study:
    """A grid of cells and seeds.

    Attributes:
        name: Name of the study.
        cells: The cells.
        seeds: The seeds.
    """

    name: str
    cells: tuple[Cell, ...]
    seeds: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class PlannedRun:
    """One cell with one seed.

    Attributes:
        cell: The cell.
        seed: The seed.
        config: Resolved config of the cell, as ``group.key``.
    """

    cell: Cell
    seed: int
    config: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Name of the run's files in the folder of the study."""
        return f"{self.cell.name}-seed{self.seed}"


def planned_runs(study: Study, configs: Mapping[str, Mapping[str, Any]]) -> list[PlannedRun]:
    """Return all runs, seed by seed: pairs are complete early, and a study that is stopped early is still balanced.

    Args:
        study: The grid.
        configs: Resolved config of each cell by name.
    """
    return [PlannedRun(cell, seed, configs[cell.name]) for seed in study.seeds for cell in study.cells]


def read_study(
    path: Path,
    overrides: Mapping[str, str] | None = None,
    *,
    cells: Sequence[str] | None = None,
    seeds: Sequence[int] | None = None,
) -> Study:
    """Read a study from its file.

    The file is a config for all cells, plus ``cells`` and ``seeds``. A cell is the name of a config, or a mapping with
    ``config`` (the name of a config) and overrides. The order of precedence, low to high: config, study, cell, command
    line.

    Args:
        path: The file.
        overrides: Settings of the command line for all cells.
        cells: Names of the cells to take, instead of all.
        seeds: Seeds instead of those in the file.

    Raises:
        InputError: The file, a cell or a seed cannot be used.
    """
    content = flat_config(path)
    for key in ("cells", "seeds"):
        if not isinstance(content.get(key), list) or not content[key]:
            near = nearest(key, content.keys() - {"cells", "seeds"}, cutoff=0.7)
            raise InputError(
                f"{path} has no list of {key}{f'; is {near} meant for it?' if near else '.'} A study names the configs "
                "of its cells and its seeds: cells: [plain34.yaml, resnet34.yaml], seeds: [0, 1, 2]."
            )
    entries, own_seeds = content.pop("cells"), content.pop("seeds")
    _refuse_keys_of_the_study(content, str(path))
    _refuse_keys_of_the_study(overrides or {}, "The command line")
    found = tuple(_read_cell(entry, path, content, overrides or {}) for entry in entries)
    if twice := _repeated(cell.name for cell in found):
        raise InputError(f"{path} has several cells of the name {twice}: give each a name of its own (name: ...).")
    return Study(path.stem, _chosen(found, cells, path), _checked(own_seeds if seeds is None else seeds, path))


def _read_cell(entry: Any, study: Path, common: Mapping[str, Any], overrides: Mapping[str, str]) -> Cell:
    own = flatten(entry) if isinstance(entry, dict) else {"config": entry}
    name = own.pop("config", None)
    if not isinstance(name, str):
        raise InputError(
            f"{study} has a cell {json.dumps(entry)}: it must be the name of a config, or a mapping that has one "
            "(config: plain34.yaml)."
        )
    config = study.parent / name if (study.parent / name).is_file() else find_config(name)
    base = flat_config(config)
    run_name = own.pop("name", base.get("name"))
    _refuse_keys_of_the_study(own, f"A cell of {study}")
    if not isinstance(run_name, str):
        raise InputError(f"A cell of {study} has no name: give it one (name: ...), or a config that has.")
    check_name(run_name)
    settings = {**common, **own, **overrides}
    return Cell(run_name, config, settings, frozenset({*base, *settings}))


def _refuse_keys_of_the_study(settings: Mapping[str, Any], where: str) -> None:
    for key, instead in _SET_BY_THE_STUDY.items():
        if key in settings:
            raise InputError(f"{where} has {key}, but {instead}.")


def _chosen(cells: tuple[Cell, ...], names: Sequence[str] | None, path: Path) -> tuple[Cell, ...]:
    known = [cell.name for cell in cells]
    for name in names or ():
        if name not in known:
            near = nearest(name, known)
            hint = f"did you mean {near}?" if near else f"it has {', '.join(known)}."
            raise InputError(f"{path} has no cell {name}; {hint}")
    return tuple(cell for cell in cells if names is None or cell.name in names)


def _checked(seeds: Sequence[Any], path: Path) -> tuple[int, ...]:
    for seed in seeds:
        if type(seed) is not int or not 0 <= seed < 2**32:
            raise InputError(f"A seed of {path} is {seed}; it must be a whole number between 0 and {2**32 - 1}.")
    if twice := _repeated(map(str, seeds)):
        raise InputError(f"Seed {twice} is given twice; every seed is one run of each cell.")
    return tuple(seeds)


def _repeated(values: Iterable[str]) -> str | None:
    values = list(values)
    return next((value for value in values if values.count(value) > 1), None)
