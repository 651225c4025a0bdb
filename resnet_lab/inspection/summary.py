"""Printed summary of an inspected run: one line per measurement, with numbers and without a verdict."""

from resnet_lab.inspection.inspect_run import MEASUREMENTS
from resnet_lab.plots.inspection import InspectionResult
from resnet_lab.statistics.path_lengths import path_shares


def summary(result: InspectionResult) -> list[str]:
    """Return one line per measurement of a run, and one line on the paths through its blocks beside lesions."""
    lines = [
        f"{measurement.name.replace('_', ' '):<16} {measurement.summarize(result.rows[measurement.name])}"
        for measurement in MEASUREMENTS
        if measurement.name in result.rows
    ]
    return lines + ([f"{'paths':<16} {_paths(result)}"] if "lesion" in result.rows else [])


def _paths(result: InspectionResult) -> str:
    n, noun = result.branch_count, result.branch_noun
    if not result.residual:
        return f"one, through all {n} {noun}"
    low, high = _middle(n)
    share = sum(path_shares(n)[low : high + 1])
    return f"{2**n:,} through {n} {noun}, mean length {n / 2:g}; {low} to {high} {noun}: {share:.1%} of them"


def _middle(n: int) -> tuple[int, int]:
    """Return the narrowest range of lengths around the mean that holds at least 95 % of the paths."""
    shares = path_shares(n)
    low = max(low for low in range(n // 2 + 1) if sum(shares[low : n - low + 1]) >= 0.95)
    return low, n - low
