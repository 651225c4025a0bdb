"""Predictions on a split: their collection, batch by batch, and the files of the held-out split."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor

from resnet_lab.data.folder import ImageFolder
from resnet_lab.distributed.process_group import gather_over_ranks
from resnet_lab.errors import as_utf8
from resnet_lab.files import write_csv, write_json
from resnet_lab.training.scores import score


@dataclass(frozen=True)
class Predictions:
    """Log-probabilities ``(N, K)`` of one checkpoint, with the labels ``(N,)``."""

    log_probabilities: Tensor
    labels: Tensor

    def scores(self, classes: Sequence[str]) -> dict[str, Any]:
        """Return the scores of the predictions (:func:`~resnet_lab.training.scores.score`)."""
        return score(self.log_probabilities, self.labels, classes)


class CollectPredictions(Callback):
    """Collection of the outputs of the latest pass over a split, batch by batch, on the CPU."""

    def __init__(self) -> None:
        self._batches: list[tuple[Tensor, Tensor]] = []

    def latest(self) -> Predictions:
        """Return the predictions of the latest pass, over all ranks. Every rank calls this."""
        log_probabilities, labels = zip(*gather_over_ranks(self._batches), strict=True)
        return Predictions(torch.cat(log_probabilities), torch.cat(labels))

    def _start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._batches = []

    def _end_batch(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, *_: Any, **__: Any
    ) -> None:
        self._batches.append((outputs.cpu(), batch[1].cpu()))

    on_validation_start = on_test_start = on_predict_start = _start
    on_validation_batch_end = on_test_batch_end = on_predict_batch_end = _end_batch


def write_test_results(
    folder: Path, images: ImageFolder, by_checkpoint: dict[str, Predictions]
) -> dict[str, dict[str, Any]]:
    """Write ``metrics.json`` and ``predictions.csv`` of the held-out split, and return the scores per checkpoint.

    Args:
        folder: The folder of both files.
        images: The data set.
        by_checkpoint: Predictions of each checkpoint, the headline first.
    """
    scores = {name: predictions.scores(images.classes) for name, predictions in by_checkpoint.items()}
    head = {"headline": next(iter(scores)), "fingerprint": images.fingerprint}
    write_json(folder / "metrics.json", {**head, **scores})
    write_predictions(folder / "predictions.csv", images, by_checkpoint)
    return scores


def write_predictions(path: Path, images: ImageFolder, by_checkpoint: dict[str, Predictions]) -> None:
    """Write one row per checkpoint and held-out image: checkpoint, path, label, predicted, one probability per class.

    Probabilities have nine significant digits, which is the full precision of float32.
    """
    paths = [as_utf8(path.relative_to(images.root).as_posix()) for path in images.splits["test"].paths]
    probability_columns = [f"probability_{name}" for name in images.classes]

    def rows() -> Iterator[dict[str, object]]:
        for checkpoint, predictions in by_checkpoint.items():
            labels, guesses = predictions.labels.tolist(), predictions.log_probabilities.argmax(dim=1).tolist()
            probabilities = predictions.log_probabilities.double().exp().tolist()
            for image, label, guess, values in zip(paths, labels, guesses, probabilities, strict=True):
                yield {
                    "checkpoint": checkpoint,
                    "path": image,
                    "label": images.classes[label],
                    "predicted": images.classes[guess],
                    **{c: f"{v:.9g}" for c, v in zip(probability_columns, values, strict=True)},
                }

    write_csv(path, ("checkpoint", "path", "label", "predicted", *probability_columns), rows())
