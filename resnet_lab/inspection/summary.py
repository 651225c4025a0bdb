"""What ``inspect`` found, in a line a run and measurement: the numbers, and no claim beyond them."""

from collections.abc import Sequence
from statistics import mean, median
from typing import Any

from resnet_lab.inspection.lesion_curves import by_number, intact_accuracy, single_accuracies
from resnet_lab.plots.inspection import Inspected
from resnet_lab.statistics.path_lengths import path_shares

Rows = Sequence[dict[str, Any]]


def summary(run: Inspected) -> list[str]:
    """Return a line for each measurement of a run."""
    lines = {
        "gradients": _gradients,
        "input_gradients": _input_gradients,
        "responses": _responses,
        "lesion": _lesion,
    }
    found = [f"{name.replace('_', ' '):<16} {lines[name](rows)}" for name, rows in run.tables.items()]
    return found + ([f"{'paths':<16} {_paths(run)}"] if "lesion" in run.tables else [])


def _gradients(rows: Rows) -> str:
    parts = []
    for when, chosen in _when(rows):
        norms = {row["layer"]: row["norm"] for row in chosen}
        low, high = min(norms, key=norms.__getitem__), max(norms, key=norms.__getitem__)
        parts.append(
            f"{when} norms from {norms[low]:.3g} ({low}) to {norms[high]:.3g} ({high}), median "
            f"{median(norms.values()):.3g}"
        )
    return "; ".join(parts)


def _input_gradients(rows: Rows) -> str:
    parts = []
    for when, chosen in _when(rows):
        first, last = chosen[0], chosen[-1]
        parts.append(
            f"{when} mean correlation {_number(first['correlation'])} after the first block, "
            f"{_number(last['correlation'])} after the last"
        )
    return "; ".join(parts)


def _responses(rows: Rows) -> str:
    deviations = [row["std"] for row in rows]
    return (
        f"standard deviation {min(deviations):.3g} to {max(deviations):.3g}, mean {mean(deviations):.3g} over "
        f"{len(deviations)} 3x3 layers"
    )


def _lesion(rows: Rows) -> str:
    parts = [f"accuracy {intact_accuracy(rows):.1%} of {rows[0]['n']} images"]
    singles = single_accuracies(rows)
    for changes, kind in ((False, "that keeps the shape"), (True, "that changes it")):
        accuracies = {name: accuracy for name, (accuracy, changing) in singles.items() if changing == changes}
        if accuracies:
            worst = min(accuracies, key=accuracies.__getitem__)
            parts.append(
                f"without one block {kind} {accuracies[worst]:.1%} ({worst}) to {max(accuracies.values()):.1%}, "
                f"mean {mean(accuracies.values()):.1%}"
            )
    curve = {k: values for k, values in by_number(rows).items() if k > 1}
    if curve:
        half = min(curve, key=lambda k: abs(k - max(curve) / 2))
        sets = f"{len(curve[half])} set{'s' * (len(curve[half]) > 1)}"
        parts.append(f"without {half} at random {mean(curve[half]):.1%} (mean of {sets})")
    return "; ".join(parts)


def _paths(run: Inspected) -> str:
    n = run.block_count
    if not run.residual:
        return f"one, through all {n} blocks"
    low, high = _middle(n)
    share = sum(path_shares(n)[low : high + 1])
    return f"{2**n:,} through {n} blocks, mean length {n / 2:g}; {low} to {high} blocks: {share:.1%} of them"


def _middle(n: int) -> tuple[int, int]:
    """Return the narrowest range of lengths around the mean with 95 % of the paths or more."""
    shares = path_shares(n)
    low = max(low for low in range(n // 2 + 1) if sum(shares[low : n - low + 1]) >= 0.95)
    return low, n - low


def _when(rows: Rows) -> list[tuple[str, Rows]]:
    names = dict.fromkeys(row["checkpoint"] for row in rows)
    return [
        ("at initialisation" if name == "initial" else "after training", [r for r in rows if r["checkpoint"] == name])
        for name in names
    ]


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
