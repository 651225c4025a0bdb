"""One split as a dataset: from a position to pixels and a class index."""

from collections.abc import Callable, Sequence
from pathlib import Path

from torch import Tensor
from torch.utils.data import Dataset

from resnet_lab.data.keyed import Key, augmentation_stream
from resnet_lab.data.pixels import load_resized

Sample = tuple[Tensor, int]
"""uint8 ``(3, image_size, image_size)`` and a class index."""


class Images(Dataset[Sample]):
    """The images of one split, each as uint8 pixels ``(3, image_size, image_size)`` with its class index.

    An item is asked for by ``(epoch, position)``: its augmentation depends on that key and the seed alone. A plain
    position means epoch 0.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        labels: Sequence[int],
        image_size: int,
        transform: Callable[[Tensor], Tensor],
        seed: int,
    ) -> None:
        self.paths = paths
        self.labels = labels
        self.image_size = image_size
        self.transform = transform
        self.seed = seed

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, key: Key | int) -> Sample:
        epoch, position = key if isinstance(key, tuple) else (0, key)
        pixels = load_resized(self.paths[position], self.image_size)
        with augmentation_stream(seed=self.seed, epoch=epoch, position=position):
            return self.transform(pixels), self.labels[position]
