"""What is measured of one run, written into its ``inspect/`` folder: docs/run-folder.md describes the files."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from time import perf_counter
from typing import Any

import torch
from torch import Tensor

from resnet_lab.files import read_json, write_csv, write_json
from resnet_lab.hardware import describe_hardware
from resnet_lab.inspection.gradient_profile import gradient_norms
from resnet_lab.inspection.input_gradients import input_gradient_correlations
from resnet_lab.inspection.inspected_run import Subject
from resnet_lab.inspection.lesion import Lesion, count_random_sets, random_lesions, removable, single_lesions
from resnet_lab.inspection.response_profile import response_deviations
from resnet_lab.inspection.sample import BATCH_SIZE, FixedSample
from resnet_lab.inspection.time_budget import TimeBudget
from resnet_lab.model.backbone import ResNet
from resnet_lab.model.backbone_parts import blocks, keeps_shape
from resnet_lab.provenance import describe_software, git_commit

FOLDER = "inspect"
COLUMNS = {
    "gradients": ("checkpoint", "layer", "position", "norm"),
    "input_gradients": ("checkpoint", "block", "position", "correlation", "images"),
    "responses": ("checkpoint", "layer", "position", "std"),
    "lesion": ("checkpoint", "removed", "blocks", "draw", "accuracy", "n", "shape_changing"),
}
_PARTS = {"gradients": ("gradients", "input_gradients"), "responses": ("responses",), "lesion": ("lesion",)}
_BATCHNORM = {
    "gradients": f"statistics of the batch (about {BATCH_SIZE} images), gradients through them",
    "input_gradients": f"statistics of the batch (about {BATCH_SIZE} images), held constant",
    "responses": "running statistics",
    "lesion": "running statistics",
}
_INPUT_GRADIENTS_SHARE = 1 / 3
"""Of the time that is left when they begin; the rest is for lesions."""

Row = dict[str, Any]
Tables = dict[str, list[Row]]
"""Rows of the CSV files, by file."""
Measured = tuple[list[Row], str | None]
"""Rows, and what the budget left out, if it did."""
Display = Callable[[Iterable[Any], str, int], Iterable[Any]]
"""Shows how far a measurement is: takes its steps, its name, and how many steps there are."""


@dataclass(frozen=True)
class Request:
    """What was asked for.

    Attributes:
        what: Of ``gradients``, ``responses``, ``lesion``.
        images: Size of the sample.
        draws: Random sets of blocks for each number of them.
        seed: Key of the sample and of all draws.
        budget_minutes: Of the whole command.
    """

    what: tuple[str, ...]
    images: int
    draws: int
    seed: int
    budget_minutes: float | None


def inspect_run(
    subject: Subject, sample: FixedSample, request: Request, device: torch.device, budget: TimeBudget, display: Display
) -> Tables:
    """Measure what was asked for, in float32; write each measurement once it is whole, and return all rows.

    Args:
        subject: The run.
        sample: The images.
        request: What is wanted.
        device: What it is computed on.
        budget: How long images and lesions may be added.
        display: Shows the progress.
    """
    nets = {"initial": subject.initial.to(device), subject.which: subject.trained.to(device)}
    batches = sample.batches(subject.normalisation, device)
    inspection = _Inspection(nets, subject.which, batches, request, budget, display)
    tables: Tables = {}
    for name in chain.from_iterable(_PARTS[what] for what in request.what):
        start = perf_counter()
        rows, cut = getattr(inspection, name)()
        tables[name] = rows
        write_csv(subject.run.path / FOLDER / f"{name}.csv", COLUMNS[name], rows)
        facts = {
            "measured": datetime.now(UTC).isoformat(timespec="seconds"),
            "asked": {"images": request.images, "draws": request.draws, "budget_minutes": request.budget_minutes},
            "seed": request.seed,
            "sample": {"fingerprint": subject.data.folder.fingerprint, **sample.facts()},
            "batchnorm": _BATCHNORM[name],
            "precision": "float32",
            "checkpoint": subject.checkpoint,
            "seconds": round(perf_counter() - start, 1),
            "cut": cut,
            "hardware": describe_hardware(device),
            "versions": describe_software(),
            "git_commit": git_commit(),
        }
        _record(subject, name, facts)
    return tables


def _record(subject: Subject, name: str, facts: Row) -> None:
    """Say in ``inspect.json`` how a measurement was made, beside those that were made before."""
    path = subject.run.path / FOLDER / "inspect.json"
    before = read_json(path)["measurements"] if path.exists() else {}
    write_json(path, {"format": 1, "measurements": {**before, name: facts}})


@dataclass(frozen=True)
class _Inspection:
    """One method a file."""

    nets: dict[str, ResNet]
    which: str
    batches: Sequence[tuple[Tensor, Tensor]]
    request: Request
    budget: TimeBudget
    display: Display

    def gradients(self) -> Measured:
        rows: list[Row] = []
        for checkpoint, net in self.nets.items():
            norms = gradient_norms(net, self._show(self.batches, f"gradients, {checkpoint}"))
            rows += _by_position(norms, checkpoint=checkpoint, what="layer", value="norm")
        return rows, None

    def input_gradients(self) -> Measured:
        rows: list[Row] = []
        budget, seen = self.budget.part(_INPUT_GRADIENTS_SHARE), {}
        for place, (checkpoint, net) in enumerate(self.nets.items()):
            part = budget.part(1 / (len(self.nets) - place))
            taken: list[int] = []
            batches = _counted(part.spend_on(self.batches), taken)
            shown = self._show(batches, f"input gradients, {checkpoint}", len(self.batches))
            correlations = input_gradient_correlations(net, shown, seed=self.request.seed)
            seen[checkpoint] = sum(taken)
            rows += [
                {**row, "images": seen[checkpoint]}
                for row in _by_position(correlations, checkpoint=checkpoint, what="block", value="correlation")
            ]
        wanted = sum(len(labels) for _, labels in self.batches)
        cut = [f"{n} of {wanted} images ({checkpoint})" for checkpoint, n in seen.items() if n < wanted]
        return rows, "; ".join(cut) or None

    def responses(self) -> Measured:
        deviations = response_deviations(self.nets[self.which], self._show(self.batches, "responses"))
        return _by_position(deviations, checkpoint=self.which, what="layer", value="std"), None

    def lesion(self) -> Measured:
        net, request = self.nets[self.which], self.request
        single = 1 + len(removable(net))
        random = count_random_sets(sum(map(keeps_shape, blocks(net).values())), request.draws)
        lesions = chain(
            single_lesions(net, self.batches), random_lesions(net, self.batches, draws=request.draws, seed=request.seed)
        )
        kept = list(self.budget.spend_on(self._show(lesions, "lesion", single + random)))
        cut = None
        if len(kept) < single + random:
            singles = min(len(kept), single) - 1
            cut = (
                f"{singles} of {single - 1} single blocks, {len(kept) - singles - 1} of {random} random sets of blocks"
            )
        return [_lesion_row(lesion, self.which) for lesion in kept], cut

    def _show(self, steps: Iterable[Any], name: str, count: int | None = None) -> Iterable[Any]:
        return self.display(steps, name, len(self.batches) if count is None else count)


def _by_position(values: dict[str, Any], *, checkpoint: str, what: str, value: str) -> list[Row]:
    return [
        {
            "checkpoint": checkpoint,
            what: name,
            "position": position,
            value: None if number is None else float(f"{number:.9g}"),
        }
        for position, (name, number) in enumerate(values.items(), start=1)
    ]


def _counted(batches: Iterable[tuple[Tensor, Tensor]], taken: list[int]) -> Iterator[tuple[Tensor, Tensor]]:
    for images, labels in batches:
        taken.append(len(labels))
        yield images, labels


def _lesion_row(lesion: Lesion, checkpoint: str) -> Row:
    return {
        "checkpoint": checkpoint,
        "removed": len(lesion.blocks),
        "blocks": " ".join(lesion.blocks),
        "draw": lesion.draw,
        "accuracy": float(f"{lesion.accuracy:.9g}"),
        "n": lesion.n,
        "shape_changing": lesion.shape_changing,
    }
