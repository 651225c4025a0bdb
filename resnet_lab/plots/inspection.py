"""The figures of ``inspect``: each run a line, both arms side by side; matplotlib without pyplot."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from resnet_lab.files import write_text
from resnet_lab.inspection.lesion_curves import (
    block_positions,
    by_number,
    common_sets,
    intact_accuracy,
    single_accuracies,
)
from resnet_lab.plots.style import CONTROL, GRID, INK, TREATED, as_png, as_svg
from resnet_lab.statistics.path_lengths import path_shares

_STYLES = ("-", "--", ":", "-.")
_MUTED = "#6b7280"
_MOST_WITHIN = 5
_NOTE_WIDTH = 98  # characters a panel
Row = dict[str, Any]


@dataclass(frozen=True)
class Inspected:
    """A run to draw: its label, arm and epoch, how many blocks it has, and its rows by file."""

    label: str
    arm: str
    residual: bool
    epoch: int
    block_count: int
    tables: Mapping[str, Sequence[Row]]


@dataclass(frozen=True)
class _Pen:
    """How a run is drawn: the colour of its arm, and a style that tells it from others of the arm."""

    colour: str
    style: str


def draw_figures(inspected: Sequence[Inspected], images: int, majority_share: float) -> dict[str, Figure]:
    """Draw what was measured, by the name of the figure.

    Args:
        inspected: The runs, in the order of the legend.
        images: Size of the sample.
        majority_share: Accuracy of a constant answer on it.
    """
    pens = _pens(inspected)
    of_sample = f"{images} held-out images"
    figures: dict[str, Figure] = {}
    if all("gradients" in run.tables for run in inspected):
        figures["gradients"] = _before_and_after(
            inspected,
            pens,
            ("gradients", "norm", "weighted layer, counted from the input", "norm of the gradient"),
            "Gradient of the loss with respect to each layer's weights",
            f"Mean cross-entropy over {of_sample}; BatchNorm by the statistics of the batch.",
            _logarithmic,
        )
    if all("input_gradients" in run.tables for run in inspected):
        seen = sorted({row["images"] for run in inspected for row in run.tables["input_gradients"]})
        figures["input_gradients"] = _before_and_after(
            inspected,
            pens,
            ("input_gradients", "correlation", "block after which the net is cut", "mean correlation between images"),
            "How alike the gradients of different images with respect to the input are",
            f"All pairs of {' to '.join(map(str, seen[:: len(seen) - 1 or 1]))} held-out images; "
            "BatchNorm by the statistics of the batch, held constant.",
            lambda axes: axes.axhline(0, color=INK, lw=0.8, zorder=1),
        )
    if all("responses" in run.tables for run in inspected):
        figures["responses"] = _responses(inspected, pens, of_sample)
    if all("lesion" in run.tables for run in inspected):
        figures["lesion_single"] = _single(inspected, pens, of_sample, majority_share)
        figures["lesion_random"] = _random(inspected, pens, of_sample, majority_share)
        figures["path_lengths"] = _paths(inspected, pens)
    return figures


def write_figures(figures: Mapping[str, Figure], folder: Path) -> None:
    """Write each figure as SVG and PNG, whole or not at all."""
    for name, figure in figures.items():
        write_text(folder / f"{name}.svg", as_svg(figure))
        temporary = folder / f".{name}.png"
        temporary.write_bytes(as_png(figure))
        temporary.replace(folder / f"{name}.png")


def _pens(inspected: Sequence[Inspected]) -> list[_Pen]:
    used: Counter[bool] = Counter()
    pens = []
    for run in inspected:
        pens.append(_Pen(TREATED if run.residual else CONTROL, _STYLES[used[run.residual] % len(_STYLES)]))
        used[run.residual] += 1
    return pens


def _logarithmic(axes: Axes) -> None:
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _before_and_after(
    inspected: Sequence[Inspected],
    pens: Sequence[_Pen],
    content: tuple[str, str, str, str],
    title: str,
    note: str,
    finish: Callable[[Axes], Any],
) -> Figure:
    """Draw a value by position, at initialisation and after training, on one scale."""
    table, column, xlabel, ylabel = content
    figure, (left, right) = _panels(2, title, note)
    for run, pen in zip(inspected, pens, strict=True):
        for axes, chosen in ((left, True), (right, False)):
            rows = [row for row in run.tables[table] if (row["checkpoint"] == "initial") == chosen]
            points = [(row["position"], row[column]) for row in rows if row[column] is not None]
            _line(axes, points, pen, run.label)
    right.sharey(left)
    left.set(title="at initialisation", xlabel=xlabel, ylabel=ylabel)
    right.set(title=f"after training ({_checkpoints(inspected, table)})", xlabel=xlabel)
    for axes in (left, right):
        finish(axes)
    right.tick_params(labelleft=False)
    _legend(figure, left)
    return figure


def _responses(inspected: Sequence[Inspected], pens: Sequence[_Pen], of_sample: str) -> Figure:
    figure, (left, right) = _panels(
        2,
        "Responses of the 3x3 layers (as He et al. 2015, Fig. 7)",
        f"After BatchNorm (running statistics), before ReLU and addition; {of_sample}; "
        f"checkpoint {_checkpoints(inspected, 'responses')}.",
    )
    for run, pen in zip(inspected, pens, strict=True):
        values = [row["std"] for row in run.tables["responses"]]
        _line(left, [(row["position"], row["std"]) for row in run.tables["responses"]], pen, run.label)
        _line(right, list(enumerate(sorted(values, reverse=True), start=1)), pen, run.label)
    right.sharey(left)
    left.set(title="by depth", xlabel="3x3 layer, counted from the input", ylabel="standard deviation", ylim=(0, None))
    right.set(title="by magnitude", xlabel="3x3 layer, the strongest first")
    right.tick_params(labelleft=False)
    _legend(figure, left, "lower left")
    return figure


def _single(inspected: Sequence[Inspected], pens: Sequence[_Pen], of_sample: str, majority: float) -> Figure:
    figure, [axes] = _panels(
        1,
        "Accuracy with one block removed",
        f"{of_sample}. Thin lines: nothing removed. Hollow: the block changes the shape; in a residual net its "
        "shortcut remains, in a plain net it cannot be removed.",
    )
    for run, pen in zip(inspected, pens, strict=True):
        rows = run.tables["lesion"]
        places = block_positions(row["blocks"] for row in rows if row["removed"] == 1)
        accuracies = single_accuracies(rows)
        axes.axhline(100 * intact_accuracy(rows), color=pen.colour, lw=0.9, ls=pen.style, alpha=0.6)
        points = [(places[name], 100 * accuracy) for name, (accuracy, _) in accuracies.items()]
        axes.plot(*_xy(points), pen.style, color=pen.colour, lw=1.4, alpha=0.5)
        for (x, y), (_, changes) in zip(points, accuracies.values(), strict=True):
            axes.plot(x, y, "o", ms=6, mec=pen.colour, mfc="white" if changes else pen.colour)
        axes.plot([], [], f"o{pen.style}", color=pen.colour, label=run.label)
    axes.set(xlabel="removed block, counted from the input", ylabel="accuracy in %", ylim=(0, 102))
    _constant_answer(axes, majority)
    _legend(figure, axes, "lower left")
    return figure


def _random(inspected: Sequence[Inspected], pens: Sequence[_Pen], of_sample: str, majority: float) -> Figure:
    draws = max(row["draw"] for run in inspected for row in run.tables["lesion"] if row["removed"] != 1)
    figure, [axes] = _panels(
        1,
        "Accuracy with several random blocks removed",
        f"{of_sample}. Only blocks that keep the shape, the same sets in nets of one depth; line: mean, band: range, "
        f"of one block over all in turn, of more over up to {draws} random set{'s' * (draws > 1)}.",
    )
    for run, pen in zip(inspected, pens, strict=True):
        twins = (other.tables["lesion"] for other in inspected if other.block_count == run.block_count)
        curve = by_number(run.tables["lesion"], common_sets(twins))
        means = [(k, 100 * sum(values) / len(values)) for k, values in curve.items()]
        lows, highs = ([100 * edge(values) for values in curve.values()] for edge in (min, max))
        axes.fill_between(list(curve), lows, highs, color=pen.colour, alpha=0.15, lw=0)
        _line(axes, means, pen, run.label)
    axes.set(xlabel="blocks removed", ylabel="accuracy in %", ylim=(0, 102))
    _constant_answer(axes, majority)
    _legend(figure, axes, "lower left")
    return figure


def _paths(inspected: Sequence[Inspected], pens: Sequence[_Pen]) -> Figure:
    figure, [axes] = _panels(
        1,
        "Lengths of the paths through the network",
        "Each block can be gone through or around (Veit et al. 2016): a residual net of n blocks has "
        "2^n paths, a plain net one.",
    )
    drawn: set[tuple[bool, int]] = set()
    for run, pen in zip(inspected, pens, strict=True):
        n = run.block_count
        if (run.residual, n) in drawn:
            continue
        drawn.add((run.residual, n))
        if run.residual:
            _line(axes, list(enumerate(100 * share for share in path_shares(n))), pen, f"{run.arm}: {2**n:,} paths")
        else:
            axes.axvline(n, color=pen.colour, lw=2, ls=pen.style, label=f"{run.arm}: one path of {n} blocks")
    axes.set(xlabel="length of a path, in blocks gone through", ylabel="share of all paths in %")
    axes.set_ylim(0, 1.25 * axes.dataLim.y1 if any(run.residual for run in inspected) else 100)
    _legend(figure, axes)
    return figure


def _checkpoints(inspected: Sequence[Inspected], table: str) -> str:
    """Return ``best, epochs 9, 10``."""
    which = {row["checkpoint"] for run in inspected for row in run.tables[table]} - {"initial"}
    epochs = sorted({run.epoch for run in inspected})
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
    axes.plot(*_xy(points), pen.style, marker=marker, ms=3.5, lw=1.6, color=pen.colour, label=label)


def _xy(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


def _constant_answer(axes: Axes, majority: float) -> None:
    axes.axhline(100 * majority, color=INK, lw=1, ls=":", label="always the largest class")


def _legend(figure: Figure, axes: Axes, place: Literal["best", "lower left"] = "best") -> None:
    """Name the lines: within the axes, or beside them if they are many."""
    handles, labels = axes.get_legend_handles_labels()
    if len(labels) > _MOST_WITHIN:
        figure.legend(handles, labels, loc="outside right upper", frameon=False, fontsize=8)
    else:
        axes.legend(loc=place, frameon=False, fontsize=9)
