"""Inspection of several runs on one sample, their plots side by side, and what is printed."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from matplotlib.figure import Figure
from tqdm import tqdm

from resnet_lab import runs
from resnet_lab.files import read_json, write_csv
from resnet_lab.inspection.attention import CHOSEN, MOST_IMAGES
from resnet_lab.inspection.image_properties import COLUMNS, image_properties
from resnet_lab.inspection.inspect_run import FOLDER, MEASUREMENTS, inspect_run
from resnet_lab.inspection.inspected_run import (
    InspectedRun,
    check_inspected_runs,
    open_inspected_run,
)
from resnet_lab.inspection.measurement import InspectionOptions, MeasurementRows
from resnet_lab.inspection.sample import TRAINING, FixedSample, read_chosen, read_sample
from resnet_lab.inspection.summary import summary
from resnet_lab.inspection.time_budget import TimeBudget
from resnet_lab.model.backbone_parts import blocks, shortcuts
from resnet_lab.output import remark, say
from resnet_lab.plots.attention import overlay
from resnet_lab.plots.inspection import InspectionResult, draw_plots, write_plots
from resnet_lab.plots.landscape import landscape_plots
from resnet_lab.plots.mosaic import Tile, mosaic_plot
from resnet_lab.plots.similarity import similarity_plot
from resnet_lab.runs.disagreements import disputed_images
from resnet_lab.runs.measurements import attention_maps
from resnet_lab.runs.resolve import runs_with_network
from resnet_lab.runs.similarity import similarity_maps
from resnet_lab.statistics.path_lengths import path_shares

_LONGEST_FOLDER_NAME = 100
_MOST_SHOWN = 12  # photographs with maps in the plot
_SHARE_OF_IMAGES = 0.1  # of the time, for the properties of all held-out images
_PAIRS = {
    "seeds": "different seeds, pairs of networks: {n}",
    "twins": "equal seeds, pairs of networks: {n}",
    "itself": "each network with itself, networks: {n}",
}
"""Title of a map of similarity, by the kind of its pairs."""


def inspect_side_by_side(
    words: Sequence[str], logs: Path, which: str, output: Path | None, options: InspectionOptions
) -> None:
    """Inspect runs, write values into their folders and plots into ``output``, and print a summary.

    Args:
        words: Run folders and names.
        logs: Folder in which names are looked up.
        which: ``best`` or ``last``.
        output: Folder of the plots; None for a folder below ``logs``.
        options: Options of the command.

    Raises:
        InputError: The runs, their checkpoints or their data cannot be used.
    """
    budget = TimeBudget(None if options.budget_minutes is None else 60 * options.budget_minutes)
    chosen = runs_with_network(words, logs, which)
    data, checkpoints = check_inspected_runs(chosen, which)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    sample = read_sample(data[0], options.images, options.seed)
    remark(f"sample  {len(sample.labels)} held-out images of {data[0].root}, drawn by content and seed {options.seed}")
    fits = any(measurement.fits and measurement.what in options.what for measurement in MEASUREMENTS)
    training = read_sample(data[0], options.train_images, options.seed, TRAINING) if fits else None
    if training is not None:
        remark(f"        {len(training.labels)} training images to fit on, drawn in the same way")
    disputed = None
    if "attention" in options.what:
        disputed = read_chosen(data[0], disputed_images(chosen, MOST_IMAGES), CHOSEN)
        remark(f"        {len(disputed.labels)} held-out images on which the arms disagree, for attention")
        rows_of_images = image_properties(data[0], budget.part(_SHARE_OF_IMAGES), options.seed)
        for run in chosen:
            write_csv(run.path / FOLDER / "images.csv", COLUMNS, rows_of_images)
    results, earlier = [], dict[str, Any]()
    for place, (run, module, checkpoint) in enumerate(zip(chosen, data, checkpoints, strict=True)):
        inspected = open_inspected_run(run, module, checkpoint, which)
        remark(f"run     {run.path}: {inspected.arm}, {which} checkpoint, epoch {inspected.checkpoint['epoch']}")
        share = budget.part(1 / (len(chosen) - place))
        progress = partial(_bar, label=inspected.label)
        rows = inspect_run(inspected, sample, training, options, device, share, progress, earlier, disputed)
        results.append(_result(inspected, rows))
        for line in summary(results[-1]):
            say(f"{inspected.label}  {line}")
        for name, cut in _cuts(inspected, rows).items():
            say(f"{inspected.label}  the budget cut {name.replace('_', ' ')}: {cut}")
    folder = output or logs / "inspection" / folder_name(chosen)
    plots = draw_plots(results, len(sample.labels), sample.majority_share) | landscape_plots(results)
    if "similarity" in options.what:
        plots["similarity"] = _similarity(chosen, which)
    if disputed is not None:
        plots["attention"] = _attention(chosen, which, disputed)
    write_plots(plots, folder)
    if "lesion" in options.what:
        shares = [
            {"run": result.label, "length": length, "share": share}
            for result in results
            for length, share in enumerate(path_shares(result.branch_count, residual=result.residual))
        ]
        write_csv(folder / "path_lengths.csv", ("run", "length", "share"), shares)
    for run in chosen:
        say(f"wrote   {run.path / FOLDER}")
    say(f"        {folder} (plots)")


def folder_name(chosen: Sequence[runs.Run]) -> str:
    """Return the names of runs joined by ``-vs-``, with versions where a name occurs twice.

    A name that is too long is replaced by the first run and the number of the others.
    """
    names = [run.name for run in chosen]
    labels = [f"{run.name}-{run.path.name}" if names.count(run.name) > 1 else run.name for run in chosen]
    joined = "-vs-".join(labels)
    if len(joined) <= _LONGEST_FOLDER_NAME:
        return joined
    return f"{labels[0][:_LONGEST_FOLDER_NAME]}-vs-{len(labels) - 1}-more"


def _result(inspected: InspectedRun, rows: Mapping[str, MeasurementRows]) -> InspectionResult:
    parts = blocks(inspected.trained).values()
    return InspectionResult(
        inspected.label,
        inspected.arm,
        any(shortcuts(block) for block in parts),
        inspected.checkpoint["epoch"],
        len(parts),
        rows,
        max(len(block.branch_ends) for block in parts),
    )


def _similarity(chosen: Sequence[runs.Run], which: str) -> Figure:
    """Draw the similarity of the blocks of all arms, as the files in the folders of the runs have it."""
    maps = similarity_maps(_by_arm(chosen), which)
    titles = [_PAIRS[one.kind].format(n=one.pairs) for one in maps]
    return similarity_plot(maps, titles, "block", "similarity (linear CKA)")


def _attention(chosen: Sequence[runs.Run], which: str, disputed: FixedSample) -> Figure:
    """Draw the first images on which the arms disagree, and beside each the map of every arm, the mean over seeds."""
    arms = _by_arm(chosen)
    maps = {arm: attention_maps(of_arm, which) for arm, of_arm in arms.items()}
    classes = chosen[0].status().classes
    tiles = []
    for place, path in enumerate(disputed.paths[:_MOST_SHOWN]):
        pixels = disputed.images[place].permute(1, 2, 0).numpy()
        tiles.append(Tile(pixels, [f"is {classes[int(disputed.labels[place])]}"], path=path))
        for arm, by_path in maps.items():
            shown = overlay(pixels, by_path[path]) if path in by_path else pixels
            tiles.append(Tile(shown, [arm if path in by_path else f"{arm}: not measured"]))
    title = "Grad-CAM for the class of the image, mean over the runs of each arm"
    return mosaic_plot(tiles, title, in_a_row=1 + len(arms))


def _by_arm(chosen: Iterable[runs.Run]) -> dict[str, list[runs.Run]]:
    """Return runs by the name of their arm."""
    arms: dict[str, list[runs.Run]] = {}
    for run in chosen:
        arms.setdefault(str(run.status().arm), []).append(run)
    return arms


def _cuts(inspected: InspectedRun, names: Iterable[str]) -> dict[str, str]:
    """Return what the time budget left out, by measurement."""
    measurements: dict[str, Any] = read_json(inspected.run.path / FOLDER / "inspect.json")["measurements"]
    return {name: measurements[name]["cut"] for name in names if measurements[name]["cut"]}


def _bar(steps: Iterable[Any], name: str, count: int, *, label: str) -> Iterable[Any]:
    """Show the steps as a progress bar on a terminal, and not at all elsewhere."""
    return tqdm(steps, f"{label} {name}", count, leave=False, dynamic_ncols=True, disable=not sys.stderr.isatty())
