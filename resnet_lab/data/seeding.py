"""Seeded shuffling and augmentation: every random draw depends on a key alone, never on earlier draws.

Both arms therefore see bit-identical batches. The number of workers, prefetching and resuming change no bit.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch.utils.data import Sampler, SequentialSampler

# Purpose of a draw. It is part of the key, so that two purposes never share a random stream.
_ORDER, _AUGMENTATION = 0, 1

SampleKey = tuple[int, int]
"""(epoch, position in the split) of one training sample."""


def _derive_seed(seed: int, purpose: int, *key: int) -> int:
    """Mix a key into a seed of 32 bits. Torch's CPU generator keeps no more of a seed."""
    return int(np.random.SeedSequence((seed, purpose, *key)).generate_state(1, np.uint32)[0])


def epoch_permutation(size: int, *, seed: int, epoch: int) -> list[int]:
    """Return a permutation of the positions ``0 .. size - 1``. It depends on the arguments alone.

    >>> epoch_permutation(5, seed=0, epoch=0) == epoch_permutation(5, seed=0, epoch=0)
    True
    """
    generator = torch.Generator().manual_seed(_derive_seed(seed, _ORDER, epoch))
    return torch.randperm(size, generator=generator).tolist()


@contextmanager
def augmentation_rng(*, seed: int, epoch: int, position: int) -> Iterator[None]:
    """Seed torch's default CPU generator for the augmentation of one sample. Restore its state afterwards.

    torchvision's transforms (0.29) take no generator of their own, so each sample borrows the default one.
    """
    with torch.random.fork_rng(devices=[]):
        # torch.manual_seed would also reseed every accelerator, for each image.
        torch.default_generator.manual_seed(_derive_seed(seed, _AUGMENTATION, epoch, position))
        yield


class FixedShuffleSampler(SequentialSampler):
    """Yield the permutation of epoch 0 in every epoch.

    Any part of it represents the whole split, whatever the order of the classes. It subclasses SequentialSampler so
    that Lightning (2.6) leaves it in place when it overfits a few batches.

    Args:
        size: Number of samples.
        seed: Seed of the permutation.

    Attributes:
        skip: As in :class:`EpochShuffleSampler`.
    """

    def __init__(self, size: int, *, seed: int) -> None:
        super().__init__(range(size))
        self.seed = seed
        self.skip = 0

    def __iter__(self) -> Iterator[int]:
        skip, self.skip = self.skip, 0
        yield from epoch_permutation(len(self), seed=self.seed, epoch=0)[skip:]


class EpochShuffleSampler(Sampler[SampleKey]):
    """Yield the keys ``(epoch, position)`` of one epoch, shuffled by ``(seed, epoch)``.

    Each key carries the epoch, because a worker process does not see ``set_epoch``. Lightning calls ``set_epoch``
    before each epoch.

    Args:
        size: Number of samples.
        seed: Seed of the permutations.
        epoch: Epoch of the first iteration.

    Attributes:
        skip: Number of keys that the next iteration leaves out at its start. Later iterations are complete.
    """

    def __init__(self, size: int, *, seed: int, epoch: int = 0) -> None:
        self.size = size
        self.seed = seed
        self.epoch = epoch
        self.skip = 0

    def __len__(self) -> int:
        return self.size

    # A generator, since torch's loader (2.14) makes two iterators and uses only the second.
    def __iter__(self) -> Iterator[SampleKey]:
        epoch, skip, self.skip = self.epoch, self.skip, 0
        for position in epoch_permutation(self.size, seed=self.seed, epoch=epoch)[skip:]:
            yield epoch, position

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next iteration."""
        self.epoch = epoch
