"""Comparison of runs, bit for bit and `time/*` apart: a killed run with the same run left alone."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

STATES = ("state_dict", "optimizer_states", "lr_schedulers", "epoch", "global_step", "train_metrics")


def compare(whole: Path, killed: Path) -> list[str]:
    """Return what differs between two runs that should be equal.

    Args:
        whole: The folder of all runs of a name; its `version_0` was left alone.
        killed: The same of the killed run; its newest run counts.
    """
    versions = sorted(killed.glob("version_*"), key=lambda path: int(path.name.removeprefix("version_")))
    return compare_runs(whole / "version_0", versions[-1])


def compare_runs(whole: Path, killed: Path) -> list[str]:
    """Return what differs between two run folders, or is missing in the second."""
    from resnet_lab.runs import Run

    return list(_differences(Run(whole), Run(killed)))


def _differences(one: Any, other: Any) -> Iterator[str]:
    import torch

    from resnet_lab.errors import InputError
    from resnet_lab.runs.digests import refuse_altered_files

    if other.status().status != "finished":
        yield f"status is {other.status().status}"
        return
    for which in ("last", "best"):
        states = [torch.load(run.checkpoints[which], weights_only=True) for run in (one, other)]
        yield from (f"{which}.ckpt: {key}" for key in STATES if not equal(states[0][key], states[1][key]))
    for what, read in (("metrics.csv", rows), ("TensorBoard", scalars), ("figures", figures)):
        if read(one) != read(other):
            yield what
    if one.diagnostics_path.read_bytes() != other.diagnostics_path.read_bytes():
        yield "diagnostics.csv"
    if one.final_metrics() != other.final_metrics():
        yield "final/metrics.json"
    for path in sorted((one.path / "test").glob("*")):
        same = other.path / "test" / path.name
        if not same.exists() or same.read_bytes() != path.read_bytes():
            yield f"test/{path.name}"
    if (one.status().digests or {}).keys() != (other.status().digests or {}).keys():
        yield "digests"
    if other.states.exists():
        yield "states are left"
    try:
        refuse_altered_files(other)
    except InputError as error:
        yield str(error)


def compare_caches(whole: Path, killed: Path) -> list[str]:
    """Return what differs between two cache folders that should be equal."""
    found = []
    pixels = [{path.parent.name: sha256(path) for path in cache.glob("pixels/*/*.bin")} for cache in (whole, killed)]
    if pixels[0] != pixels[1]:
        found.append(f"decoded cache: {pixels}")
    with closing(sqlite3.connect(killed / "files.sqlite")) as table:
        if (said := table.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            found.append(f"index of files: {said}")
    return found


def sha256(path: Path) -> str:
    """Return the sha256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def equal(one: Any, other: Any) -> bool:
    """Compare nested values, tensors bit for bit."""
    import torch

    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other)


def rows(run: Any) -> list[dict[str, float]]:
    """Return the metrics without times."""
    return [{tag: value for tag, value in row.items() if not tag.startswith("time/")} for row in run.metrics()]


def scalars(run: Any) -> dict[str, list[tuple[int, float]]]:
    """Return TensorBoard's curves without times, as its own server reads them."""
    from tensorboard.backend.event_processing.event_accumulator import SCALARS, EventAccumulator

    accumulator = EventAccumulator(str(run.path), {SCALARS: 0})
    accumulator.Reload()
    tags = [tag for tag in accumulator.Tags()["scalars"] if not tag.startswith("time/")]
    return {tag: [(event.step, event.value) for event in accumulator.Scalars(tag)] for tag in tags}


def figures(run: Any) -> list[tuple[str, int, int, int]]:
    """Return tag, step, width and height of each of TensorBoard's figures; their titles have the name of the run."""
    from tensorboard.backend.event_processing.event_accumulator import IMAGES, EventAccumulator

    found = []
    for path in sorted(run.path.glob("events.*.figures")):
        accumulator = EventAccumulator(str(path), {IMAGES: 0})
        accumulator.Reload()
        for tag in accumulator.Tags()["images"]:
            found += [(tag, image.step, image.width, image.height) for image in accumulator.Images(tag)]
    return found
