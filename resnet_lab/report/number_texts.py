"""Numbers as sentences have them, by their unit."""

from collections.abc import Mapping
from typing import Any

from resnet_lab.comparison.questions import UNITS
from resnet_lab.statistics.intervals import Interval


def size(value: float, unit: str, text: Mapping[str, Any]) -> str:
    """Return a difference without its sign, in its unit; one that would read as zero is "less than" the last digit."""
    shown = number(abs(value), unit)
    if value and float(shown) == 0:
        decimals = UNITS[unit].decimals
        shown = text["tiny"].format(value=f"{10.0**-decimals:.{decimals}f}")
    return str(text["size"][unit].format(value=shown))


def fixed_value(value: float | None, unit: str, text: Mapping[str, Any]) -> dict[str, str]:
    """Return a fixed value as sentences need it; empty without a value.

    Returns:
        ``against``, the value in its unit, such as ``2 decades``; for decades also ``factor``, such as ``100``.
    """
    if value is None:
        return {}
    shown = f"{UNITS[unit].scale * value:g}"
    against = text["one"][unit] if shown == "1" else text["size"][unit].format(value=shown)
    return {"against": against, **({"factor": f"{10**value:.3g}"} if unit == "decades" else {})}


def ends(interval: Interval, unit: str) -> dict[str, str]:
    """Return the confidence and the ends of an interval, by the names that sentences have for them."""
    level = f"{100 * interval.level:.2f}".rstrip("0").rstrip(".")
    return {"level": level, "low": signed(interval.low, unit), "high": signed(interval.high, unit)}


def number(value: float, unit: str) -> str:
    """Return a number as its unit has it, with that unit's decimals."""
    scale, decimals = UNITS[unit]
    return f"{scale * value:.{decimals}f}"


def signed(value: float, unit: str) -> str:
    """Return a number with its sign, kept where it rounds to zero: it says on which side of zero an interval ends."""
    scale, decimals = UNITS[unit]
    return f"{scale * value:+.{decimals}f}" if value else "0"


def p_text(p: float) -> str:
    """Return a p-value after its sign of relation."""
    return "< 0.001" if p < 0.001 else f"= {p:.3g}"
