"""Numbers in sentences, with the scale and the decimals of their unit."""

from collections.abc import Mapping
from typing import Any

from resnet_lab.comparison.questions import UNITS
from resnet_lab.statistics.intervals import Interval


def size(value: float, unit: str, sentences: Mapping[str, Any]) -> str:
    """Return a difference without its sign, with its unit; "less than" the last digit if it would be printed as zero.

    Args:
        value: The difference, in shares, nats or decades.
        unit: Unit of the claim.
        sentences: :attr:`~resnet_lab.report.words.Words.sentences`.
    """
    shown = number(abs(value), unit)
    if value and float(shown) == 0:
        decimals = UNITS[unit].decimals
        shown = sentences["tiny"].format(value=f"{10.0**-decimals:.{decimals}f}")
    return str(sentences["size"][unit].format(value=shown))


def fixed_value(value: float | None, unit: str, sentences: Mapping[str, Any]) -> dict[str, str]:
    """Return a fixed value as sentences need it; empty without a value.

    Args:
        value: The value that a claim compares the control with.
        unit: Unit of the claim.
        sentences: :attr:`~resnet_lab.report.words.Words.sentences`.

    Returns:
        ``against``, the value in its unit, such as ``2 decades``; for decades also ``factor``, such as ``100``.
    """
    if value is None:
        return {}
    shown = f"{UNITS[unit].scale * value:g}"
    against = sentences["one"][unit] if shown == "1" else sentences["size"][unit].format(value=shown)
    return {"against": against, **({"factor": f"{10**value:.3g}"} if unit == "decades" else {})}


def factor_text(decades: float) -> str:
    """Return a power of ten as a factor.

    >>> factor_text(1.4), factor_text(3.2), factor_text(-0.5), factor_text(0)
    ('25.1', '1,585', '0.316', '1')
    """
    factor = 10**decades
    return f"{factor:,.0f}" if factor >= 1000 else f"{factor:.3g}"


def ends(interval: Interval, unit: str) -> dict[str, str]:
    """Return ``level``, ``low`` and ``high`` of an interval, as sentences print them."""
    return {"level": level_text(interval), "low": signed(interval.low, unit), "high": signed(interval.high, unit)}


def level_text(interval: Interval) -> str:
    """Return the level of an interval in percent, such as ``98.75``."""
    return f"{100 * interval.level:.2f}".rstrip("0").rstrip(".")


def number(value: float, unit: str) -> str:
    """Return a number with the scale and the decimals of its unit."""
    scale, decimals = UNITS[unit]
    return f"{scale * value:.{decimals}f}"


def signed(value: float, unit: str) -> str:
    """Return a number with its sign, also if it rounds to zero, since the sign of an interval's end decides."""
    scale, decimals = UNITS[unit]
    return f"{scale * value:+.{decimals}f}" if value else "0"


def p_text(p: float) -> str:
    """Return a p-value with ``=`` or ``<`` in front."""
    return "< 0.001" if p < 0.001 else f"= {p:.3g}"
