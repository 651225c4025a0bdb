"""How several processes share one order of images: whole batches, dealt in turn, none padded."""

import math
from collections.abc import Iterator
from typing import Any

from torch.utils.data import DistributedSampler, Sampler
from typing_extensions import override

from resnet_lab.data.seeding import KeyedSampler
from resnet_lab.errors import InputError


class DealtSampler(DistributedSampler[Any]):
    """Yield what one of several processes takes of an order: every ``processes``-th batch of it.

    Torch's own DistributedSampler repeats images until all processes have as many. This one is a DistributedSampler
    by name, so that Lightning (2.6) leaves it in place.

    Args:
        order: Yields the whole order.
        batch_size: Images in a batch.
        process: Number of the process, from 0.
        processes: How many there are.
        evenly: Whether all take as many full batches, and what is left over at the end is left out. Training steps are
            taken together; an evaluation can be uneven.
    """

    def __init__(self, order: Sampler[Any], batch_size: int, *, process: int, processes: int, evenly: bool) -> None:
        super().__init__(order, processes, process, shuffle=False)  # type: ignore[arg-type]  # only its length counts
        self.order: Any = order
        self.batch_size = batch_size
        self.evenly = evenly
        self.first = 0
        """As in :class:`KeyedSampler`, counted in this process's own images."""

    @property
    def _starts(self) -> range:
        """Where the batches of this process begin in the order."""
        size, turn = len(self.order), self.batch_size * self.num_replicas
        return range(self.rank * self.batch_size, size - size % turn if self.evenly else size, turn)

    @override
    def __len__(self) -> int:
        return sum(min(self.batch_size, len(self.order) - start) for start in self._starts)

    @override
    def __iter__(self) -> Iterator[Any]:
        first, self.first = self.first, 0
        order = list(self.order)
        yield from [key for start in self._starts for key in order[start : start + self.batch_size]][first:]

    @override
    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch that the next iteration yields, where the order depends on it."""
        if isinstance(self.order, KeyedSampler):
            self.order.set_epoch(epoch)


def refuse_too_few(split: str, images: int, batch_size: int, processes: int, *, evenly: bool) -> None:
    """Refuse a split that does not give every process a batch.

    Raises:
        InputError: It has fewer batches than there are processes.
    """
    batches = images // batch_size if evenly else math.ceil(images / batch_size)
    if batches < processes:
        kind = "full batches" if evenly else "batches"
        raise InputError(
            f"The {split} split has {images} images, which make {batches} {kind} of {batch_size}, and each of "
            f"the {processes} processes needs one: choose a smaller data.batch_size or fewer trainer.devices."
        )
