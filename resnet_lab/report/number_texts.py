"""Numbers as sentences have them, by their unit."""

from collections.abc import Mapping
from typing import Any

from resnet_lab.statistics.intervals import Interval

_SCALE = {"points": (100, 2), "nats": (1, 4), "decades": (1, 3)}
"""What a figure is multiplied by, and its decimals."""


def size(value: float, unit: str, text: Mapping[str, Any]) -> str:
    """Return a difference without its sign, in its unit; one that would read as zero is "less than" the last digit."""
    shown = number(abs(value), unit)
    if value and float(shown) == 0:
        shown = text["tiny"].format(value=f"{10.0 ** -_SCALE[unit][1]:.{_SCALE[unit][1]}f}")
    return str(text["size"][unit].format(value=shown))


def ends(interval: Interval, unit: str) -> dict[str, str]:
    """Return the confidence and the ends of an interval, by the names that sentences have for them."""
    level = f"{100 * interval.level:.2f}".rstrip("0").rstrip(".")
    return {"level": level, "low": signed(interval.low, unit), "high": signed(interval.high, unit)}


def number(value: float, unit: str) -> str:
    """Return a number as its unit has it, with that unit's decimals."""
    scale, decimals = _SCALE[unit]
    return f"{scale * value:.{decimals}f}"


def signed(value: float, unit: str) -> str:
    """Return a number with its sign, kept where it rounds to zero: it says on which side of zero an interval ends."""
    scale, decimals = _SCALE[unit]
    return f"{scale * value:+.{decimals}f}" if value else "0"


def p_text(p: float) -> str:
    """Return a p-value after its sign of relation."""
    return "< 0.001" if p < 0.001 else f"= {p:.3g}"
