"""Plan of a study: a grid of cells and seeds, read from its file without reading any run folder."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from resnet_lab.comparison.conditions import FOLD
from resnet_lab.comparison.plan import Plan
from resnet_lab.config.find import find_config
from resnet_lab.config.flatten import flatten
from resnet_lab.config.overrides import flat_config
from resnet_lab.errors import InputError
from resnet_lab.runs import check_name
from resnet_lab.study.cell import Cell, as_options
from resnet_lab.study.known_keys import refuse_unknown_keys
from resnet_lab.study.ladder_key import read_asks, read_ladder, refuse_no_ladder, without_ladder
from resnet_lab.study.plan_digest import plan_digest, settings_of_plan
from resnet_lab.study.plan_keys import (
    fold_of,
    read_folds,
    read_looks,
    read_question,
    read_worth,
    refuse_worth_without_points,
)
from resnet_lab.study.tune_key import read_tuning, refuse_folds, refuse_key_set_elsewhere, without_tune
from resnet_lab.study.tuned_cells import at_each_value
from resnet_lab.suggestions import nearest

_SET_BY_THE_STUDY = {
    "name": "a name belongs to a cell",
    "config": "a config belongs to a cell",
    "asks": "a question in words belongs to a cell",
    "seed_everything": "the seeds are a list: seeds",
    "logs": "the folder of the runs is given on the command line: --logs",
    "trainer.default_root_dir": "the folder of the runs is given on the command line: --logs",
}
"""Keys of a config that a study may not set, each with the place where it is set instead."""


@dataclass(frozen=True)
class Study:
    """A grid of cells and seeds.

    Attributes:
        name: Name of the study.
        cells: The cells that are run.
        seeds: The seeds that are run.
        plan: The plan of the whole file: of all its cells and seeds, whichever of them are run.
        every_cell: All cells of the file, each at every value of a tuned key.
    """

    name: str
    cells: tuple[Cell, ...]
    seeds: tuple[int, ...]
    plan: Plan
    every_cell: tuple[Cell, ...]

    def settings_of(self, seed: int) -> dict[str, str]:
        """Return the overrides of one seed, as ``group.key``: the fold that it holds out."""
        folds = self.plan.folds
        return {FOLD: f"{fold_of(seed, folds)}/{folds}"} if folds else {}


@dataclass(frozen=True, eq=False)
class PlannedRun:
    """One cell with one seed.

    Attributes:
        cell: The cell.
        seed: The seed.
        config: Resolved config of the run, as ``group.key``.
        settings: Overrides of this seed alone, as ``group.key``.
    """

    cell: Cell
    seed: int
    config: Mapping[str, Any]
    settings: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def named(self) -> frozenset[str]:
        """Every key that the study, its configs or the command line name, or that the study sets for this seed."""
        return self.cell.named | self.settings.keys()

    @property
    def words(self) -> list[str]:
        """The run as options of ``fit``."""
        return [*self.cell.words, *as_options(self.settings), "--seed_everything", str(self.seed)]

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
    return [
        PlannedRun(cell, seed, {**configs[cell.name], **settings}, settings)
        for seed in study.seeds
        for settings in [study.settings_of(seed)]
        for cell in study.cells
    ]


def read_study(
    path: Path,
    overrides: Mapping[str, str] | None = None,
    *,
    cells: Sequence[str] | None = None,
    seeds: Sequence[int] | None = None,
    content_of: Callable[[Path], Mapping[str, Any]] = flat_config,
) -> Study:
    """Read a study from its file.

    The file is a config for all cells, plus ``cells`` and ``seeds``, and the keys of a plan
    (:mod:`~resnet_lab.study.plan_keys`, :mod:`~resnet_lab.study.tune_key`, :mod:`~resnet_lab.study.ladder_key`). A cell
    is the name of a config, or a mapping with ``config`` (the name of a config), overrides, its own ``question``, and
    what it ``asks``. The order of precedence, low to high: config, study, cell, command line.

    Args:
        path: The file.
        overrides: Settings of the command line for all cells.
        cells: Names of the cells to take, instead of all.
        seeds: Seeds instead of those in the file.
        content_of: Returns the content of the study or of a config, as ``group.key``.

    Raises:
        InputError: The file, a cell, a seed or a key of the plan cannot be used.
    """
    content = dict(content_of(path))
    for key in ("cells", "seeds"):
        if not isinstance(content.get(key), list) or not content[key]:
            near = nearest(key, content.keys() - {"cells", "seeds"}, cutoff=0.7)
            raise InputError(
                f"{path} has no list of {key}{f'; is {near} meant for it?' if near else '.'} A study names the configs "
                "of its cells and its seeds: cells: [plain34.yaml, resnet34.yaml], seeds: [0, 1, 2]."
            )
    entries, own_seeds = content.pop("cells"), _checked(content.pop("seeds"), path)
    looks = read_looks(content.pop("looks", None), own_seeds, path)
    worth, folds = read_worth(content.pop("worth", None), path), content.pop("folds", None)
    tuning, content = read_tuning(content, own_seeds, path), without_tune(content)
    ladder, content = read_ladder(content, path), without_ladder(content)
    in_folds = read_folds(folds, own_seeds, looks, path)
    plan = Plan(path.stem, "", looks, worth, folds=in_folds, seeds=own_seeds, tuning=tuning, ladder=ladder)
    question = read_question(content.pop("question", None), path)
    _refuse_keys_of_the_study(content, str(path))
    refuse_unknown_keys(content, str(path))
    _refuse_keys_of_the_study(overrides or {}, "The command line")
    found = tuple(_read_cell(entry, path, content, overrides or {}, question, content_of) for entry in entries)
    if twice := _repeated(cell.name for cell in found):
        raise InputError(f"{path} has several cells of the name {twice}: give each a name of its own (name: ...).")
    if tuning is not None:
        refuse_folds(folds, path)
        refuse_key_set_elsewhere(tuning, overrides or {}, "The command line")
        for cell in found:
            refuse_key_set_elsewhere(tuning, cell.settings, str(path))
    if ladder is not None:
        refuse_no_ladder(ladder, [cell.name for cell in found], looks, folds, path)
    if folds and any(FOLD in cell.named for cell in found):
        raise InputError(f"{path} has {FOLD} beside folds, which sets it for each seed: leave one of them out.")
    asks = {cell.name: cell.asks for cell in found if cell.asks}
    plan = replace(plan, questions={cell.name: cell.question for cell in found}, asks=asks)
    refuse_worth_without_points(worth, plan.questions.values(), path)
    plan = replace(plan, digest=plan_digest(plan, {cell.name: cell.planned for cell in found}))
    taken = own_seeds if seeds is None else _checked(seeds, path)
    every = at_each_value(found, tuning)
    for cell in every:
        check_name(cell.name)
    return Study(path.stem, _chosen(every, cells, path), taken, plan, every)


def _read_cell(
    entry: Any,
    study: Path,
    common: Mapping[str, Any],
    overrides: Mapping[str, str],
    question: str,
    content_of: Callable[[Path], Mapping[str, Any]],
) -> Cell:
    own = flatten(entry) if isinstance(entry, dict) else {"config": entry}
    name = own.pop("config", None)
    if not isinstance(name, str):
        raise InputError(
            f"{study} has a cell {json.dumps(entry)}: it must be the name of a config, or a mapping that has one "
            "(config: plain34.yaml)."
        )
    config = study.parent / name if (study.parent / name).is_file() else find_config(name)
    base = content_of(config)
    run_name = own.pop("name", base.get("name"))
    if "question" in own:
        question = read_question(own.pop("question"), study)
    asks = read_asks(own.pop("asks", None), study)
    _refuse_keys_of_the_study(own, f"A cell of {study}")
    refuse_unknown_keys(own, f"A cell of {study}")
    if not isinstance(run_name, str):
        raise InputError(f"A cell of {study} has no name: give it one (name: ...), or a config that has.")
    check_name(run_name)
    settings = {**common, **own, **overrides}
    planned = settings_of_plan(base, settings)
    return Cell(run_name, config, settings, frozenset({*base, *settings}), planned, question, asks=asks)


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
        raise InputError(f"Seed {twice} is given twice, and a seed is one run of each cell: give it once.")
    return tuple(seeds)


def _repeated(values: Iterable[str]) -> str | None:
    values = list(values)
    return next((value for value in values if values.count(value) > 1), None)
