"""LightningDataModule of an image folder: three splits, and batches that are bit-identical for both arms."""

from collections.abc import Callable
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Sampler, SequentialSampler

from resnet_lab.config.ranges import check_sizes
from resnet_lab.data.batch_shards import BatchShardSampler, refuse_too_few_batches
from resnet_lab.data.cache_choice import CacheChoice, UseCache, choose_cache
from resnet_lab.data.folder import ImageFolder, OnBadImage, read_image_folder
from resnet_lab.data.groups import Groups
from resnet_lab.data.labeled_images import FromCache, FromFiles, LabeledImages
from resnet_lab.data.loader import NormalizingLoader
from resnet_lab.data.manifest import ManifestRule
from resnet_lab.data.normalization import IMAGENET, Normalization, NormalizeBy, normalization_of
from resnet_lab.data.pixels import Augment, evaluation_transform, training_transform
from resnet_lab.data.rgb import Color, DecodeRule
from resnet_lab.data.seeding import EpochShuffleSampler, FixedShuffleSampler
from resnet_lab.data.sources import cache_folder, resolve_root
from resnet_lab.data.split import parse_fold
from resnet_lab.data.worker_start import worker_options
from resnet_lab.errors import InputError


class ImageFolderDataModule(pl.LightningDataModule):
    """Batches of images ``(B, 3, image_size, image_size)``, float32, and class indices ``(B,)`` from an image folder.

    The defaults are the values of ``recipe.yaml``.

    Args:
        root: A folder of photographs, a table of images (a manifest), or a built-in set: ``builtin:elpv``, 2,624 real
            photographs of solar cells, or ``builtin:digits``. docs/data.md shows the folders that are understood.
        batch_size: Images per batch.
        image_size: Side in pixels of the square that the network sees.
        num_workers: Processes that decode and augment. They change the speed and no bit of a result.
        seed: Seed of the order of each epoch and of each augmentation.
        augment: Random changes of training images. ``standard``: random resized crop and horizontal flip. ``trivial``:
            these, then one random operation (TrivialAugment). ``pad4``: 4 pixels around the image, a random crop and
            flip. ``none``: the center crop of an evaluation.
        short_side: Short side in pixels before the crop; without it, 256/224 of ``image_size``.
        normalize: Mean and standard deviation per channel: those of ImageNet, or those of the training split.
        background: Color behind transparent pixels: any that Pillow's ImageColor knows.
        value_range: Two values of gray deeper than 8 bits: the one that becomes black, and the one that becomes white.
            Without them, 16-bit gray spans 0 to 65535, and other deep gray is refused.
        color: ``as_stored`` reads all colors as if they were sRGB. ``convert`` converts colors of another profile, such
            as the Display P3 of many phones, to sRGB.
        on_bad_image: If an image cannot be used: ``error`` stops the fit, ``skip`` leaves it out; status.json lists it.
        allow_leaks: Accept images of equal content in two splits or under two labels.
        fold: Part of the images that is held out, ``i/k``: part i of k equal parts of each class (docs/data.md, Folds).
        groups: Images that stay in one split: those of a group in a manifest (column), or near-duplicates.
        cache: Decode each image once, before the first epoch, and keep its resized pixels in the cache folder: True,
            False, or ``auto`` (if the disk has room). It changes the speed and no bit of a result.
        columns: Names of the columns of a manifest that are not path, label, split: ``{path: image, label: class}``.
        images_root: Folder in which the relative paths of a manifest start, if it is not the folder of the manifest.
        classes: Class names in order, for data without a training split; ``test`` takes those of its checkpoint.

    Raises:
        InputError: A value cannot be used. On first use, also if the folder cannot be used.
    """

    def __init__(
        self,
        root: str | Path,
        batch_size: int = 32,
        image_size: int = 224,
        num_workers: int = 2,
        seed: int = 0,
        augment: Augment = "standard",
        normalize: NormalizeBy = "imagenet",
        background: str = "white",
        value_range: tuple[float, float] | None = None,
        color: Color = "as_stored",
        short_side: int | None = None,
        on_bad_image: OnBadImage = "error",
        allow_leaks: bool = False,
        fold: str | None = None,
        groups: Groups | None = None,
        cache: UseCache = "auto",
        columns: dict[str, str] | None = None,
        images_root: str | Path | None = None,
        classes: list[str] | None = None,
    ) -> None:
        super().__init__()
        whole = {"batch_size": batch_size, "image_size": image_size, "num_workers": num_workers, "seed": seed}
        check_sizes({**whole, "short_side": short_side})
        self.root = str(root)
        self.batch_size = batch_size
        self.image_size = image_size
        self.num_workers = num_workers
        self.seed = seed
        self.augment = augment
        self.normalize = normalize
        self.rule = DecodeRule(background, value_range, color, short_side)
        self.on_bad_image = on_bad_image
        self.allow_leaks = allow_leaks
        self.fold = parse_fold(fold)
        self.groups = groups
        self.cache = cache
        self.manifest = ManifestRule(columns, None if images_root is None else str(images_root))
        self.known = classes or ()

    @cached_property
    def folder(self) -> ImageFolder:
        """The data set at ``root``, read on first use."""
        return read_image_folder(
            resolve_root(self.root),
            rule=self.rule,
            on_bad_image=self.on_bad_image,
            allow_leaks=self.allow_leaks,
            fold=self.fold,
            manifest=self.manifest,
            known=self.known,
            groups=self.groups,
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
        """Training images of each class ``(K,)``; one each for a data set without a training split."""
        return self.folder.class_counts["train"] if self.folder.splits["train"] else [1] * self.num_classes

    @cached_property
    def normalization(self) -> Normalization:
        """Normalization of every split. With ``normalize: train`` it is measured on first use, on the training split.

        Set it to the checkpoint's own to score a checkpoint.
        """
        if self.normalize == "imagenet":
            return IMAGENET
        pixels = DataLoader(
            self._images("train", evaluation_transform(self.image_size)),
            self.batch_size,
            **worker_options(self.num_workers),
        )
        return normalization_of(images for images, _ in pixels)

    def prepare_data(self) -> None:
        """Unpack the built-in data set, if ``root`` names it."""
        resolve_root(self.root)

    def setup(self, stage: str) -> None:
        """Decode all images into the cache before a fit, unless ``cache`` is off."""
        if stage == "fit" and self.pixels.cache is None:
            self.pixels = self._choose_cache(build=True)

    @cached_property
    def pixels(self) -> CacheChoice:
        """Source of the pixels, with the reason."""
        return self._choose_cache(build=False)

    def _choose_cache(self, *, build: bool) -> CacheChoice:
        try:
            caches = cache_folder() / "pixels"
        except InputError as error:
            if self.cache is True:
                raise
            return CacheChoice(None, f"off: {error}")
        options: dict[str, Any] = {"build": build, "workers": self.num_workers}
        return choose_cache(self.folder, self.image_size, self.rule, self.cache, caches, **options)

    def train_dataloader(self) -> NormalizingLoader:
        """Return augmented training images, shuffled by (seed, epoch)."""
        dataset = self._images("train", training_transform(self.image_size, self.augment))
        if self._trainer_option("overfit_batches"):
            return self._loader(dataset, FixedShuffleSampler(len(dataset), seed=self.seed))
        return self._loader(dataset, EpochShuffleSampler(len(dataset), seed=self.seed), drop_last=True)

    def epoch_dataloader(self, epoch: int) -> NormalizingLoader:
        """Return the training batches of one epoch, counted from 0."""
        loader = self.train_dataloader()
        sampler: Any = loader.sampler
        if not isinstance(sampler, FixedShuffleSampler):
            sampler.set_epoch(epoch)
        return loader

    def training_files(self, epoch: int, batch: int) -> list[Path]:
        """Return the files of one training batch of this rank, to find the cause of a failure. Both count from 0."""
        sampler: Any = self.epoch_dataloader(epoch).sampler
        keys = islice(sampler, batch * self.batch_size, (batch + 1) * self.batch_size)
        paths = self.folder.splits["train"].paths
        return [paths[key[1] if isinstance(key, tuple) else key] for key in keys]

    def val_dataloader(self) -> NormalizingLoader:
        """Return validation images, center-cropped, in the order of ``folder``.

        If the trainer takes only some of the batches, they come in one fixed shuffled order, because the order of
        ``folder`` begins with one class.
        """
        dataset = self._images("val", evaluation_transform(self.image_size))
        if self._trainer_option("overfit_batches") or self._trainer_option("limit_val_batches") != 1.0:
            return self._loader(dataset, FixedShuffleSampler(len(dataset), seed=self.seed))
        return self._loader(dataset)

    def _trainer_option(self, name: str) -> Any:
        """Return an option of the trainer; without a trainer, the default of the option."""
        return getattr(self.trainer, name) if self.trainer is not None else {"limit_val_batches": 1.0}.get(name)

    def test_dataloader(self) -> NormalizingLoader:
        """Return held-out images, center-cropped, in the order of ``folder``."""
        return self.evaluation_dataloader("test")

    predict_dataloader = test_dataloader

    def evaluation_dataloader(self, split: str) -> NormalizingLoader:
        """Return images of any split, even the training split, center-cropped, in the order of ``folder``."""
        return self._loader(self._images(split, evaluation_transform(self.image_size)))

    def refuse_too_many_processes(self, world_size: int, command: str) -> None:
        """Check that every rank gets a batch of every split that a command uses.

        Args:
            world_size: Number of processes.
            command: ``fit``, ``validate``, ``test`` or ``predict``.

        Raises:
            InputError: A split has fewer batches than there are processes.
        """
        for split in {"fit": ("train", "val"), "validate": ("val",)}.get(command, ("test",)):
            sizes = self.folder.sizes[split], self.batch_size, world_size
            refuse_too_few_batches(split, *sizes, drop_last=split == "train")

    @property
    def pixel_path(self) -> dict[str, Any]:
        """Options that decide the pixels the network sees, in plain types."""
        return {"image_size": self.image_size, "normalize": self.normalize, **self.rule.as_options()}

    def state_dict(self) -> dict[str, Any]:
        """Return what a checkpoint needs to be used without the data set, in plain types."""
        return {
            "classes": list(self.classes),
            **self.pixel_path,
            "mean": list(self.normalization.mean),
            "std": list(self.normalization.std),
            "fingerprint": self.folder.fingerprint,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Use the normalization of a checkpoint, since its network was trained with it.

        Raises:
            InputError: The checkpoint has other classes, or its pixels were made with other options.
        """
        self.known = self.known or state_dict["classes"]
        own = {"classes": list(self.classes), **self.pixel_path}
        differences = [
            f"{key} is {state_dict[key]} there and {value} here"
            for key, value in own.items()
            if state_dict.get(key, value) != value
        ]
        if differences:
            raise InputError(f"The checkpoint does not fit the data: {'; '.join(differences)}.")
        self.normalization = Normalization(tuple(state_dict["mean"]), tuple(state_dict["std"]))

    def _images(self, split: str, transform: Callable[[Tensor], Tensor]) -> LabeledImages:
        items, cache = self.folder.part(split), self.pixels.cache
        files = FromFiles(items.paths, self.image_size, self.rule, items)
        resized = FromCache(cache, cache.rows(items.contents), files) if cache else files
        return LabeledImages(resized, items.class_indices(self.classes), transform, self.seed)

    def _loader(
        self,
        dataset: LabeledImages,
        order: EpochShuffleSampler | FixedShuffleSampler | None = None,
        *,
        drop_last: bool = False,
    ) -> NormalizingLoader:
        trainer = self.trainer
        sampler: Sampler[Any] | None = order
        if trainer is not None and trainer.world_size > 1:
            whole = order or SequentialSampler(dataset)
            rank, world_size = trainer.global_rank, trainer.world_size
            sampler = BatchShardSampler(whole, self.batch_size, rank=rank, world_size=world_size, drop_last=drop_last)
        return NormalizingLoader(
            dataset,
            self.normalization,
            trainer.strategy.root_device if trainer is not None else torch.device("cpu"),
            batch_size=self.batch_size,
            sampler=sampler,
            num_workers=self.num_workers,
            persistent_workers=self.num_workers > 0,
            generator=torch.Generator(),  # seeds the workers; without it torch would draw from the default one
        )
