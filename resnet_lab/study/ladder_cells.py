"""Cells of a ladder, checked before anything is trained: two ends one key apart, and rungs of one knob each."""

from collections.abc import Mapping
from typing import Any

from resnet_lab.comparison.conditions import as_text
from resnet_lab.comparison.knobs import KNOB_KEYS, changes
from resnet_lab.comparison.one_arm import RESIDUAL
from resnet_lab.config.result_neutral_keys import is_result_neutral
from resnet_lab.errors import InputError
from resnet_lab.study.plan import Study

_ELSEWHERE = frozenset({"name", "seed_everything"})
Settings = Mapping[str, Any]


def refuse_wrong_rungs(study: Study, configs: Mapping[str, Settings]) -> None:
    """Refuse a ladder that ``compare`` could not judge; pass over a part of the cells without both ends.

    Args:
        study: The grid.
        configs: Resolved config of each cell by name, as ``group.key``.

    Raises:
        InputError: The ends differ in no key or in several, or stand in reversed order; a residual network has a
            shortcut with parameters of its own; or a rung differs from the nearer end in anything but one knob.
    """
    ladder, tuning = study.plan.ladder, study.plan.tuning
    if ladder is None:
        return
    tuned = None if tuning is None else tuning.key
    cells = {cell.of or cell.name: _settings(configs[cell.name], tuned) for cell in study.cells}
    if ladder.start not in cells or ladder.end not in cells:
        return
    start, end = cells[ladder.start], cells[ladder.end]
    _refuse_ends(ladder.start, start, ladder.end, end)
    for name, rung in cells.items():
        _refuse_projections(name, rung)
        if name not in (ladder.start, ladder.end):
            _refuse_rung(name, min((changes(rung, start), changes(rung, end)), key=len))


def _settings(config: Settings, tuned: str | None) -> dict[str, Any]:
    """Return the keys of a config that change results, without the tuned key."""
    left_out = _ELSEWHERE | {tuned}
    return {key: value for key, value in config.items() if key not in left_out and not is_result_neutral(key)}


def _refuse_ends(first: str, start: Settings, last: str, end: Settings) -> None:
    apart = changes(end, start)
    if len(apart) != 1:
        raise InputError(
            f"The ends of the ladder, {first} and {last}, must differ in one key, and differ in "
            f"{', '.join(apart) or 'none'}: name other cells in ladder, or give the ends equal settings."
        )
    if start.get(RESIDUAL) and not end.get(RESIDUAL):
        raise InputError(
            f"The ladder goes from {first}, which has shortcuts, to {last}, which has none: write ladder: "
            f"{{from: {last}, to: {first}}}."
        )


def _refuse_projections(name: str, cell: Settings) -> None:
    shortcut = cell.get("model.shortcut", "A")
    if cell.get(RESIDUAL) and shortcut != "A":
        raise InputError(
            f"The cell {name} of the ladder has shortcut {shortcut}, whose projections have parameters of their own, "
            "and all cells of a ladder have equal parameters: set model.shortcut to A."
        )


def _refuse_rung(name: str, apart: Settings) -> None:
    said = ", ".join(f"{key} {as_text(value)}" for key, value in apart.items())
    if not apart:
        raise InputError(f"The rung {name} has the settings of an end of the ladder: give it a knob, or leave it out.")
    if other := [key for key in apart if key not in KNOB_KEYS]:
        raise InputError(
            f"The rung {name} differs from the nearer end of the ladder in {said}, and {other[0]} is no knob of a rung "
            f"({', '.join(KNOB_KEYS)}): give all cells one value of {other[0]}."
        )
    if len(apart) > 1:
        raise InputError(
            f"The rung {name} differs from the nearer end of the ladder in {said}, so its result would belong to "
            "neither change: give each change a rung of its own."
        )
