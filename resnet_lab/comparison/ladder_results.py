"""Results of a ladder study: the cells by name, the contrast of both ends, and the ladder between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from resnet_lab.comparison.conditions import (
    Difference,
    as_text,
    pair_differences,
    refuse_other_settings,
    settings,
)
from resnet_lab.comparison.contradictions import refuse_other_classes
from resnet_lab.comparison.ladder import climb
from resnet_lab.comparison.ladder_cells import LadderCell
from resnet_lab.comparison.measures import run_measures
from resnet_lab.comparison.one_arm import RESIDUAL
from resnet_lab.comparison.pairing import varied_keys
from resnet_lab.comparison.plan import OffPlan, Plan
from resnet_lab.comparison.procedure import Procedure
from resnet_lab.comparison.results import Results, gather
from resnet_lab.comparison.selection import Selection
from resnet_lab.comparison.tuned_pairs import pair_planned
from resnet_lab.comparison.tuning import Choice, cell_at
from resnet_lab.config.flatten import flatten
from resnet_lab.config.historic_defaults import with_later_keys
from resnet_lab.errors import InputError
from resnet_lab.runs import Run
from resnet_lab.runs.divergence import has_diverged
from resnet_lab.runs.start import start_text


@dataclass(frozen=True)
class Place:
    """Place of a cell on a ladder.

    Attributes:
        name: Name in the study file.
        runs_name: Name of the runs.
        own_value: The value of the tuned key, if this is the start at its own best value; None otherwise.
    """

    name: str
    runs_name: str
    own_value: Any = None


def places(plan: Plan, choice: Choice | None = None) -> list[Place]:
    """Return the places of a ladder in their order: the start, the start at its own best value, the rungs, the end.

    Args:
        plan: A plan with a ladder.
        choice: The values that the ends chose; None if the plan has no tuning.
    """
    ladder = plan.ladder
    assert ladder is not None
    order = [ladder.start, *(name for name in plan.questions if name not in (ladder.start, ladder.end)), ladder.end]
    if choice is None:
        return [Place(name, name) for name in order]
    own, shared = (choice.chosen[name].value for name in (ladder.start, ladder.end))
    found = [Place(name, cell_at(name, choice.tuning.key, shared)) for name in order]
    if own != shared:
        found.insert(1, Place(ladder.start, cell_at(ladder.start, choice.tuning.key, own), own))
    return found


def gather_ladder(
    selection: Selection,
    plan: Plan,
    *,
    force: bool,
    off_plan: Sequence[OffPlan] = (),
    choice: Choice | None = None,
) -> Results:
    """Return the results of a ladder study: those of the contrast of both ends, with the ladder.

    With a tuning, every cell runs at the value of the end, and the start also at its own value. The contrast of both
    ends is then judged at both values; the ladder starts at the value that all its cells share.

    Args:
        selection: The runs of all cells.
        plan: A plan with a ladder. Its looks, worth and questions are not applied if runs do not follow it.
        force: Whether to go on if runs differ in more than the cells.
        off_plan: Runs that do not follow the plan.
        choice: The values that the ends chose; None if the plan has no tuning.

    Raises:
        InputError: An end has no run; the ends differ in more than one key, or cannot be paired; or a cell and the
            start differ in more than the settings of the network, without ``force``.
    """
    cells = [_cell(place, selection.runs, plan) for place in places(plan, choice)]
    start, *rungs, end = cells
    _refuse_missing_end(start, end, selection.runs)
    _refuse_other_starts(selection.runs)
    by_name = {cell.runs_name: {run.status().seed: run for run in _runs_of(cell, selection.runs)} for cell in cells}
    of_ends = [run for cell in (start, end) for run in by_name[cell.runs_name].values()]
    at_own = [run for cell in rungs if cell.own_value is not None for run in by_name[cell.runs_name].values()]
    results = gather(
        pair_planned([*of_ends, *at_own], _factor(of_ends, start, end), choice),
        selection.not_ready,
        force=force,
        plan=replace(plan, questions={name: plan.questions[name] for name in (start.name, end.name)}),
        off_plan=off_plan,
    )
    refuse_other_classes(run for runs in by_name.values() for run in runs.values())
    found = _differences(by_name, start, rungs, results.factor)
    refuse_other_settings(found, "the knobs of the rungs", force=force)
    applied = results.procedure.plan
    cells = [_up_to_look(cell, applied) for cell in cells]
    start, *rungs, end = cells
    procedure = Procedure(applied, applied.looks[0] if applied is not None and applied.looks else None)
    tuned = None if choice is None else (choice.tuning.key, choice.chosen[end.name].value)
    ladder = climb(start, end, rungs, procedure, tuned)
    known = {difference.key for difference in results.differences}
    new = [difference for difference in found if difference.key not in known]
    return replace(results, differences=[*results.differences, *new], ladder=ladder)


def _runs_of(cell: LadderCell, runs: Sequence[Run]) -> list[Run]:
    return [run for run in runs if run.name == cell.runs_name]


def _cell(place: Place, runs: Sequence[Run], plan: Plan) -> LadderCell:
    own = {run.status().seed: run for run in runs if run.name == place.runs_name}
    lost = {seed: run for seed, run in own.items() if has_diverged(run)}
    kept = {seed: run for seed, run in sorted(own.items()) if seed not in lost}
    return LadderCell(
        place.name,
        place.runs_name,
        plan.asks.get(place.name, ""),
        kept,
        {seed: run_measures(run) for seed, run in kept.items()},
        _settings(next(iter(own.values()), None)),
        tuple(seed for seed in plan.seeds if seed not in own),
        tuple(run.label for run in lost.values()),
        tuple(lost),
        place.own_value,
        next((run.status().arm for run in own.values()), ""),
    )


def _settings(run: Run | None) -> dict[str, Any]:
    """Return the keys of model and data of a run; none without one."""
    config = {} if run is None else with_later_keys(flatten(run.config()))
    return {key: value for key, value in config.items() if key.startswith(("model.", "data."))}


def _up_to_look(cell: LadderCell, plan: Plan | None) -> LadderCell:
    """Return a cell with the seeds that are judged: those of the look of a plan, or all."""
    if plan is None or not plan.looks:
        return cell
    judged = plan.seeds[: plan.looks[0]]
    return replace(
        cell,
        runs={seed: run for seed, run in cell.runs.items() if seed in judged},
        measures={seed: values for seed, values in cell.measures.items() if seed in judged},
        missing=tuple(seed for seed in cell.missing if seed in judged),
        lost=tuple(seed for seed in cell.lost if seed in judged),
    )


def _refuse_missing_end(start: LadderCell, end: LadderCell, runs: Sequence[Run]) -> None:
    lacking = [cell.runs_name for cell in (start, end) if not _runs_of(cell, runs)]
    if lacking:
        raise InputError(
            f"The ladder has no finished run of its end {' and of its end '.join(lacking)}, and every rung is judged "
            "against the ends: run the study again with the same command, which runs what is missing."
        )


def _refuse_other_starts(runs: Sequence[Run]) -> None:
    """Refuse cells that began with weights that were not made alike: a rung is compared by its knob alone."""
    starts = dict.fromkeys(start_text(run.status()) or "drawn weights" for run in runs)
    if len(starts) > 1:
        raise InputError(
            f"The cells of this ladder began with unlike weights ({'; '.join(starts)}), and a rung is compared by its "
            "knob alone: start every cell from a run that was trained alike, or none."
        )


def _factor(runs: Sequence[Run], start: LadderCell, end: LadderCell) -> str:
    """Return the key in which the ends differ.

    Raises:
        InputError: They differ in no key, or in several.
    """
    by_run = settings(runs, RESIDUAL)
    varied = varied_keys(by_run.values())
    if len(varied) == 1:
        return varied[0]
    said = "; ".join(
        f"{key}: {', '.join(dict.fromkeys(as_text(setting[key]) for setting in by_run.values()))}" for key in varied
    )
    raise InputError(
        f"The ends of the ladder, {start.runs_name} and {end.runs_name}, must differ in one key, and differ in "
        f"{said or 'none'}: name other cells in ladder, or give the ends equal settings."
    )


def _differences(
    by_name: Mapping[str, Mapping[int, Run]], start: LadderCell, rungs: Sequence[LadderCell], factor: str
) -> list[Difference]:
    """Return the conditions in which a run differs from the run of the start with its seed, each once."""
    found: dict[str, Difference] = {}
    first = by_name[start.runs_name]
    for rung in rungs:
        own = by_name[rung.runs_name]
        pairs = {seed: (first[seed], own[seed]) for seed in sorted(first.keys() & own.keys())}
        for difference in pair_differences(pairs, factor)[0] if pairs else []:
            found.setdefault(difference.key, difference)
    return list(found.values())
