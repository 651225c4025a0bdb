"""Measurement ``lesion``: accuracy with blocks removed (Veit, Wilber, Belongie 2016, arXiv:1605.06431)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from math import comb
from statistics import mean

import numpy as np
import torch
from torch import Tensor

from resnet_lab.inspection.batchnorm_statistics import running_statistics
from resnet_lab.inspection.measurement import Measurement, MeasurementInput, MeasurementRow, MeasurementRows
from resnet_lab.model.backbone import ResNet
from resnet_lab.model.backbone_parts import blocks, head, keeps_shape, shortcuts, stem, without_branch
from resnet_lab.runs.lesions import accuracies_by_number, intact_accuracy, single_accuracies

Batches = Sequence[tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Lesion:
    """A set of removed blocks, and the number of images that are still classified correctly.

    Attributes:
        blocks: Names of the removed blocks.
        draw: Number of the set among the sets of equally many blocks, from 1; 0 for no removed block.
        shape_changing: Number of removed blocks that change the shape: their shortcut is not the identity.
        correct: Number of correctly classified images.
        n: Number of images.
    """

    blocks: tuple[str, ...]
    draw: int
    shape_changing: int
    correct: int
    n: int

    @property
    def accuracy(self) -> float:
        """Top-1 accuracy."""
        return self.correct / self.n


def removable(net: ResNet) -> list[str]:
    """Return the blocks that can be removed: all blocks of a residual net, in a plain net those that keep the shape."""
    return [name for name, block in blocks(net).items() if shortcuts(block) or keeps_shape(block)]


def logits_without(net: ResNet, images: Tensor, removed: Collection[str]) -> Tensor:
    """Return logits ``(B, K)`` of the network without the branches of some blocks.

    A removed residual block is replaced by its shortcut, with its weight, a removed plain block by the identity. With
    span 1, a block has two branches, and both are removed. The network itself is not changed.

    Args:
        net: The network; its mode decides which statistics BatchNorm uses.
        images: ``(B, 3, H, W)``, normalized.
        removed: Names of blocks.
    """
    return _from_block(net, 0, stem(net, images), removed)


def single_lesions(net: ResNet, batches: Batches) -> Iterator[Lesion]:
    """Yield the intact network, and then the network without each removable block, from the input on.

    The input of the current block is kept for all images, so that only the rest of the network is computed again.

    Args:
        net: The network; it stays as it was.
        batches: Images ``(B, 3, H, W)``, normalized, and class indices ``(B,)``.
    """
    inputs = _stems(net, batches)
    yield _lesion(net, 0, inputs, batches, (), draw=0)
    can_be_removed = removable(net)
    for position, name in enumerate(blocks(net)):
        if name in can_be_removed:
            yield _lesion(net, position, inputs, batches, (name,), draw=can_be_removed.index(name) + 1)
        inputs = _advance(net, name, inputs)


def random_lesions(net: ResNet, batches: Batches, *, draws: int, seed: int) -> Iterator[Lesion]:
    """Yield the network without k random blocks that keep the shape, for k from 2 to all of them.

    The first draw covers every k, then the second, and so on. Both arms lose the same blocks: only blocks that either
    arm can do without are drawn, and the draws depend only on seed, k and draw.

    Args:
        net: The network; it stays as it was.
        batches: As in :func:`single_lesions`.
        draws: Number of sets for each k; fewer where fewer exist.
        seed: Key of the draws.
    """
    names = [name for name, block in blocks(net).items() if keeps_shape(block)]
    inputs = _stems(net, batches)
    for draw, removed in random_sets(names, draws=draws, seed=seed):
        yield _lesion(net, 0, inputs, batches, removed, draw=draw)


def random_sets(names: Sequence[str], *, draws: int, seed: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield ``(draw, names)``: sets of 2 to all names, each in the order of ``names``, no set twice.

    >>> sorted(" ".join(names) for _, names in random_sets("abc", draws=9, seed=0))
    ['a b', 'a b c', 'a c', 'b c']
    """
    drawn: dict[int, list[tuple[int, ...]]] = {k: [] for k in range(2, len(names) + 1)}
    streams = {k: np.random.default_rng((seed, k)) for k in drawn}
    for draw in range(1, draws + 1):
        for k, sets in drawn.items():
            if draw > comb(len(names), k):
                continue
            while (chosen := _choose(streams[k], len(names), k)) in sets:
                pass
            sets.append(chosen)
            yield draw, tuple(names[i] for i in chosen)


def count_random_sets(size: int, draws: int) -> int:
    """Return the number of sets that :func:`random_sets` yields for ``size`` names.

    >>> count_random_sets(3, 9), len(list(random_sets("abc", draws=9, seed=0)))
    (4, 4)
    """
    return sum(min(draws, comb(size, k)) for k in range(2, size + 1))


def _choose(stream: np.random.Generator, size: int, k: int) -> tuple[int, ...]:
    return tuple(sorted(stream.choice(size, k, replace=False).tolist()))


@torch.inference_mode()
def _stems(net: ResNet, batches: Batches) -> list[Tensor]:
    with running_statistics(net):
        return [stem(net, images) for images, _ in batches]


@torch.inference_mode()
def _advance(net: ResNet, name: str, inputs: list[Tensor]) -> list[Tensor]:
    with running_statistics(net):
        return [blocks(net)[name](features) for features in inputs]


@torch.inference_mode()
def _lesion(
    net: ResNet, position: int, inputs: Sequence[Tensor], batches: Batches, removed: tuple[str, ...], *, draw: int
) -> Lesion:
    """Run the network from the block at ``position`` on; ``inputs`` are the inputs of that block, by batch."""
    with running_statistics(net):
        correct = sum(
            int((_from_block(net, position, features, removed).argmax(dim=1) == labels).sum())
            for features, (_, labels) in zip(inputs, batches, strict=True)
        )
    changing = sum(not keeps_shape(blocks(net)[name]) for name in removed)
    return Lesion(removed, draw, changing, correct, sum(len(labels) for _, labels in batches))


def _from_block(net: ResNet, position: int, features: Tensor, removed: Collection[str]) -> Tensor:
    for name, block in list(blocks(net).items())[position:]:
        features = without_branch(block, features) if name in removed else block(features)
    return head(net, features)


def _measure(given: MeasurementInput) -> tuple[list[MeasurementRow], str | None]:
    net, options = given.trained, given.options
    single = 1 + len(removable(net))
    random = count_random_sets(sum(map(keeps_shape, blocks(net).values())), options.draws)
    lesions = chain(
        single_lesions(net, given.batches), random_lesions(net, given.batches, draws=options.draws, seed=options.seed)
    )
    kept = list(given.budget.spend_on(given.show_progress(lesions, "lesion", single + random)))
    cut = None
    if len(kept) < single + random:
        singles = min(len(kept), single) - 1
        cut = f"{singles} of {single - 1} single blocks, {len(kept) - singles - 1} of {random} random sets of blocks"
    return [_row(lesion, given.checkpoint) for lesion in kept], cut


def _row(lesion: Lesion, checkpoint: str) -> MeasurementRow:
    return {
        "checkpoint": checkpoint,
        "removed": len(lesion.blocks),
        "blocks": " ".join(lesion.blocks),
        "draw": lesion.draw,
        "accuracy": float(f"{lesion.accuracy:.9g}"),
        "n": lesion.n,
        "shape_changing": lesion.shape_changing,
    }


def _summarize(rows: MeasurementRows) -> str:
    parts = [f"accuracy {intact_accuracy(rows):.1%} of {rows[0]['n']} images"]
    singles = single_accuracies(rows)
    for changes, kind in ((False, "that keeps the shape"), (True, "that changes it")):
        accuracies = {name: accuracy for name, (accuracy, changing) in singles.items() if changing == changes}
        if accuracies:
            worst = min(accuracies, key=accuracies.__getitem__)
            parts.append(
                f"without one block {kind} {accuracies[worst]:.1%} ({worst}) to {max(accuracies.values()):.1%}, "
                f"mean {mean(accuracies.values()):.1%}"
            )
    curve = {k: values for k, values in accuracies_by_number(rows).items() if k > 1}
    if curve:
        half = min(curve, key=lambda k: abs(k - max(curve) / 2))
        sets = f"{len(curve[half])} set{'s' * (len(curve[half]) > 1)}"
        parts.append(f"without {half} at random {mean(curve[half]):.1%} (mean of {sets})")
    return "; ".join(parts)


LESION = Measurement(
    name="lesion",
    what="lesion",
    columns=("checkpoint", "removed", "blocks", "draw", "accuracy", "n", "shape_changing"),
    batchnorm="running statistics",
    measure=_measure,
    summarize=_summarize,
)
