"""Plots of ``inspect``: one line per run, both arms side by side; matplotlib without pyplot."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path
from textwrap import wrap
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from resnet_lab.files import write_bytes, write_text
from resnet_lab.plots.before_and_after import BEFORE_AND_AFTER, Panels
from resnet_lab.plots.style import CONTROL, GRID, INK, TREATED, as_png, as_svg
from resnet_lab.runs.lesions import (
    accuracies_by_number,
    block_positions,
    common_sets,
    intact_accuracy,
    single_accuracies,
)
from resnet_lab.statistics.path_lengths import path_shares

_STYLES = ("-", "--", ":", "-.")
_MUTED = "#6b7280"
_MOST_WITHIN = 5  # lines in a legend within the axes
_NOTE_WIDTH = 90  # characters per panel


@dataclass(frozen=True)
class InspectionResult:
    """Measurements of one run, ready to be drawn.

    Attributes:
        label: Name and version of the run, for the legend.
        arm: Name of the arm.
        residual: Whether the blocks have shortcuts whose value reaches their output.
        epoch: Epoch of the checkpoint, from 1.
        block_count: Number of blocks.
        rows: Rows of the CSV files, by measurement.
        branches_per_block: Branches with a shortcut around each: two with ``shortcut_span`` 1.
    """

    label: str
    arm: str
    residual: bool
    epoch: int
    block_count: int
    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    branches_per_block: int = 1

    @property
    def branch_count(self) -> int:
        """Number of branches that a path passes through or around."""
        return self.block_count * self.branches_per_block

    @property
    def branch_noun(self) -> str:
        """Word for the branches: a block is one branch, unless a shortcut spans a single layer."""
        return "blocks" if self.branches_per_block == 1 else "layers"


@dataclass(frozen=True)
class _Pen:
    """Look of a run's line: the color of its arm, and a style that tells it from other runs of the arm."""

    color: str
    style: str


def draw_plots(results: Sequence[InspectionResult], images: int, majority_share: float) -> dict[str, Figure]:
    """Draw every measurement that all runs have.

    Args:
        results: The runs, in the order of the legend.
        images: Number of images in the sample.
        majority_share: Accuracy on the sample of a constant prediction.

    Returns:
        The plots, by the name of their files.
    """
    pens = _pens(results)
    of_sample = f"{images} held-out images"
    plots: dict[str, Figure] = {}
    for name, panels in BEFORE_AND_AFTER.items():
        if all(name in result.rows for result in results):
            plots[name] = _before_and_after(results, pens, name, panels, of_sample)
    if all("responses" in result.rows for result in results):
        plots["responses"] = _responses(results, pens, of_sample)
    if all("lesion" in result.rows for result in results):
        plots["lesion_single"] = _single(results, pens, of_sample, majority_share)
        plots["lesion_random"] = _random(results, pens, of_sample, majority_share)
        plots["path_lengths"] = _paths(results, pens)
    return plots


def write_plots(plots: Mapping[str, Figure], folder: Path) -> None:
    """Write each plot as SVG and PNG, whole or not at all."""
    for name, figure in plots.items():
        write_text(folder / f"{name}.svg", as_svg(figure))
        write_bytes(folder / f"{name}.png", as_png(figure))


def _pens(results: Sequence[InspectionResult]) -> list[_Pen]:
    used: Counter[bool] = Counter()
    pens = []
    for result in results:
        pens.append(_Pen(TREATED if result.residual else CONTROL, _STYLES[used[result.residual] % len(_STYLES)]))
        used[result.residual] += 1
    return pens


def _before_and_after(
    results: Sequence[InspectionResult], pens: Sequence[_Pen], measurement: str, panels: Panels, of_sample: str
) -> Figure:
    """Draw a value by position, at initialization and after training, on one scale."""
    rows = [row for result in results for row in result.rows[measurement]]
    seen = sorted({row[column] for row in rows for column in ("images", "fitted") if column in row}) or [0]
    images = " to ".join(map(str, seen[:: len(seen) - 1 or 1]))
    figure, (left, right) = _panels(2, panels.title, panels.note.format(of_sample=of_sample, images=images))
    for result, pen in zip(results, pens, strict=True):
        for axes, chosen in ((left, True), (right, False)):
            rows = [row for row in result.rows[measurement] if (row["checkpoint"] == "initial") == chosen]
            values = [
                nan if row[panels.column] is None else row[panels.column] for row in rows
            ]  # NaN: a gap in the line
            points = list(zip([row["position"] for row in rows], values, strict=True))
            _line(axes, points, pen, result.label)
    right.sharey(left)
    left.set(title="at initialization", xlabel=panels.xlabel, ylabel=panels.ylabel)
    right.set(title=f"after training ({_checkpoints(results, measurement)})", xlabel=panels.xlabel)
    for axes in (left, right):
        panels.finish(axes)
    right.tick_params(labelleft=False)
    _legend(figure, left)
    return figure


def _responses(results: Sequence[InspectionResult], pens: Sequence[_Pen], of_sample: str) -> Figure:
    figure, (left, right) = _panels(
        2,
        "Responses of the 3x3 layers (as in He et al. 2015, Fig. 7)",
        f"Standard deviation after BatchNorm (running statistics), before ReLU and addition, over {of_sample}; "
        f"checkpoint {_checkpoints(results, 'responses')}.",
    )
    for result, pen in zip(results, pens, strict=True):
        values = [row["std"] for row in result.rows["responses"]]
        _line(left, [(row["position"], row["std"]) for row in result.rows["responses"]], pen, result.label)
        _line(right, list(enumerate(sorted(values, reverse=True), start=1)), pen, result.label)
    right.sharey(left)
    left.set(title="by depth", xlabel="3x3 layer, counted from the input", ylabel="standard deviation", ylim=(0, None))
    right.set(title="by magnitude", xlabel="3x3 layer, largest standard deviation first")
    right.tick_params(labelleft=False)
    _legend(figure, left, "lower left")
    return figure


def _single(results: Sequence[InspectionResult], pens: Sequence[_Pen], of_sample: str, majority: float) -> Figure:
    figure, [axes] = _panels(
        1,
        "Accuracy with one block removed",
        f"Accuracy on {of_sample}. Thin lines: no block removed. Hollow points: the block changes the shape; in a "
        "residual net its shortcut remains, a plain net cannot do without it.",
    )
    for result, pen in zip(results, pens, strict=True):
        rows = result.rows["lesion"]
        places = block_positions(row["blocks"] for row in rows if row["removed"] == 1)
        accuracies = single_accuracies(rows)
        axes.axhline(100 * intact_accuracy(rows), color=pen.color, lw=0.9, ls=pen.style, alpha=0.6)
        points = [(places[name], 100 * accuracy) for name, (accuracy, _) in accuracies.items()]
        axes.plot(*_xy(points), pen.style, color=pen.color, lw=1.4, alpha=0.5)
        for (x, y), (_, changes) in zip(points, accuracies.values(), strict=True):
            axes.plot(x, y, "o", ms=6, mec=pen.color, mfc="white" if changes else pen.color)
        axes.plot([], [], f"o{pen.style}", color=pen.color, label=result.label)
    axes.set(xlabel="removed block, counted from the input", ylabel="accuracy in %", ylim=(0, 102))
    _constant_prediction(axes, majority)
    _legend(figure, axes, "lower left")
    return figure


def _random(results: Sequence[InspectionResult], pens: Sequence[_Pen], of_sample: str, majority: float) -> Figure:
    draws = max(row["draw"] for result in results for row in result.rows["lesion"] if row["removed"] != 1)
    figure, [axes] = _panels(
        1,
        "Accuracy with several random blocks removed",
        f"Accuracy on {of_sample}. Only blocks that keep the shape are removed; nets of equal depth lose the same "
        f"sets. Line: mean; band: range, over each block alone, and over up to {draws} random set{'s' * (draws > 1)} "
        "of several blocks.",
    )
    for result, pen in zip(results, pens, strict=True):
        twins = (other.rows["lesion"] for other in results if other.block_count == result.block_count)
        curve = accuracies_by_number(result.rows["lesion"], common_sets(twins))
        means = [(k, 100 * sum(values) / len(values)) for k, values in curve.items()]
        lows, highs = ([100 * edge(values) for values in curve.values()] for edge in (min, max))
        axes.fill_between(list(curve), lows, highs, color=pen.color, alpha=0.15, lw=0)
        _line(axes, means, pen, result.label)
    axes.set(xlabel="number of removed blocks", ylabel="accuracy in %", ylim=(0, 102))
    _constant_prediction(axes, majority)
    _legend(figure, axes, "lower left")
    return figure


def _paths(results: Sequence[InspectionResult], pens: Sequence[_Pen]) -> Figure:
    figure, [axes] = _panels(
        1,
        "Lengths of the paths through the network",
        "A path passes through each residual block or around it (Veit et al. 2016). A residual net of n blocks has "
        "2^n paths, a plain net has one. With shortcuts around single layers, these layers take the place of blocks.",
    )
    drawn: set[tuple[bool, int]] = set()
    for result, pen in zip(results, pens, strict=True):
        n = result.branch_count
        if (result.residual, n) in drawn:
            continue
        drawn.add((result.residual, n))
        if result.residual:
            shares = list(enumerate(100 * share for share in path_shares(n)))
            _line(axes, shares, pen, f"{result.arm}: {2**n:,} paths")
        else:
            axes.axvline(
                n, color=pen.color, lw=2, ls=pen.style, label=f"{result.arm}: one path of {n} {result.branch_noun}"
            )
    axes.set(xlabel="length of a path, in blocks that it passes through", ylabel="share of all paths in %")
    axes.set_ylim(0, 1.25 * axes.dataLim.y1 if any(result.residual for result in results) else 100)
    _legend(figure, axes)
    return figure


def _checkpoints(results: Sequence[InspectionResult], measurement: str) -> str:
    """Return the checkpoints and their epochs, such as ``best, epochs 9, 10``."""
    which = {row["checkpoint"] for result in results for row in result.rows[measurement]} - {"initial"}
    epochs = sorted({result.epoch for result in results})
    return f"{', '.join(sorted(which))}, epoch{'s' * (len(epochs) > 1)} {', '.join(map(str, epochs))}"


def _panels(count: int, title: str, note: str) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(4.2 * count + 1.8, 4.3), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", fontsize=12, color=INK)
    lines = wrap(note, _NOTE_WIDTH * count)
    figure.supxlabel("\n".join(lines), x=0.01, ha="left", fontsize=8, color=_MUTED)
    panels = [figure.add_subplot(1, count, place) for place in range(1, count + 1)]
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", color=GRID, lw=0.7)
        axes.set_axisbelow(True)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.title.set_fontsize(10)
    return figure, panels


def _line(axes: Axes, points: Sequence[tuple[float, float]], pen: _Pen, label: str) -> None:
    marker = "o" if len(points) < 60 else None
    axes.plot(*_xy(points), pen.style, marker=marker, ms=3.5, lw=1.6, color=pen.color, label=label)


def _xy(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


def _constant_prediction(axes: Axes, majority: float) -> None:
    axes.axhline(100 * majority, color=INK, lw=1, ls=":", label="always the largest class")


def _legend(figure: Figure, axes: Axes, place: Literal["best", "lower left"] = "best") -> None:
    """Name the lines: within the axes, or beside them if there are many."""
    handles, labels = axes.get_legend_handles_labels()
    if len(labels) > _MOST_WITHIN:
        figure.legend(handles, labels, loc="outside right upper", frameon=False, fontsize=8)
    else:
        axes.legend(loc=place, frameon=False, fontsize=9)
