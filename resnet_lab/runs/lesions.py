"""Rows of ``inspect/lesion.csv``, and accuracies by removed block and by number of removed blocks.

``resnet-lab inspect`` has the rows in memory; a comparison reads them with :func:`read_lesions`. All functions take
rows with the keys ``removed``, ``blocks``, ``accuracy`` and ``shape_changing`` (docs/run-folder.md).
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from resnet_lab.files import read_csv
from resnet_lab.runs import Run

LesionRows = Sequence[Mapping[str, Any]]


def read_lesions(run: Run, checkpoint: str) -> LesionRows:
    """Return the rows of one network of a run; no rows if it was not inspected.

    Args:
        run: The run.
        checkpoint: ``best`` or ``last``.
    """
    return [
        {
            "removed": int(row["removed"]),
            "blocks": row["blocks"],
            "accuracy": float(row["accuracy"]),
            "shape_changing": int(row.get("shape_changing") or 0),
        }
        for row in read_csv(run.path / "inspect" / "lesion.csv")
        if row["checkpoint"] == checkpoint
    ]


def intact_accuracy(rows: LesionRows) -> float:
    """Return the accuracy with no block removed."""
    [accuracy] = [row["accuracy"] for row in rows if row["removed"] == 0]
    return float(accuracy)


def single_accuracies(rows: LesionRows) -> dict[str, tuple[float, bool]]:
    """Return, by block, the accuracy without this block, and whether the block changes the shape."""
    return {row["blocks"]: (row["accuracy"], row["shape_changing"] > 0) for row in rows if row["removed"] == 1}


def accuracies_by_number(rows: LesionRows, sets: Collection[str] | None = None) -> dict[int, list[float]]:
    """Return accuracies by the number of removed blocks, one accuracy per set of blocks; 0 is the intact network.

    Sets with a block that changes the shape are left out: a plain network cannot do without such a block.

    Args:
        rows: Rows of one network.
        sets: The sets that count, from :func:`common_sets`; None for all sets.
    """
    accuracies = defaultdict[int, list[float]](list)
    for row in rows:
        if row["shape_changing"] == 0 and (sets is None or row["blocks"] in sets):
            accuracies[row["removed"]].append(row["accuracy"])
    return dict(sorted(accuracies.items()))


def common_sets(networks: Iterable[LesionRows]) -> set[str]:
    """Return the sets of blocks that were removed from every one of these networks: they are compared on equal sets.

    A time budget may end each inspection after a different set.

    Args:
        networks: Rows by network; a network without rows was not inspected and does not count.
    """
    sets = [{row["blocks"] for row in rows} for rows in networks if rows]
    return set.intersection(*sets) if sets else set()


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
