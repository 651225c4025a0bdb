"""Rows of ``lesion.csv`` as curves: accuracy by removed block, and by number of removed blocks."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

Rows = Sequence[Mapping[str, Any]]


def intact_accuracy(rows: Rows) -> float:
    """Return the accuracy with nothing removed."""
    [accuracy] = [row["accuracy"] for row in rows if row["removed"] == 0]
    return float(accuracy)


def single_accuracies(rows: Rows) -> dict[str, tuple[float, bool]]:
    """Return, by block, the accuracy without it, and whether it changes the shape."""
    return {row["blocks"]: (row["accuracy"], row["shape_changing"] > 0) for row in rows if row["removed"] == 1}


def by_number(rows: Rows, sets: Collection[str] | None = None) -> dict[int, list[float]]:
    """Return the accuracies by number of removed blocks, of sets that keep the shape throughout.

    Args:
        rows: The rows.
        sets: Which sets count, from :func:`common_sets`; all without it.
    """
    accuracies: dict[int, list[float]] = defaultdict(list)
    for row in rows:
        if row["shape_changing"] == 0 and (sets is None or row["blocks"] in sets):
            accuracies[row["removed"]].append(row["accuracy"])
    return dict(sorted(accuracies.items()))


def common_sets(tables: Iterable[Rows]) -> set[str]:
    """Return the sets of blocks that all of these networks were tried without; a budget cuts each elsewhere."""
    return set.intersection(*({row["blocks"] for row in rows} for rows in tables))


def block_positions(names: Iterable[str]) -> dict[str, int]:
    """Return the position of each block in its network, from 1; the first block of a stage may be missing.

    >>> block_positions(["layer1.0", "layer1.1", "layer2.1", "layer2.2"])
    {'layer1.0': 1, 'layer1.1': 2, 'layer2.1': 4, 'layer2.2': 5}
    """
    places = {}
    for name in names:
        match = re.fullmatch(r"layer(\d+)\.(\d+)", name)
        assert match is not None
        places[name] = (int(match[1]), int(match[2]))
    sizes: dict[int, int] = defaultdict(int)
    for stage, n in places.values():
        sizes[stage] = max(sizes[stage], n + 1)
    return {name: sum(sizes[s] for s in sizes if s < stage) + n + 1 for name, (stage, n) in places.items()}
