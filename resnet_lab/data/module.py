"""The LightningDataModule: one image folder, three splits, batches that both arms share bit for bit."""

from collections import Counter
from collections.abc import Callable
from functools import cached_property
from typing import Any

import lightning.pytorch as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from resnet_lab.data.folder import ImageFolder, read_image_folder
from resnet_lab.data.images import Images
from resnet_lab.data.keyed import KeyedSampler
from resnet_lab.data.loader import NormalisingLoader
from resnet_lab.data.normalisation import IMAGENET, Normalisation, NormaliseBy, normalisation_of
from resnet_lab.data.pixels import Augment, evaluation_transform, training_transform
from resnet_lab.data.sources import resolve_root
from resnet_lab.errors import InputError


class ImageFolderDataModule(pl.LightningDataModule):
    """Photographs in folders, as batches of images ``(B, 3, image_size, image_size)`` and class indices ``(B,)``.

    Args:
        root: ``ROOT/train|val|test/CLASS/*``, or ``ROOT/CLASS/*``, which is split 70/15/15 by content; or
            ``builtin:elpv``, 2,624 real photographs of solar cells.
        batch_size: Images in a batch.
        image_size: Side of the square that the network sees, in pixels.
        num_workers: Processes that decode and augment; they change speed, never a bit.
        seed: Key of the order of each epoch and of each augmentation.
        augment: What training images go through, see :func:`training_transform`.
        normalize: Mean and deviation a channel: ImageNet's, or those of the training split alone, centre-cropped.

    Raises:
        InputError: Values that cannot be used; on first use also a folder that cannot.
    """

    def __init__(
        self,
        root: str,
        batch_size: int,
        image_size: int,
        num_workers: int,
        seed: int,
        augment: Augment = "standard",
        normalize: NormaliseBy = "imagenet",
    ) -> None:
        super().__init__()
        for name, value, lowest in (
            ("batch_size", batch_size, 1),
            ("image_size", image_size, 1),
            ("num_workers", num_workers, 0),
            ("seed", seed, 0),
        ):
            if value < lowest:
                raise InputError(f"data.{name} is {value}; it must be {lowest} or more.")
        self.root = root
        self.batch_size = batch_size
        self.image_size = image_size
        self.num_workers = num_workers
        self.seed = seed
        self.augment = augment
        self.normalize = normalize

    @cached_property
    def folder(self) -> ImageFolder:
        """The folder behind ``root``, read on first use."""
        return read_image_folder(resolve_root(self.root))

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names, in the order of their indices."""
        return self.folder.classes

    @property
    def num_classes(self) -> int:
        """Number of classes K."""
        return len(self.classes)

    @property
    def class_counts(self) -> list[int]:
        """Training images of each class ``(K,)``."""
        counts = Counter(self.folder.labels("train"))
        return [counts[label] for label in range(self.num_classes)]

    @cached_property
    def normalisation(self) -> Normalisation:
        """What normalises every split; measured on the training split, on first use, if ``normalize`` says so.

        Set it to score a checkpoint that carries its own.
        """
        if self.normalize == "imagenet":
            return IMAGENET
        pixels = DataLoader(
            self._images("train", evaluation_transform(self.image_size)), self.batch_size, num_workers=self.num_workers
        )
        return normalisation_of(images for images, _ in pixels)

    def prepare_data(self) -> None:
        """Lay out a built-in set, if that is what ``root`` names."""
        resolve_root(self.root)

    def train_dataloader(self) -> NormalisingLoader:
        """Augmented training images, shuffled by (seed, epoch)."""
        dataset = self._images("train", training_transform(self.image_size, self.augment))
        return self._loader(dataset, KeyedSampler(len(dataset), seed=self.seed))

    def val_dataloader(self) -> NormalisingLoader:
        """Validation images, centre-cropped, in the order of ``folder``."""
        return self.evaluation_dataloader("val")

    def test_dataloader(self) -> NormalisingLoader:
        """Held-out images, centre-cropped, in the order of ``folder``."""
        return self.evaluation_dataloader("test")

    def predict_dataloader(self) -> NormalisingLoader:
        """The held-out images again."""
        return self.evaluation_dataloader("test")

    def evaluation_dataloader(self, split: str) -> NormalisingLoader:
        """Images of any split, the training split too, centre-cropped, in the order of ``folder``."""
        return self._loader(self._images(split, evaluation_transform(self.image_size)))

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint must carry to be used without the folder: plain types only."""
        return {
            "classes": list(self.classes),
            "image_size": self.image_size,
            "normalize": self.normalize,
            "mean": list(self.normalisation.mean),
            "std": list(self.normalisation.std),
            "fingerprint": self.folder.fingerprint,
        }

    def _images(self, split: str, transform: Callable[[Tensor], Tensor]) -> Images:
        paths = [item.path for item in self.folder.splits[split]]
        return Images(paths, self.folder.labels(split), self.image_size, transform, self.seed)

    def _loader(self, dataset: Images, sampler: KeyedSampler | None = None) -> NormalisingLoader:
        return NormalisingLoader(
            dataset,
            self.normalisation,
            batch_size=self.batch_size,
            sampler=sampler,
            num_workers=self.num_workers,
            persistent_workers=self.num_workers > 0,
            generator=torch.Generator(),  # only seeds the workers; without it the default one would be drawn from
        )
