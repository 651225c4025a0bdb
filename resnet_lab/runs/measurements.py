"""What was measured inside the nets of a run: by ``resnet-lab inspect``, and while it trained; empty where it was not.

The files are described in docs/run-folder.md.
"""

import csv
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from resnet_lab.files import read_json
from resnet_lab.runs import Run

INITIAL, TRAINED = "initial", "best"
INSPECTED = (INITIAL, TRAINED, "last")
MEASUREMENTS = ("gradients", "responses", "lesion")
"""Those of ``resnet-lab inspect`` that are compared, each in a file of its own."""
DIAGNOSTICS = ("gradient_norm", "dead_relus")
"""Figures of the whole net that are shown over the training."""
_WHOLE_NET = "all"


def gradient_norms(run: Run, checkpoint: str) -> dict[str, float]:
    """Return the norm of the loss's gradient by weighted layer of the main path, in the order of the forward pass."""
    return _profile(run, "gradients", "norm", checkpoint)


def response_deviations(run: Run, checkpoint: str) -> dict[str, float]:
    """Return the standard deviation of the response by 3x3 layer of the main path, in the order of the forward pass."""
    return _profile(run, "responses", "std", checkpoint)


def lesions(run: Run, sets: Collection[str] | None = None, checkpoint: str = TRAINED) -> dict[int, list[float]]:
    """Return accuracies by the number of blocks removed, one a set of blocks; 0 is the intact net.

    Sets with a block that changes the shape are left out: a plain net cannot do without it.

    Args:
        run: The run.
        sets: Of which to speak, from :func:`lesion_sets`; all of the run without it.
        checkpoint: Which net.
    """
    found = defaultdict[int, list[float]](list)
    for row in _lesion_rows(run, checkpoint):
        if sets is None or row["blocks"] in sets:
            found[int(row["removed"])].append(float(row["accuracy"]))
    return dict(sorted(found.items()))


def lesion_sets(runs: Iterable[Run], checkpoint: str = TRAINED) -> set[str]:
    """Return the sets of blocks that every inspected net of these was tried without: nets are compared on equal sets.

    A budget cuts each run elsewhere.
    """
    sets = [{row["blocks"] for row in _lesion_rows(run, checkpoint)} for run in runs]
    return set.intersection(*found) if (found := [one for one in sets if one]) else set()


def _lesion_rows(run: Run, checkpoint: str) -> list[dict[str, str]]:
    rows = _rows(run.path / "inspect" / "lesion.csv")
    return [row for row in rows if row["checkpoint"] == checkpoint and row.get("shape_changing", "0") in ("", "0")]


def diagnostic(run: Run, figure: str) -> dict[int, float]:
    """Return a figure of the whole net by optimizer step, as measured while it trained.

    Args:
        run: The run.
        figure: A column of ``diagnostics.csv``.
    """
    rows = _rows(run.path / "diagnostics.csv")
    return {int(row["step"]): float(row[figure]) for row in rows if row["layer"] == _WHOLE_NET and row[figure]}


def inspected_sample(run: Run, measurement: str) -> dict[str, Any]:
    """Return what ``inspect.json`` says of the images of a measurement: ``split``, ``n``, ``contents_sha256``."""
    path = run.path / "inspect" / "inspect.json"
    measurements = read_json(path).get("measurements", {}) if path.exists() else {}
    sample: dict[str, Any] = measurements.get(measurement, {}).get("sample", {})
    return sample


def inspected_apart(pairs: Mapping[int, tuple[Run, Run]], measurement: str) -> list[int]:
    """Return the seeds whose two nets were both inspected, and not, or not for certain, on the same images.

    Args:
        pairs: The control's and the treated run, by seed.
        measurement: ``gradients``, ``responses`` or ``lesion``.
    """

    def contents(run: Run) -> Any:
        return inspected_sample(run, measurement).get("contents_sha256")

    return [
        seed
        for seed, pair in sorted(pairs.items())
        if all((run.path / "inspect" / f"{measurement}.csv").exists() for run in pair)
        and (contents(pair[0]) is None or contents(pair[0]) != contents(pair[1]))
    ]


def inside_json(run: Run) -> dict[str, Any]:
    """Return all of it in plain types; what was not measured is left out."""
    found: dict[str, Any] = {
        name: {which: profile for which in (INITIAL, TRAINED) if (profile := of(run, which))}
        for name, of in (("gradients", gradient_norms), ("responses", response_deviations))
    }
    found["lesions"] = {str(removed): accuracies for removed, accuracies in lesions(run).items()}
    for figure in DIAGNOSTICS:
        found[figure] = {str(step): value for step, value in diagnostic(run, figure).items()}
    return {name: figures for name, figures in found.items() if figures}


def _profile(run: Run, name: str, figure: str, checkpoint: str) -> dict[str, float]:
    """Return a figure by layer; projections lie on shortcuts and are no part of the main path."""
    rows = [row for row in _rows(run.path / "inspect" / f"{name}.csv") if row["checkpoint"] == checkpoint]
    rows.sort(key=lambda row: int(row["position"]))
    return {row["layer"]: float(row[figure]) for row in rows if ".downsample." not in row["layer"]}


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
