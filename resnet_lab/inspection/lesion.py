"""What a network can do without: accuracy with blocks removed (Veit, Wilber, Belongie 2016, arXiv:1605.06431)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
import torch
from torch import Tensor

from resnet_lab.inspection.batchnorm_statistics import running_statistics
from resnet_lab.model.backbone import ResNet
from resnet_lab.model.backbone_parts import blocks, head, keeps_shape, stem, without_branch

Batches = Sequence[tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Lesion:
    """Which blocks were removed, and how many images of ``n`` are still classified right.

    ``shape_changing`` of the blocks change the shape: their shortcut is no identity. ``draw`` counts the sets of
    equally many blocks, from 1.
    """

    blocks: tuple[str, ...]
    draw: int
    shape_changing: int
    correct: int
    n: int

    @property
    def accuracy(self) -> float:
        """Top-1."""
        return self.correct / self.n


def removable(net: ResNet) -> list[str]:
    """Return the blocks that can be removed: in a residual net all, in a plain one those that keep the shape."""
    return [name for name, block in blocks(net).items() if block.downsample is not None or keeps_shape(block)]


def logits_without(net: ResNet, images: Tensor, removed: Collection[str]) -> Tensor:
    """Return logits ``(B, K)`` of the network without the branches of some blocks.

    Of a residual block its shortcut is left, of a plain one the identity. The network itself is not touched.

    Args:
        net: The network; its mode says which statistics BatchNorm uses.
        images: ``(B, 3, H, W)``, normalised.
        removed: Names of blocks.
    """
    return _from_block(net, 0, stem(net, images), removed)


def single_lesions(net: ResNet, batches: Batches) -> Iterator[Lesion]:
    """Yield the intact network, and then it without each block that can be removed, from the input on.

    What reaches a block is kept for all images, so that only the rest of the network is computed anew.

    Args:
        net: The network; nothing of it changes.
        batches: Images ``(B, 3, H, W)``, normalised, and class indices ``(B,)``.
    """
    reached = _stems(net, batches)
    yield _lesion(net, 0, reached, batches, (), draw=0)
    can_be_removed = removable(net)
    for position, name in enumerate(blocks(net)):
        if name in can_be_removed:
            yield _lesion(net, position, reached, batches, (name,), draw=can_be_removed.index(name) + 1)
        reached = _advance(net, name, reached)


def random_lesions(net: ResNet, batches: Batches, *, draws: int, seed: int) -> Iterator[Lesion]:
    """Yield the network without k of its blocks that keep the shape, drawn at random, for k from 2 to all of them.

    All k come once before any comes twice. Twins lose the same blocks: only those count that either arm can do
    without, and the draws hang on seed, k and draw alone.

    Args:
        net: The network; nothing of it changes.
        batches: As in :func:`single_lesions`.
        draws: Sets for each k; fewer where there are not as many.
        seed: Key of the draws.
    """
    names = [name for name, block in blocks(net).items() if keeps_shape(block)]
    reached = _stems(net, batches)
    for draw, removed in random_sets(names, draws=draws, seed=seed):
        yield _lesion(net, 0, reached, batches, removed, draw=draw)


def random_sets(names: Sequence[str], *, draws: int, seed: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield ``(draw, names)``: sets of 2 to all names, each in the order of ``names``; none twice.

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
    """Return how many sets :func:`random_sets` yields of ``size`` names.

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
def _advance(net: ResNet, name: str, reached: list[Tensor]) -> list[Tensor]:
    with running_statistics(net):
        return [blocks(net)[name](features) for features in reached]


@torch.inference_mode()
def _lesion(
    net: ResNet, position: int, reached: Sequence[Tensor], batches: Batches, removed: tuple[str, ...], *, draw: int
) -> Lesion:
    """Finish the network from what reaches the block at ``position``."""
    with running_statistics(net):
        correct = sum(
            int((_from_block(net, position, features, removed).argmax(dim=1) == labels).sum())
            for features, (_, labels) in zip(reached, batches, strict=True)
        )
    changing = sum(not keeps_shape(blocks(net)[name]) for name in removed)
    return Lesion(removed, draw, changing, correct, sum(len(labels) for _, labels in batches))


def _from_block(net: ResNet, position: int, features: Tensor, removed: Collection[str]) -> Tensor:
    for name, block in list(blocks(net).items())[position:]:
        features = without_branch(block, features) if name in removed else block(features)
    return head(net, features)
