"""Classes of single images, from a checkpoint alone: no data set, no config."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from lightning.pytorch import Trainer
from torch import Tensor

from resnet_lab.checkpoint.loading import build_network, load_checkpoint, load_normalisation, load_rule
from resnet_lab.data.loader import NormalizingLoader
from resnet_lab.data.unlabeled_images import UnlabeledImages
from resnet_lab.distributed.shutdown import SynchronizedShutdown
from resnet_lab.errors import printable
from resnet_lab.training.trainers import NO_STRAY_CHECKPOINTS


@dataclass(frozen=True)
class ImagePredictions:
    """What a checkpoint says of images.

    ``rows`` has ``path``, ``class`` and ``probability_<class>`` for each class; ``unreadable`` has the files that
    could not be decoded, each with the reason.
    """

    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    unreadable: dict[Path, str]


def predict_images(checkpoint: Path, images: Sequence[Path], *, precision: Any, batch_size: int) -> ImagePredictions:
    """Classify images with a checkpoint's network, at its image size, on the pixel path of evaluation.

    Args:
        checkpoint: A checkpoint of this package.
        images: The image files.
        precision: Lightning's ``trainer.precision``.
        batch_size: Images in a batch.

    Raises:
        InputError: The checkpoint cannot be used.
    """
    content = load_checkpoint(checkpoint)
    classes, image_size = content["ImageFolderDataModule"]["classes"], content["ImageFolderDataModule"]["image_size"]
    dataset = UnlabeledImages(images, image_size, load_rule(checkpoint))
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
    # Without workers: the dataset notes what it could not read in the process that reads.
    loader = NormalizingLoader(dataset, load_normalisation(checkpoint), batch_size=batch_size)
    batches = trainer.predict(build_network(checkpoint), loader)
    probabilities = torch.cat(cast(list[Tensor], batches)).double().exp().tolist()
    rows = [
        {
            "path": printable(path),
            "class": classes[values.index(max(values))],
            **{f"probability_{name}": float(f"{p:.9g}") for name, p in zip(classes, values, strict=True)},
        }
        for path, values in zip(images, probabilities, strict=True)
        if path not in dataset.unreadable
    ]
    columns = ("path", "class", *(f"probability_{name}" for name in classes))
    return ImagePredictions(columns, rows, dataset.unreadable)
