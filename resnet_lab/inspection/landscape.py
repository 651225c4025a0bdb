"""Measurements ``landscape`` and ``plane``: loss around a trained network (Li et al. 2018, arXiv:1712.09913)."""

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import fmean

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

from resnet_lab.inspection.batchnorm_statistics import running_statistics
from resnet_lab.inspection.measurement import Measurement, MeasurementInput, MeasurementRow, MeasurementRows

Batches = Sequence[tuple[Tensor, Tensor]]
Direction = Mapping[str, Tensor]
"""Directions by the names of the parameters that move; each has the shape of its parameter."""

_SIDE = 10
_STRIDES = (10, 5, 2, 1)
"""Steps on each side of the network, and the strides in which they are visited: coarse first."""


def random_direction(net: nn.Module, *, seed: int, run_seed: int, axis: int) -> dict[str, Tensor]:
    r"""Return a random direction in the space of the weights, with filter normalization (Li et al. 2018, section 4).

    Each weight of a convolution, ``(O, I, h, w)``, and of the head, ``(O, I)``, gets a draw d from a standard normal
    distribution. Each filter of d is scaled to the norm of the filter of the weight:
    :math:`d_o \leftarrow d_o \|w_o\| / \|d_o\|`. Biases and the parameters of BatchNorm do not move, as in the code of
    the authors. The draw depends only on the seeds, the axis, and the name and shape of the parameter. So twins have
    the same draw wherever names and shapes agree, and each is scaled to its own weights.

    Args:
        net: The network.
        seed: Key of all draws.
        run_seed: Seed of the run: pairs of different seeds have different directions.
        axis: Number of the direction: 0, or 1 for the second direction of a plane.
    """
    return {
        name: _filter_normalized(weight.detach(), f"{seed} {run_seed} {axis} {name} {tuple(weight.shape)}")
        for name, weight in net.named_parameters()
        if weight.dim() > 1
    }


def loss_and_accuracy(
    net: nn.Module, offsets: Iterable[tuple[float, Direction]], batches: Batches
) -> tuple[float | None, float]:
    """Return mean cross-entropy in nats and top-1 accuracy of the network with moved weights.

    BatchNorm normalizes by the running statistics that the training left, as in evaluation. The loss has no weight
    decay and no label smoothing. It is None where float32 overflows.

    Args:
        net: The network; it stays as it was.
        offsets: Pairs of a length and a direction; all are added to the weights.
        batches: Images ``(B, 3, H, W)``, normalized, and class indices ``(B,)``.
    """
    total, correct, count = 0.0, 0, 0
    with running_statistics(net), torch.inference_mode():
        moved: dict[str, Tensor] = dict(net.named_parameters())
        for length, direction in offsets:
            for name, along in direction.items():
                moved[name] = torch.add(moved[name], along, alpha=length)
        for images, labels in batches:
            logits = functional_call(net, moved, (images,)).double()
            total += float(F.cross_entropy(logits, labels, reduction="sum"))
            correct += int((logits.argmax(dim=1) == labels).sum())
            count += len(labels)
    return (total / count if math.isfinite(total) else None), correct / count


def coarse_to_fine(axes: int) -> list[tuple[float, ...]]:
    """Return the points of a line (axes 1) or a plane (axes 2) from -1 to 1 in steps of 0.1, the center first.

    Every part of the list that a time budget may leave covers the whole range, only more coarsely.

    >>> coarse_to_fine(1)[:6], len(coarse_to_fine(1)), len(coarse_to_fine(2))
    ([(0.0,), (-1.0,), (1.0,), (-0.5,), (0.5,), (-0.8,)], 21, 441)
    """
    points: dict[tuple[float, ...], None] = {(0.0,) * axes: None}
    for stride in _STRIDES:
        steps = [step / _SIDE for step in range(-_SIDE, _SIDE + 1, stride)]
        grid = [(x,) for x in steps] if axes == 1 else [(x, y) for y in steps for x in steps]
        points.update(dict.fromkeys(grid))
    return list(points)


def _filter_normalized(weight: Tensor, key: str) -> Tensor:
    """Draw a direction for a weight ``(O, ...)`` by a key; a filter of zeros does not move."""
    seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:7], "big")
    drawn = torch.randn(weight.shape, generator=torch.Generator().manual_seed(seed))
    along = torch.empty_like(weight).copy_(drawn)  # on the device and in the layout of the weight
    norms = [w.flatten(1).norm(dim=1).view(-1, *[1] * (weight.dim() - 1)) for w in (weight, along)]
    return along * (norms[0] / norms[1])


def _measure(given: MeasurementInput, axes: int) -> tuple[list[MeasurementRow], str | None]:
    """Measure along one axis or two; the other measurements that the budget cuts get equal parts of it."""
    name, columns = ("landscape", "plane")[axes - 1], ("x", "y")[:axes]
    waiting = sum(what in given.options.what for what in ("landscape", "plane", "lesion")[axes:])
    points = coarse_to_fine(axes)
    directions = [
        random_direction(given.trained, seed=given.options.seed, run_seed=given.run_seed, axis=axis)
        for axis in range(axes)
    ]

    def measured() -> Iterator[MeasurementRow]:
        for point in points:
            loss, accuracy = loss_and_accuracy(given.trained, zip(point, directions, strict=True), given.batches)
            yield {
                "checkpoint": given.checkpoint,
                **dict(zip(columns, point, strict=True)),
                "loss": None if loss is None else float(f"{loss:.9g}"),
                "accuracy": float(f"{accuracy:.9g}"),
                "n": sum(len(labels) for _, labels in given.batches),
            }

    shown = given.show_progress(measured(), name, len(points))
    rows = list(given.budget.part(1 / (1 + waiting)).spend_on(shown))
    cut = f"{len(rows)} of {len(points)} points" if len(rows) < len(points) else None
    return sorted(rows, key=lambda row: [row[column] for column in reversed(columns)]), cut


def _summarize_line(rows: MeasurementRows) -> str:
    parts = []
    for distance in (0.0, 0.1, 0.5, 1.0):
        chosen = [row for row in rows if abs(row["x"]) == distance]
        losses = [row["loss"] for row in chosen]
        if losses:
            where = f"at {distance:g} filter norms" if distance else "at the trained weights"
            loss = "an overflow" if None in losses else f"{fmean(losses):.3g}"
            parts.append(f"loss {loss}, accuracy {fmean(row['accuracy'] for row in chosen):.1%} {where}")
    return "; ".join(parts)


def _summarize_plane(rows: MeasurementRows) -> str:
    losses = [row["loss"] for row in rows if row["loss"] is not None]
    overflows = f"; {len(rows) - len(losses)} overflow" if len(losses) < len(rows) else ""
    if not losses:
        return f"{len(rows)} points, all overflow"
    return f"loss {min(losses):.3g} to {max(losses):.3g} over {len(rows)} points{overflows}"


LANDSCAPE = Measurement(
    name="landscape",
    what="landscape",
    columns=("checkpoint", "x", "loss", "accuracy", "n"),
    batchnorm="running statistics",
    measure=lambda given: _measure(given, 1),
    summarize=_summarize_line,
)
PLANE = Measurement(
    name="plane",
    what="plane",
    columns=("checkpoint", "x", "y", "loss", "accuracy", "n"),
    batchnorm="running statistics",
    measure=lambda given: _measure(given, 2),
    summarize=_summarize_plane,
)
