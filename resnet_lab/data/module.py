"""The LightningDataModule: one image folder, three splits, batches that both arms share bit for bit."""

from collections import Counter
from collections.abc import Callable
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Sampler, SequentialSampler

from resnet_lab.data.batch_shards import DealtSampler, refuse_too_few
from resnet_lab.data.cache_choice import CacheChoice, UseCache, choose_cache
from resnet_lab.data.folder import ImageFolder, OnBadImage, read_image_folder
from resnet_lab.data.images import FromCache, FromFiles, Images
from resnet_lab.data.loader import NormalisingLoader
from resnet_lab.data.normalization import IMAGENET, Normalisation, NormaliseBy, normalisation_of
from resnet_lab.data.pixels import Augment, evaluation_transform, training_transform
from resnet_lab.data.rgb import DecodeRule
from resnet_lab.data.seeding import FixedShuffle, KeyedSampler
from resnet_lab.data.sources import cache_folder, resolve_root
from resnet_lab.data.worker_start import worker_options
from resnet_lab.errors import InputError


class ImageFolderDataModule(pl.LightningDataModule):
    """Photographs in folders, as batches of images ``(B, 3, image_size, image_size)`` and class indices ``(B,)``.

    Args:
        root: ``ROOT/CLASS/*``, which is split 70/15/15 by content; ``ROOT/train|val|test/CLASS/*``; a manifest; or
            ``builtin:elpv``, 2,624 real photographs of solar cells. See docs/data.md.
        batch_size: Images in a batch.
        image_size: Side of the square that the network sees, in pixels.
        num_workers: Processes that decode and augment; they change speed, never a bit.
        seed: Key of the order of each epoch and of each augmentation.
        augment: What training images go through, see :func:`training_transform`.
        normalize: Mean and deviation a channel: ImageNet's, or those of the training split alone, centre-cropped.
        background: Colour behind transparent pixels, as Pillow's ImageColor names it.
        value_range: Values of grey deeper than 8 bits that become black and white; without it 16-bit grey is taken
            from 0 to 65535, and other deep grey is refused.
        on_bad_image: What an image that cannot be used is: an error, or one to skip, for both arms and on record.
        allow_leaks: Whether equal content may stand in two splits or under two labels.
        cache: Whether images are decoded once, before the first epoch, and their resized pixels kept in the cache
            folder: True, False, or ``auto``, if the disk has room. It changes speed, never a bit.

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
        background: str = "white",
        value_range: tuple[float, float] | None = None,
        on_bad_image: OnBadImage = "error",
        allow_leaks: bool = False,
        cache: UseCache = "auto",
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
        self.rule = DecodeRule(background, value_range)
        self.on_bad_image = on_bad_image
        self.allow_leaks = allow_leaks
        self.cache = cache

    @cached_property
    def folder(self) -> ImageFolder:
        """The folder behind ``root``, read on first use."""
        return read_image_folder(
            resolve_root(self.root), rule=self.rule, on_bad_image=self.on_bad_image, allow_leaks=self.allow_leaks
        )

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
            self._images("train", evaluation_transform(self.image_size)),
            self.batch_size,
            **worker_options(self.num_workers),
        )
        return normalisation_of(images for images, _ in pixels)

    def prepare_data(self) -> None:
        """Lay out a built-in set, if that is what ``root`` names."""
        resolve_root(self.root)

    def setup(self, stage: str) -> None:
        """Decode all images into the cache before a fit, if there is to be one."""
        if stage == "fit" and self.pixels.cache is None:
            self.pixels = self._choose_cache(build=True)

    @cached_property
    def pixels(self) -> CacheChoice:
        """Where the pixels come from, and why."""
        return self._choose_cache(build=False)

    def _choose_cache(self, *, build: bool) -> CacheChoice:
        caches, workers = cache_folder() / "pixels", self.num_workers
        return choose_cache(self.folder, self.image_size, self.rule, self.cache, caches, build=build, workers=workers)

    def train_dataloader(self) -> NormalisingLoader:
        """Augmented training images, shuffled by (seed, epoch)."""
        dataset = self._images("train", training_transform(self.image_size, self.augment))
        if self._trainer_option("overfit_batches"):
            return self._loader(dataset, FixedShuffle(len(dataset), seed=self.seed))
        return self._loader(dataset, KeyedSampler(len(dataset), seed=self.seed), evenly=True)

    def epoch_dataloader(self, epoch: int) -> NormalisingLoader:
        """The training batches of one epoch, from 0, once more: another iteration than the one being trained on."""
        loader = self.train_dataloader()
        sampler: Any = loader.sampler
        if not isinstance(sampler, FixedShuffle):
            sampler.set_epoch(epoch)
        return loader

    def training_files(self, epoch: int, batch: int) -> list[Path]:
        """Return the files behind one training batch of this process, both counted from 0: to find what broke a run."""
        sampler: Any = self.epoch_dataloader(epoch).sampler
        keys = islice(sampler, batch * self.batch_size, (batch + 1) * self.batch_size)
        paths = self.folder.splits["train"].paths
        return [paths[key[1] if isinstance(key, tuple) else key] for key in keys]

    def val_dataloader(self) -> NormalisingLoader:
        """Validation images, centre-cropped, in the order of ``folder``.

        If the trainer looks at some batches only, they are shuffled, once and for all: the order of ``folder`` begins
        with one class.
        """
        dataset = self._images("val", evaluation_transform(self.image_size))
        if self._trainer_option("overfit_batches") or self._trainer_option("limit_val_batches") != 1.0:
            return self._loader(dataset, FixedShuffle(len(dataset), seed=self.seed))
        return self._loader(dataset)

    def _trainer_option(self, name: str) -> Any:
        """Return an option of the trainer; without one, what a trainer has by itself."""
        return getattr(self.trainer, name) if self.trainer is not None else {"limit_val_batches": 1.0}.get(name)

    def test_dataloader(self) -> NormalisingLoader:
        """Held-out images, centre-cropped, in the order of ``folder``."""
        return self.evaluation_dataloader("test")

    def predict_dataloader(self) -> NormalisingLoader:
        """The held-out images again."""
        return self.evaluation_dataloader("test")

    def evaluation_dataloader(self, split: str) -> NormalisingLoader:
        """Images of any split, the training split too, centre-cropped, in the order of ``folder``."""
        return self._loader(self._images(split, evaluation_transform(self.image_size)))

    def refuse_too_many(self, processes: int, command: str) -> None:
        """Check that every process gets a batch of every split that a command goes through.

        Args:
            processes: How many there are.
            command: ``fit``, ``validate``, ``test`` or ``predict``.

        Raises:
            InputError: A split has fewer batches.
        """
        for split in {"fit": ("train", "val"), "validate": ("val",)}.get(command, ("test",)):
            refuse_too_few(split, self.folder.sizes[split], self.batch_size, processes, evenly=split == "train")

    @property
    def pixel_path(self) -> dict[str, Any]:
        """What images go through before the network sees them: plain types only."""
        return {
            "image_size": self.image_size,
            "normalize": self.normalize,
            "background": self.rule.background,
            "value_range": list(self.rule.value_range) if self.rule.value_range else None,
        }

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint must carry to be used without the folder: plain types only."""
        return {
            "classes": list(self.classes),
            **self.pixel_path,
            "mean": list(self.normalisation.mean),
            "std": list(self.normalisation.std),
            "fingerprint": self.folder.fingerprint,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take a checkpoint's normalisation in place of that of the data at hand: the network was trained with it.

        Raises:
            InputError: The checkpoint has other classes, or its images go through something else.
        """
        own = {"classes": list(self.classes), **self.pixel_path}
        differences = [
            f"{key} is {state_dict[key]} there and {value} here"
            for key, value in own.items()
            if state_dict.get(key, value) != value
        ]
        if differences:
            raise InputError(f"The checkpoint does not fit the data: {'; '.join(differences)}.")
        self.normalisation = Normalisation(tuple(state_dict["mean"]), tuple(state_dict["std"]))

    def _images(self, split: str, transform: Callable[[Tensor], Tensor]) -> Images:
        items, cache = self.folder.splits[split], self.pixels.cache
        files = FromFiles(items.paths, self.image_size, self.rule)
        resized = FromCache(cache, cache.rows(items.contents)) if cache else files
        return Images(resized, items.class_indices(self.classes), transform, self.seed)

    def _loader(
        self, dataset: Images, order: KeyedSampler | FixedShuffle | None = None, *, evenly: bool = False
    ) -> NormalisingLoader:
        trainer = self.trainer
        sampler: Sampler[Any] | None = order
        if trainer is not None and trainer.world_size > 1:
            whole = order or SequentialSampler(dataset)
            process, processes = trainer.global_rank, trainer.world_size
            sampler = DealtSampler(whole, self.batch_size, process=process, processes=processes, evenly=evenly)
        return NormalisingLoader(
            dataset,
            self.normalisation,
            trainer.strategy.root_device if trainer is not None else torch.device("cpu"),
            batch_size=self.batch_size,
            sampler=sampler,
            num_workers=self.num_workers,
            persistent_workers=self.num_workers > 0,
            generator=torch.Generator(),  # only seeds the workers; without it the default one would be drawn from
        )
