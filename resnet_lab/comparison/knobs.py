"""Knob of a rung: the one setting in which it differs from the end of the ladder that it derives from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

KnobName = Literal[
    "shortcut_weight",
    "stop_gradient",
    "straight_through",
    "span",
    "delta_orthogonal",
    "dirac",
    "norm_bias",
    "zero_init",
    "own_rate",
    "other",
]
"""Names of knobs, by which a report has sentences; ``other`` is any other change."""

_BY_KEY: Mapping[str, KnobName] = {
    "model.shortcut_weight": "shortcut_weight",
    "model.shortcut_span": "span",
    "model.norm_bias": "norm_bias",
    "model.zero_init_residual": "zero_init",
}
_BY_VALUE: Mapping[tuple[str, str], KnobName] = {
    ("model.shortcut_gradient", "stop_gradient"): "stop_gradient",
    ("model.shortcut_gradient", "straight_through"): "straight_through",
    ("model.init", "delta_orthogonal"): "delta_orthogonal",
    ("model.init", "dirac"): "dirac",
}
Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Knob:
    """A setting of a rung.

    Attributes:
        name: Name of the knob.
        changes: The keys in which the rung differs from the end that it derives from, with its own values.
    """

    name: KnobName
    changes: Mapping[str, Any]


def knob_of(rung: Settings, start: Settings, end: Settings) -> Knob:
    """Return the knob of a rung. A rung derives from the end from which it differs in fewer keys.

    Args:
        rung: Settings of the rung, as ``group.key``.
        start: Settings of the start of the ladder.
        end: Settings of its end.

    >>> knob_of({"model.residual": False, "model.init": "dirac"}, {"model.residual": False}, {"model.residual": True})
    Knob(name='dirac', changes={'model.init': 'dirac'})
    """
    changes = min((_changes(rung, start), _changes(rung, end)), key=len)
    if len(changes) != 1:
        return Knob("other", changes)
    [(key, value)] = changes.items()
    return Knob(_BY_KEY.get(key) or _BY_VALUE.get((key, str(value)), "other"), changes)


def _changes(rung: Settings, end: Settings) -> dict[str, Any]:
    return {key: rung.get(key) for key in sorted({*rung, *end}) if rung.get(key) != end.get(key)}
