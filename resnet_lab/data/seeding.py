"""Randomness that is keyed, not consumed: what is drawn depends on a key, never on what was drawn before.

So both arms see bit-identical batches, and the number of workers, read-ahead and resuming change nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch.utils.data import Sampler, SequentialSampler

# What a draw is for; part of its key, so that two purposes never share a stream.
_ORDER, _AUGMENTATION = 0, 1

Key = tuple[int, int]
"""(epoch, position in the split) of one training sample."""


def _derive(seed: int, purpose: int, *key: int) -> int:
    """Mix a key into 32 bits, which is what torch's CPU generator keeps of a seed."""
    return int(np.random.SeedSequence((seed, purpose, *key)).generate_state(1, np.uint32)[0])


def epoch_order(size: int, *, seed: int, epoch: int) -> list[int]:
    """Return the order of positions ``0 .. size - 1`` in one epoch; it depends on the arguments alone.

    >>> epoch_order(5, seed=0, epoch=0) == epoch_order(5, seed=0, epoch=0)
    True
    """
    generator = torch.Generator().manual_seed(_derive(seed, _ORDER, epoch))
    return torch.randperm(size, generator=generator).tolist()


@contextmanager
def augmentation_stream(*, seed: int, epoch: int, position: int) -> Iterator[None]:
    """Seed torch's default CPU generator for one sample's augmentation, and restore it afterwards.

    torchvision's transforms take no generator of their own (0.29), so the default one is lent to the sample.
    """
    with torch.random.fork_rng(devices=[]):
        # Not torch.manual_seed, which would reseed every accelerator as well, for each image.
        torch.default_generator.manual_seed(_derive(seed, _AUGMENTATION, epoch, position))
        yield


class FixedShuffle(SequentialSampler):
    """Yield the order of epoch 0 in every epoch: a part of it stands for the whole, whatever the order of classes.

    It is sequential by name, so that Lightning (2.6) leaves it in place when it overfits a few batches. ``first`` is as
    in :class:`KeyedSampler`.
    """

    def __init__(self, size: int, *, seed: int) -> None:
        super().__init__(range(size))
        self.seed = seed
        self.first = 0

    def __iter__(self) -> Iterator[int]:
        first, self.first = self.first, 0
        yield from epoch_order(len(self), seed=self.seed, epoch=0)[first:]


class KeyedSampler(Sampler[Key]):
    """Yield the keys ``(epoch, position)`` of one epoch, shuffled by ``(seed, epoch)``.

    The epoch travels with each index, since a worker process would not hear of ``set_epoch``.
    Lightning calls ``set_epoch`` before each epoch.

    The next iteration leaves out the first ``first`` keys; those after it are whole again. It is a generator, since
    torch's loader (2.14) makes two iterators and uses the second one.
    """

    def __init__(self, size: int, *, seed: int, epoch: int = 0) -> None:
        self.size = size
        self.seed = seed
        self.epoch = epoch
        self.first = 0

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[Key]:
        epoch, first, self.first = self.epoch, self.first, 0
        for position in epoch_order(self.size, seed=self.seed, epoch=epoch)[first:]:
            yield epoch, position

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch that the next iteration yields."""
        self.epoch = epoch
