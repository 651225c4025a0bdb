"""Measurements inside the networks of a run: by ``resnet-lab inspect``, and by diagnostics while it trained.

Every function returns an empty result for a run that was not measured. docs/run-folder.md describes the files.
"""

from collections.abc import Mapping
from typing import Any

from resnet_lab.files import read_csv, read_json
from resnet_lab.layer_names import on_main_path
from resnet_lab.runs import Run
from resnet_lab.runs.lesions import accuracies_by_number, read_lesions

INITIAL, TRAINED = "initial", "best"
INSPECTED = (INITIAL, TRAINED, "last")
COMPARED_MEASUREMENTS = ("gradients", "responses", "lesion")
"""Measurements of ``resnet-lab inspect`` that a comparison reads; each has its own file."""
REPORTED_DIAGNOSTICS = ("gradient_norm", "dead_relus")
"""Columns of ``diagnostics.csv`` that a report shows over the training."""
_WHOLE_NETWORK = "all"


def gradient_norm_profile(run: Run, checkpoint: str) -> dict[str, float]:
    """Return the norm of the loss gradient by weighted layer of the main path, in the order of the forward pass."""
    return _profile(run, "gradients", "norm", checkpoint)


def response_std_profile(run: Run, checkpoint: str) -> dict[str, float]:
    """Return the standard deviation of the response by 3x3 layer of the main path, in the order of the forward pass."""
    return _profile(run, "responses", "std", checkpoint)


def diagnostic_curve(run: Run, column: str) -> dict[int, float]:
    """Return a value of the whole network by optimizer step, as a diagnostic measured it during training.

    Args:
        run: The run.
        column: A column of ``diagnostics.csv``. A run that was trained before the diagnostic existed lacks it.
    """
    rows = read_csv(run.path / "diagnostics.csv")
    return {int(row["step"]): float(row[column]) for row in rows if row["layer"] == _WHOLE_NETWORK and row.get(column)}


def first_step_gradient_norms(run: Run) -> dict[str, float]:
    """Return the norm of the gradient by weighted layer of the main path, in the first optimizer step.

    It is the gradient of the initial network on the first batches, in the order of the forward pass. A run that was
    trained without diagnostics has none.
    """
    rows = [row for row in read_csv(run.path / "diagnostics.csv") if row["step"] == "1" and row["gradient_norm"]]
    layers = (row for row in rows if row["layer"] != _WHOLE_NETWORK and on_main_path(row["layer"]))
    return {row["layer"]: float(row["gradient_norm"]) for row in layers}


def inspected_sample(run: Run, measurement: str) -> dict[str, Any]:
    """Return the facts in ``inspect.json`` on the images of a measurement: ``split``, ``n``, ``contents_sha256``."""
    path = run.path / "inspect" / "inspect.json"
    measurements = read_json(path).get("measurements", {}) if path.exists() else {}
    sample: dict[str, Any] = measurements.get(measurement, {}).get("sample", {})
    return sample


def inspected_apart(pairs: Mapping[int, tuple[Run, Run]], measurement: str) -> list[int]:
    """Return the seeds whose two networks were both inspected, but not with certainty on the same images.

    Args:
        pairs: The control run and the treated run, by seed.
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
    """Return all measurements of a run in plain types; a measurement that was not made is left out."""
    found: dict[str, Any] = {
        name: {which: profile for which in (INITIAL, TRAINED) if (profile := profile_of(run, which))}
        for name, profile_of in (("gradients", gradient_norm_profile), ("responses", response_std_profile))
    }
    by_number = accuracies_by_number(read_lesions(run, TRAINED))
    found["lesions"] = {str(removed): accuracies for removed, accuracies in by_number.items()}
    for column in REPORTED_DIAGNOSTICS:
        found[column] = {str(step): value for step, value in diagnostic_curve(run, column).items()}
    return {name: values for name, values in found.items() if values}


def _profile(run: Run, measurement: str, column: str, checkpoint: str) -> dict[str, float]:
    """Return a value by layer of the main path; projections on shortcuts are no part of it."""
    rows = [row for row in read_csv(run.path / "inspect" / f"{measurement}.csv") if row["checkpoint"] == checkpoint]
    rows.sort(key=lambda row: int(row["position"]))
    return {row["layer"]: float(row[column]) for row in rows if on_main_path(row["layer"])}
