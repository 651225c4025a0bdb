"""The DataLoader of this package: uint8 between processes, normalised floats to whoever iterates it."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from resnet_lab.data.images import Sample
from resnet_lab.data.normalization import Normalisation
from resnet_lab.data.worker_start import worker_options

_CPU = torch.device("cpu")


class NormalisingLoader(DataLoader[Sample]):
    """Batches of normalised images, float32 ``(B, 3, H, W)``, and class indices ``(B,)``.

    Workers hand over uint8, a quarter of the size: four prefetched batches of 32 at 224 pixels take 19 MB of
    shared memory instead of 77, and a container's default is 64. They go to ``device`` as uint8 too, where
    that is CUDA from pinned memory and beside the computation, and become floats there.

    An iteration can be left and taken up again at any batch: :meth:`state_dict` and :meth:`load_state_dict`, which
    Lightning calls when a fit is resumed within an epoch.

    Args:
        dataset: uint8 images and class indices.
        normalisation: What maps images to floats.
        device: Where the batches are wanted.
        options: Of :class:`DataLoader`; to be taken up within an iteration it needs a sampler with ``first``.
    """

    def __init__(
        self,
        dataset: Dataset[Sample],
        normalisation: Normalisation,
        device: torch.device = _CPU,
        **options: Any,
    ) -> None:
        options = {"pin_memory": device.type == "cuda", **options, **worker_options(options.get("num_workers", 0))}
        super().__init__(dataset, **options)
        self.normalisation = normalisation
        self.device = device
        self._first = self._done = 0

    # A generator: nothing is read ahead before the first batch is asked for, by when set_epoch has been called.
    # (Lightning 2.6 calls iter() first and set_epoch second when it resumes.)
    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:  # type: ignore[override]
        self._done, self._first = self._first, 0
        for images, labels in super().__iter__():
            images, labels = (tensor.to(self.device, non_blocking=True) for tensor in (images, labels))
            self._done += 1
            yield self.normalisation(images), labels

    def state_dict(self) -> dict[str, int]:
        """Return how many batches of this iteration were handed over; not those that workers have read ahead."""
        return {"batches": self._done}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Have the next iteration begin after the batches of :meth:`state_dict`; those are not decoded."""
        assert self.batch_size is not None
        self._first = state["batches"]
        self.sampler.first = self._first * self.batch_size  # type: ignore[attr-defined]
