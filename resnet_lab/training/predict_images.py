"""Predictions for single images from a checkpoint alone, without a data set or a config."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from lightning.pytorch import Trainer
from torch import Tensor

from resnet_lab.checkpoint.trained_checkpoint import TrainedCheckpoint
from resnet_lab.data.loader import NormalizingLoader
from resnet_lab.data.unlabeled_images import UnlabeledImages
from resnet_lab.distributed.shutdown import SynchronizedShutdown
from resnet_lab.errors import as_utf8
from resnet_lab.training.trainers import NO_STRAY_CHECKPOINTS, mistakes_explained


@dataclass(frozen=True)
class ImagePredictions:
    """Predictions of a checkpoint for single images.

    Attributes:
        columns: Keys of each row: ``path``, ``class``, and ``probability_<class>`` per class.
        rows: One per image that could be decoded.
        unreadable: Files that could not be decoded, each with the reason.
    """

    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    unreadable: dict[Path, str]


def predict_images(
    checkpoint: TrainedCheckpoint, images: Sequence[Path], *, precision: Any, batch_size: int
) -> ImagePredictions:
    """Classify images with the network of a checkpoint, at its image size, on the pixel path of evaluation.

    Args:
        checkpoint: The checkpoint.
        images: The image files.
        precision: Lightning's ``trainer.precision``.
        batch_size: Images in a batch.

    Raises:
        InputError: The checkpoint does not hold the network that it describes, or there is no such precision.
    """
    classes = checkpoint.classes
    dataset = UnlabeledImages(images, checkpoint.image_size, checkpoint.rule)
    with mistakes_explained():
        trainer = Trainer(
            default_root_dir=NO_STRAY_CHECKPOINTS,
            devices=1,
            precision=precision,
            callbacks=[SynchronizedShutdown()],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
    # Without workers: the dataset lists unreadable files in the process that reads them.
    loader = NormalizingLoader(dataset, checkpoint.normalization, batch_size=batch_size)
    batches = trainer.predict(checkpoint.network(), loader)
    probabilities = torch.cat(cast(list[Tensor], batches)).double().exp().tolist()
    rows = [
        {
            "path": as_utf8(path),
            "class": classes[values.index(max(values))],
            **{f"probability_{name}": float(f"{p:.9g}") for name, p in zip(classes, values, strict=True)},
        }
        for path, values in zip(images, probabilities, strict=True)
        if path not in dataset.unreadable
    ]
    columns = ("path", "class", *(f"probability_{name}" for name in classes))
    return ImagePredictions(columns, rows, dataset.unreadable)
