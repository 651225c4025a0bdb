"""Check of the files of a run folder: each is complete and written by this package."""

import csv
import math
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from resnet_lab.errors import InputError
from resnet_lab.files import read_csv
from resnet_lab.program import command_line
from resnet_lab.runs import Run
from resnet_lab.runs.agreement import check_epochs, check_predictions
from resnet_lab.runs.digests import refuse_altered_files
from resnet_lab.runs.divergence import has_diverged
from resnet_lab.runs.lesions import accuracies_by_number, read_lesions
from resnet_lab.runs.measurements import (
    INSPECTED,
    REPORTED_DIAGNOSTICS,
    branch_share_profile,
    diagnostic_curve,
    gradient_norm_profile,
    inspected_sample,
    probe_accuracy_profile,
    response_std_profile,
)
from resnet_lab.runs.similarity import similarity_maps
from resnet_lab.runs.status import Hardware, Status, required_fields

_UNREADABLE = (OSError, EOFError, zlib.error, csv.Error)
_CHECKPOINTS = ("best", "last")
_DIAGNOSTICS = {"step", "layer", "gradient_norm", "dead_relus"}  # columns since the first format
_SCORES = {"n", "accuracy", "loss", "per_class", "confusion_matrix"}


def check_intact(run: Run) -> None:
    """Refuse a finished and tested run, or a diverged one, if a file of it is damaged, foreign or altered.

    A run that diverged stopped at any place, and only its status and its config are read.

    Raises:
        InputError: A file cannot be read, lacks a part that every run has, contradicts another file, or has another
            digest than the one that was recorded. The message names the file.
    """
    there = {name: check for name, check in _OPTIONAL.items() if (run.path / name).exists()}
    checks = {**_CHECKS, **there}
    if has_diverged(run):
        checks = {name: checks[name] for name in ("status.json", "config.yaml")}
    for name, check in checks.items():
        try:
            check(run)
        except InputError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, *_UNREADABLE) as error:
            said = f"it lacks {error}" if isinstance(error, KeyError) else " ".join(str(error).split())
            raise InputError(
                f"The run {run.path} is damaged, or not written by resnet-lab: {name} cannot be used ({said}). "
                f"{_way_out(run, name)}"
            ) from error
    refuse_altered_files(run)


def _way_out(run: Run, name: str) -> str:
    others = "put the original file back, or leave the run out."
    if name.startswith("test/"):
        return f"Test the run again ({command_line('test', run.path)}), {others}"
    return others.capitalize()


def _status(run: Run) -> None:
    status = run.status()
    _has(vars(status), required_fields(Status))
    _has(status.split_sizes, {"train", "val", "test"})
    for stage in status.stages():
        _has(vars(stage.hardware), required_fields(Hardware))


def _config(run: Run) -> None:
    config, seed = run.config(), run.status().seed
    _has(config, {"name", "model", "data", "trainer"})
    if config.get("seed_everything", seed) != seed:
        raise ValueError(
            f"its seed_everything is {config['seed_everything']}, and status.json has the seed {seed}: it was edited, "
            "or the run is a copy of another one"
        )


def _metrics(run: Run) -> None:
    rows = run.metrics()
    if not rows:
        raise ValueError("it holds no epoch")
    for row in rows:
        _has(row, {"epoch"})
    check_epochs([row["epoch"] for row in rows], run.status().epochs)


def _final(run: Run) -> None:
    for which in _CHECKPOINTS:
        for split in ("train", "val"):
            _has_scores(run.final_metrics()[which][split], {"accuracy", "loss"})


def _test(run: Run) -> None:
    for which in _CHECKPOINTS:
        _has_scores(run.test_metrics()[which], _SCORES)


def _predictions(run: Run) -> None:
    scores, classes = run.test_metrics(), run.status().classes
    for which in _CHECKPOINTS:
        rows = run.test_predictions(which)
        for row in rows:
            _has(row, {"path", "label", "predicted", f"probability_{row.get('predicted')}"})
        check_predictions(rows, scores[which], classes, which)


def _gradients(run: Run) -> None:
    """Refuse gradients that lack a layer: every network has all weighted layers, and ``fc`` is the last."""
    profiles = [profile for which in INSPECTED if (profile := gradient_norm_profile(run, which))]
    _has_layers(profiles)
    if any(list(profile)[-1] != "fc" or profile.keys() != profiles[0].keys() for profile in profiles):
        raise ValueError("it does not hold every layer")


def _responses(run: Run) -> None:
    _has_layers([response_std_profile(run, which) for which in INSPECTED])


def _branch(run: Run) -> None:
    for which in INSPECTED:
        branch_share_profile(run, which)


def _probes(run: Run) -> None:
    _has_layers([probe_accuracy_profile(run, which) for which in INSPECTED])


def _similarity(run: Run) -> None:
    if not any(similarity_maps({"": [run]}, which) for which in INSPECTED):
        raise ValueError("it does not hold the run itself")


def _lesion(run: Run) -> None:
    if not any(accuracies_by_number(read_lesions(run, which)) for which in INSPECTED):
        raise ValueError("it holds no accuracy")


def _sample(run: Run) -> None:
    inspected_sample(run, "gradients")


def _diagnostics(run: Run) -> None:
    for row in read_csv(run.path / "diagnostics.csv"):
        _has(row, _DIAGNOSTICS)
    for column in REPORTED_DIAGNOSTICS:
        diagnostic_curve(run, column)


def _has_layers(profiles: Iterable[Mapping[str, float]]) -> None:
    if not any(profiles):
        raise ValueError("it holds no layer")


def _has_scores(scores: Mapping[str, Any], keys: set[str]) -> None:
    """Raise if a key is missing or a score is no number. A run with a score that is not finite diverged."""
    _has(scores, keys)
    for key in ("accuracy", "loss"):
        math.isfinite(scores[key])


def _has(content: Mapping[str, Any], keys: set[str]) -> None:
    """Raise a ``KeyError`` for the first missing key."""
    if lacking := sorted(keys - content.keys()):
        raise KeyError(lacking[0])


_CHECKS = {
    "status.json": _status,
    "config.yaml": _config,
    "metrics.csv": _metrics,
    "final/metrics.json": _final,
    "test/metrics.json": _test,
    "test/predictions.csv": _predictions,
}
_OPTIONAL = {
    "inspect/gradients.csv": _gradients,
    "inspect/responses.csv": _responses,
    "inspect/branch.csv": _branch,
    "inspect/probes.csv": _probes,
    "inspect/similarity.csv": _similarity,
    "inspect/lesion.csv": _lesion,
    "inspect/inspect.json": _sample,
    "diagnostics.csv": _diagnostics,
}
"""Checks of files that only some runs have: after ``resnet-lab inspect``, or with diagnostics while training."""
