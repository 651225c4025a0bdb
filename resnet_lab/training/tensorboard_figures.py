"""Plots of a finished fit in TensorBoard: sample predictions and the confusion matrix of the validation split."""

import warnings
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.plots.confusion import confusion_plot
from resnet_lab.plots.samples import samples_plot
from resnet_lab.plots.style import TREATED
from resnet_lab.training.predictions import Predictions
from resnet_lab.training.scores import score

_AXES_LABELS = ("predicted", "true (color: share of the true class)")
_SMALLEST, _PER_CLASS, _LARGEST = 4.2, 0.55, 14.0  # inches of the confusion matrix


def sample_positions(size: int, count: int = 16) -> list[int]:
    """Return ``count`` positions evenly spaced over ``size``, or all.

    A split is sorted by class, so each class gets its share.

    >>> sample_positions(10, 4)
    [1, 3, 6, 8]
    >>> sample_positions(2, 4)
    [0, 1]
    """
    count = min(count, size)
    return [(2 * i + 1) * size // (2 * count) for i in range(count)]


def show_validation(folder: Path, name: str, epoch: int, data: ImageFolderDataModule, predictions: Predictions) -> None:
    """Add both plots of the validation split to the TensorBoard events of a run.

    They are written to their own event file, so that scalars stay fast to read.

    Args:
        folder: Folder of the run's events.
        name: Name of the run.
        epoch: Epoch of its best checkpoint.
        data: Data module of the run.
        predictions: Predictions of the best checkpoint for the validation split.
    """
    scores = score(predictions.log_probabilities, predictions.labels, data.classes)
    accuracy = f"{scores['accuracy']:.1%} of {scores['n']:,} validation images right"
    title = f"{name}, best checkpoint (epoch {epoch})\n{accuracy}"
    positions = sample_positions(scores["n"])
    dataset = data.evaluation_dataloader("val").dataset
    images, labels = zip(*(dataset[position] for position in positions), strict=True)
    samples = samples_plot(
        [image.permute(1, 2, 0).numpy() for image in images],
        labels,
        predictions.log_probabilities[positions].exp().numpy(),
        data.classes,
        title,
    )
    confusion = confusion_plot(
        scores["confusion_matrix"],
        data.classes,
        TREATED,
        _AXES_LABELS,
        title=title,
        side=min(max(_SMALLEST, 1.8 + _PER_CLASS * len(data.classes)), _LARGEST),
    )
    with SummaryWriter(str(folder), filename_suffix=".figures") as writer, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")  # drawn as an empty box
        writer.add_figure("val/samples", samples, epoch)
        writer.add_figure("val/confusion_matrix", confusion, epoch)
