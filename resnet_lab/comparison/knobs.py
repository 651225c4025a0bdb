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
    "several",
]
"""Names of knobs, by which a report has sentences; ``other`` is any other change, ``several`` are more than one."""

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
KNOB_KEYS = tuple(dict.fromkeys((*_BY_KEY, *(key for key, _ in _BY_VALUE))))
"""Keys of a config that a rung may change. They change no number of parameters."""
_AT_THE_START = frozenset({"delta_orthogonal", "dirac", "norm_bias"})
"""Knobs whose sentences are about a network without a shortcut."""
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
    from_start, from_end = changes(rung, start), changes(rung, end)
    apart = min(from_start, from_end, key=len)
    if len(apart) != 1:
        return Knob("several" if apart else "other", apart)
    [(key, value)] = apart.items()
    name = _BY_KEY.get(key) or _BY_VALUE.get((key, str(value)), "other")
    return Knob("other" if name in _AT_THE_START and apart is from_end else name, apart)


def changes(rung: Settings, end: Settings) -> dict[str, Any]:
    """Return the keys in which a cell differs from an end of the ladder, with the values of the cell.

    >>> changes({"model.init": "dirac", "model.lr": 0.1}, {"model.init": "kaiming_normal", "model.lr": 0.1})
    {'model.init': 'dirac'}
    """
    return {key: rung.get(key) for key in sorted({*rung, *end}) if rung.get(key) != end.get(key)}
