"""Measurements of one run, written into its ``inspect/`` folder: docs/run-folder.md describes the files."""

from collections.abc import Mapping
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import torch

from resnet_lab.files import read_json, write_csv, write_json
from resnet_lab.hardware import describe_hardware
from resnet_lab.inspection.attention import ATTENTION
from resnet_lab.inspection.branch_share import BRANCH
from resnet_lab.inspection.gradient_profile import GRADIENTS
from resnet_lab.inspection.input_gradients import INPUT_GRADIENTS
from resnet_lab.inspection.inspected_run import InspectedRun
from resnet_lab.inspection.landscape import LANDSCAPE, PLANE
from resnet_lab.inspection.lesion import LESION
from resnet_lab.inspection.linear_probe import PROBES
from resnet_lab.inspection.measurement import (
    INITIAL,
    InspectionOptions,
    Measurement,
    MeasurementInput,
    MeasurementRows,
    ShowProgress,
)
from resnet_lab.inspection.response_profile import RESPONSES
from resnet_lab.inspection.sample import FixedSample
from resnet_lab.inspection.similarity import SIMILARITY
from resnet_lab.inspection.time_budget import TimeBudget
from resnet_lab.provenance import describe_software, git_commit
from resnet_lab.runs.similarity import network_identity

FOLDER = "inspect"
MEASUREMENTS: tuple[Measurement, ...] = (
    GRADIENTS,
    INPUT_GRADIENTS,
    RESPONSES,
    BRANCH,
    PROBES,
    SIMILARITY,
    ATTENTION,
    LANDSCAPE,
    PLANE,
    LESION,
)
"""All measurements, in the order in which they are made; lesions come last and use the rest of the time budget."""


def inspect_run(
    inspected: InspectedRun,
    sample: FixedSample,
    training: FixedSample | None,
    options: InspectionOptions,
    device: torch.device,
    budget: TimeBudget,
    show_progress: ShowProgress,
    earlier: dict[str, Any] | None = None,
    disputed: FixedSample | None = None,
) -> dict[str, MeasurementRows]:
    """Make the chosen measurements in float32, and write the file of each measurement when it is complete.

    Args:
        inspected: The run.
        sample: The held-out images.
        training: The training images on which measurements fit; None if no chosen measurement fits anything.
        options: Options of the command.
        device: Device that computes.
        budget: How long images and lesions may be added.
        show_progress: Shows the progress.
        earlier: Kept of the runs that the same command inspected before (:attr:`MeasurementInput.earlier`).
        disputed: Test images on which the arms disagree; None if no chosen measurement is about them.

    Returns:
        The rows of each file, by the name of the measurement.
    """
    networks = {INITIAL: inspected.initial.to(device), inspected.which: inspected.trained.to(device)}
    batches = list(sample.batches(inspected.normalization, device))
    given = MeasurementInput(
        networks=networks,
        checkpoint=inspected.which,
        batches=batches,
        training=None if training is None else training.batches(inspected.normalization, device),
        options=options,
        budget=budget,
        show_progress=show_progress,
        label=inspected.label,
        identity=network_identity(inspected.checkpoint["checksum"], inspected.label),
        run_seed=inspected.run.status().seed,
        earlier={} if earlier is None else earlier,
        disputed=None if disputed is None else disputed.batches(inspected.normalization, device),
    )
    measured: dict[str, MeasurementRows] = {}
    for measurement in MEASUREMENTS:
        if measurement.what not in options.what:
            continue
        start = perf_counter()
        seen = disputed if measurement.on_disputed and disputed is not None else sample
        rows, cut = measurement.measure(given)
        measured[measurement.name] = rows
        write_csv(inspected.run.path / FOLDER / f"{measurement.name}.csv", measurement.columns, rows)
        facts = {
            "measured": datetime.now(UTC).isoformat(timespec="seconds"),
            "asked": {"images": options.images, "draws": options.draws, "budget_minutes": options.budget_minutes},
            "seed": options.seed,
            "sample": {"fingerprint": inspected.data.folder.fingerprint, **seen.facts()},
            **({"training_sample": training.facts()} if measurement.fits and training is not None else {}),
            "batchnorm": measurement.batchnorm,
            "precision": "float32",
            "checkpoint": inspected.checkpoint,
            "seconds": round(perf_counter() - start, 1),
            "cut": cut,
            "hardware": describe_hardware(device),
            "versions": describe_software(),
            "git_commit": git_commit(),
        }
        _write_facts(inspected, measurement.name, facts)
    return measured


def _write_facts(inspected: InspectedRun, name: str, facts: Mapping[str, Any]) -> None:
    """Write how a measurement was made into ``inspect.json``; the facts of other measurements stay."""
    path = inspected.run.path / FOLDER / "inspect.json"
    before = read_json(path)["measurements"] if path.exists() else {}
    write_json(path, {"format": 1, "measurements": {**before, name: facts}})
