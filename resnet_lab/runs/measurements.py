"""Measurements inside the networks of a run: by ``resnet-lab inspect``, and by diagnostics while it trained.

Every function returns an empty result for a run that was not measured. docs/run-folder.md describes the files.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resnet_lab.files import read_csv, read_json
from resnet_lab.layer_names import on_main_path
from resnet_lab.runs import Run
from resnet_lab.runs.lesions import accuracies_by_number, read_lesions

INITIAL, TRAINED = "initial", "best"
INSPECTED = (INITIAL, TRAINED, "last")
COMPARED_MEASUREMENTS = ("gradients", "responses", "branch", "probes", "landscape", "plane", "lesion")
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


def branch_share_profile(run: Run, checkpoint: str) -> dict[str, float]:
    """Return the share of the branch by block, in the order of the forward pass; a block without a share is absent."""
    return _profile(run, "branch", "share", checkpoint)


def probe_accuracy_profile(run: Run, checkpoint: str) -> dict[str, float]:
    """Return the accuracy of a linear probe by block, in the order of the forward pass."""
    return _profile(run, "probes", "accuracy", checkpoint)


def inspected_positions(run: Run, measurement: str) -> dict[str, int]:
    """Return the position of each block of ``branch`` or ``probes``, from 1."""
    return {row["block"]: int(row["position"]) for row in read_csv(run.path / "inspect" / f"{measurement}.csv")}


def landscape_line(run: Run, checkpoint: str) -> dict[int, float]:
    """Return the loss along a random direction, by the step in percent of the norm of each filter, ascending.

    A point at which the loss overflowed is absent.
    """
    rows = [row for row in read_csv(run.path / "inspect" / "landscape.csv") if row["checkpoint"] == checkpoint]
    return {round(100 * float(row["x"])): float(row["loss"]) for row in rows if row["loss"]}


def landscape_plane(run: Run, checkpoint: str) -> dict[tuple[float, float], float]:
    """Return the loss on a plane of two random directions, by both steps in norms of each filter.

    A point at which the loss overflowed has an infinite loss.
    """
    rows = [row for row in read_csv(run.path / "inspect" / "plane.csv") if row["checkpoint"] == checkpoint]
    return {(float(row["x"]), float(row["y"])): float(row["loss"] or "inf") for row in rows}


def attention_maps(runs: Iterable[Run], checkpoint: str) -> dict[str, NDArray[np.float64]]:
    """Return the Grad-CAM map ``(h, w)`` of each mapped test image, by its path: the mean over runs of one arm.

    Each run's map is first scaled to a largest value of 1; a map without any evidence is 0 everywhere. A map of another
    shape than that of the first run is left out.
    """
    found: dict[str, list[NDArray[np.float64]]] = {}
    for run in runs:
        for row in read_csv(run.path / "inspect" / "attention.csv"):
            if row["checkpoint"] == checkpoint:
                heat = np.array([list(bytes.fromhex(line)) for line in row["map"].split()]) / 255
                found.setdefault(row["path"], []).append(heat)
    return {path: np.mean([one for one in of if one.shape == of[0].shape], axis=0) for path, of in found.items()}


def image_properties(runs: Iterable[Run]) -> dict[str, dict[str, str]]:
    """Return the rows of ``images.csv`` of all runs by the path of the test image; empty if no run has the file."""
    return {row["path"]: row for run in runs for row in read_csv(run.path / "inspect" / "images.csv")}


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
    sample: dict[str, Any] = _facts(run, measurement).get("sample", {})
    return sample


def inspected_apart(pairs: Mapping[int, tuple[Run, Run]], measurement: str) -> list[int]:
    """Return the seeds whose two networks were both inspected, but not with certainty on the same images.

    Probes of both arms also have to be fitted on the same images, all of them.

    Args:
        pairs: The control run and the treated run, by seed.
        measurement: One of ``COMPARED_MEASUREMENTS``.
    """

    def contents(run: Run) -> Any:
        held_out = inspected_sample(run, measurement).get("contents_sha256")
        if measurement != "probes" or held_out is None:
            return held_out
        facts = _facts(run, measurement)
        return held_out, facts.get("training_sample", {}).get("contents_sha256"), facts.get("cut")

    return [
        seed
        for seed, pair in sorted(pairs.items())
        if all((run.path / "inspect" / f"{measurement}.csv").exists() for run in pair)
        and (contents(pair[0]) is None or contents(pair[0]) != contents(pair[1]))
    ]


def inside_json(run: Run) -> dict[str, Any]:
    """Return the measurements of a run in plain types, without the plane; what was not measured is left out."""
    found: dict[str, Any] = {
        name: {which: profile for which in (INITIAL, TRAINED) if (profile := profile_of(run, which))}
        for name, profile_of in (
            ("gradients", gradient_norm_profile),
            ("responses", response_std_profile),
            ("branch", branch_share_profile),
            ("probes", probe_accuracy_profile),
        )
    }
    found["landscape"] = {str(step): loss for step, loss in landscape_line(run, TRAINED).items()}
    by_number = accuracies_by_number(read_lesions(run, TRAINED))
    found["lesions"] = {str(removed): accuracies for removed, accuracies in by_number.items()}
    for column in REPORTED_DIAGNOSTICS:
        found[column] = {str(step): value for step, value in diagnostic_curve(run, column).items()}
    return {name: values for name, values in found.items() if values}


def _facts(run: Run, measurement: str) -> dict[str, Any]:
    """Return the entry of a measurement in ``inspect.json``; empty without one."""
    path = run.path / "inspect" / "inspect.json"
    measurements = read_json(path).get("measurements", {}) if path.exists() else {}
    facts: dict[str, Any] = measurements.get(measurement, {})
    return facts


def _profile(run: Run, measurement: str, column: str, checkpoint: str) -> dict[str, float]:
    """Return a value by block, or by layer of the main path; projections on shortcuts are no part of it."""
    rows = [row for row in read_csv(run.path / "inspect" / f"{measurement}.csv") if row["checkpoint"] == checkpoint]
    rows.sort(key=lambda row: int(row["position"]))
    name = "block" if measurement in ("branch", "probes") else "layer"
    return {row[name]: float(row[column]) for row in rows if row[column] and on_main_path(row[name])}
