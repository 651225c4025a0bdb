"""Runs inspected one after the other on one sample, drawn side by side, and what is printed of them."""

import sys
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from resnet_lab import runs
from resnet_lab.files import read_json, write_csv
from resnet_lab.inspection.inspect_run import FOLDER, Request, Tables, inspect_run
from resnet_lab.inspection.inspected_run import Subject, check_subjects, find_subjects, open_subject
from resnet_lab.inspection.sample import read_sample
from resnet_lab.inspection.summary import summary
from resnet_lab.inspection.time_budget import TimeBudget
from resnet_lab.model.backbone_parts import blocks
from resnet_lab.plots.inspection import Inspected, draw_figures, write_figures
from resnet_lab.statistics.path_lengths import path_shares

_LONGEST_FOLDER_NAME = 100


def inspect_side_by_side(words: Sequence[str], logs: Path, which: str, output: Path | None, request: Request) -> None:
    """Inspect runs, write numbers into their folders and figures into ``output``, and print a summary.

    Args:
        words: Run folders and names.
        logs: Folder in which names are looked up.
        which: ``best`` or ``last``.
        output: Folder of the figures; without it one below ``logs``.
        request: What is wanted.

    Raises:
        InputError: The runs, their checkpoints or their data cannot be used.
    """
    budget = TimeBudget(None if request.budget_minutes is None else 60 * request.budget_minutes)
    chosen = find_subjects(words, logs, which)
    data = check_subjects(chosen, which)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    sample = read_sample(data[0], request.images, request.seed)
    _say(f"sample  {len(sample.labels)} held-out images of {data[0].root}, drawn by content and seed {request.seed}")
    inspected = []
    for place, (run, module) in enumerate(zip(chosen, data, strict=True)):
        subject = open_subject(run, module, which)
        _say(f"run     {run.path}: {subject.arm}, {which} checkpoint, epoch {subject.checkpoint['epoch']}")
        share = budget.part(1 / (len(chosen) - place))
        tables = inspect_run(subject, sample, request, device, share, partial(_bar, label=subject.label))
        inspected.append(_inspected(subject, tables))
        for line in summary(inspected[-1]):
            print(f"{subject.label}  {line}", flush=True)
        for name, cut in _cuts(subject, tables).items():
            print(f"{subject.label}  the budget cut {name.replace('_', ' ')}: {cut}", flush=True)
    folder = output or logs / "inspection" / folder_name(chosen)
    write_figures(draw_figures(inspected, len(sample.labels), sample.majority_share), folder)
    if "lesion" in request.what:
        rows = [
            {"run": run.label, "length": length, "share": share}
            for run in inspected
            for length, share in enumerate(path_shares(run.block_count, residual=run.residual))
        ]
        write_csv(folder / "path_lengths.csv", ("run", "length", "share"), rows)
    for run in chosen:
        print(f"wrote   {run.path / FOLDER}")
    print(f"        {folder} (figures)")


def folder_name(chosen: Sequence[runs.Run]) -> str:
    """Return names joined by ``-vs-``, with versions where a name occurs twice; a long one ends with how many more."""
    names = [run.name for run in chosen]
    labels = [f"{run.name}-{run.path.name}" if names.count(run.name) > 1 else run.name for run in chosen]
    joined = "-vs-".join(labels)
    if len(joined) <= _LONGEST_FOLDER_NAME:
        return joined
    return f"{labels[0][:_LONGEST_FOLDER_NAME]}-vs-{len(labels) - 1}-more"


def _inspected(subject: Subject, tables: Tables) -> Inspected:
    return Inspected(
        subject.label,
        subject.arm,
        any(block.downsample is not None for block in blocks(subject.trained).values()),
        subject.checkpoint["epoch"],
        len(blocks(subject.trained)),
        tables,
    )


def _cuts(subject: Subject, tables: Tables) -> dict[str, str]:
    measurements: dict[str, Any] = read_json(subject.run.path / FOLDER / "inspect.json")["measurements"]
    return {name: measurements[name]["cut"] for name in tables if measurements[name]["cut"]}


def _say(text: str) -> None:
    """Print what is not a result."""
    print(text, file=sys.stderr, flush=True)


def _bar(steps: Iterable[Any], name: str, count: int, *, label: str) -> Iterable[Any]:
    """Show the steps as a bar on a terminal; elsewhere nothing."""
    return tqdm(steps, f"{label} {name}", count, leave=False, dynamic_ncols=True, disable=not sys.stderr.isatty())
