"""Shards of an order of images, one per rank: whole batches, dealt in turn, none padded."""

import math
from collections.abc import Iterator
from typing import Any

from torch.utils.data import DistributedSampler, Sampler
from typing_extensions import override

from resnet_lab.data.seeding import EpochShuffleSampler
from resnet_lab.errors import InputError


class BatchShardSampler(DistributedSampler[Any]):
    """Yield the shard of one rank: batches ``rank``, ``rank + world_size``, ``rank + 2 * world_size``, ... of an order.

    Torch's DistributedSampler repeats images until all ranks have equally many. This sampler never repeats an image.
    It subclasses DistributedSampler so that Lightning (2.6) leaves it in place.

    Args:
        order: Sampler that yields the whole order.
        batch_size: Images per batch.
        rank: Rank of this process, from 0.
        world_size: Number of processes.
        drop_last: As in torch's DistributedSampler: drop the tail of the order, so that all ranks get equally many
            full batches. Training needs it, since all ranks step together. Without it no image is dropped: some ranks
            get one batch more, and the last batch may be smaller. That suits an evaluation.

    Attributes:
        skip: As in :class:`EpochShuffleSampler`, counted in images of this rank.
    """

    def __init__(self, order: Sampler[Any], batch_size: int, *, rank: int, world_size: int, drop_last: bool) -> None:
        super().__init__(order, world_size, rank, shuffle=False, drop_last=drop_last)  # type: ignore[arg-type]
        self.order: Any = order  # the base class reads only its length
        self.batch_size = batch_size
        self.skip = 0

    @property
    def _starts(self) -> range:
        """Positions in the order at which the batches of this rank begin."""
        size, turn = len(self.order), self.batch_size * self.num_replicas
        return range(self.rank * self.batch_size, size - size % turn if self.drop_last else size, turn)

    @override
    def __len__(self) -> int:
        return sum(min(self.batch_size, len(self.order) - start) for start in self._starts)

    @override
    def __iter__(self) -> Iterator[Any]:
        skip, self.skip = self.skip, 0
        order = list(self.order)
        yield from [key for start in self._starts for key in order[start : start + self.batch_size]][skip:]

    @override
    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next iteration, if the order depends on the epoch."""
        if isinstance(self.order, EpochShuffleSampler):
            self.order.set_epoch(epoch)


def refuse_too_few_batches(split: str, images: int, batch_size: int, world_size: int, *, drop_last: bool) -> None:
    """Refuse a split with fewer batches than processes.

    Args:
        split: Name of the split, for the message.
        images: Number of images in the split.
        batch_size: Images per batch.
        world_size: Number of processes.
        drop_last: As in :class:`BatchShardSampler`: only full batches count.

    Raises:
        InputError: The split has fewer batches than there are processes.
    """
    batches = images // batch_size if drop_last else math.ceil(images / batch_size)
    if batches < world_size:
        kind = "full batches" if drop_last else "batches"
        raise InputError(
            f"The {split} split has {images} images, which make {batches} {kind} of {batch_size}, and each of "
            f"the {world_size} processes needs one: choose a smaller data.batch_size or fewer trainer.devices."
        )
