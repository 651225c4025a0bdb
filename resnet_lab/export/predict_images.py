"""Predictions for image files as rows of a table, for ``resnet-lab predict``."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resnet_lab.data.unlabeled_images import UnlabeledImages
from resnet_lab.errors import as_utf8
from resnet_lab.export.predictor import Predictor


@dataclass(frozen=True)
class ImagePredictions:
    """Predictions of a network for single images.

    Attributes:
        columns: Keys of each row: ``path``, ``class``, and ``probability_<class>`` per class.
        rows: One per image that could be decoded.
        unreadable: Files that could not be decoded, each with the reason.
    """

    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    unreadable: dict[Path, str]


def predict_images(predictor: Predictor, images: Sequence[Path], *, batch_size: int) -> ImagePredictions:
    """Classify image files, on the pixel path of evaluation. A file that cannot be decoded ends nothing.

    Args:
        predictor: The network.
        images: The image files.
        batch_size: Images in a batch.
    """
    dataset = UnlabeledImages(images, predictor.description.image_size, predictor.description.rule)
    rows = []
    for start in range(0, len(images), batch_size):
        batch = images[start : start + batch_size]
        predictions = predictor.classify([dataset[start + place][0] for place in range(len(batch))])
        rows += [
            {
                "path": as_utf8(path),
                "class": found.label,
                **{f"probability_{name}": float(f"{p:.9g}") for name, p in found.probabilities.items()},
            }
            for path, found in zip(batch, predictions, strict=True)
            if path not in dataset.unreadable
        ]
    columns = ("path", "class", *(f"probability_{name}" for name in predictor.classes))
    return ImagePredictions(columns, rows, dataset.unreadable)
