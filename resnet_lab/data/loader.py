"""The DataLoader of this package: uint8 between processes, normalised floats to whoever iterates it."""

from collections.abc import Iterator

from torch import Tensor
from torch.utils.data import DataLoader

from resnet_lab.data.images import Sample
from resnet_lab.data.pixels import normalise


class NormalisingLoader(DataLoader[Sample]):
    """Batches of normalised images, float32 ``(B, 3, H, W)``, and class indices ``(B,)``.

    Workers hand over uint8, a quarter of the size: four prefetched batches of 32 at 224 pixels take 19 MB of
    shared memory instead of 77, and a container's default is 64.
    """

    # A generator: nothing is read ahead before the first batch is asked for, by when set_epoch has been called.
    # (Lightning 2.6 calls iter() first and set_epoch second when it resumes.)
    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:  # type: ignore[override]
        for images, labels in super().__iter__():
            yield normalise(images), labels
