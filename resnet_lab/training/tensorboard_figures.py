"""Two pictures of a finished fit, for TensorBoard: sample predictions, and the confusion matrix."""

import math
import warnings
from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.training.predictions import Predictions
from resnet_lab.training.scores import score

_RIGHT, _WRONG = "0.15", "#c1272d"
_READABLE = 25  # classes up to which a matrix has room for its numbers


def sample_positions(size: int, count: int = 16) -> list[int]:
    """Return ``count`` positions evenly spaced over ``size``, or all.

    A split is sorted by class, so each class has its share.

    >>> sample_positions(10, 4)
    [1, 3, 6, 8]
    >>> sample_positions(2, 4)
    [0, 1]
    """
    count = min(count, size)
    return [(2 * i + 1) * size // (2 * count) for i in range(count)]


def samples_figure(
    images: Sequence[Tensor], labels: Sequence[int], probabilities: Tensor, classes: Sequence[str], title: str
) -> Figure:
    """Draw images with what they were taken for; a mistake is red and says what the image is.

    Args:
        images: uint8 ``(3, H, W)`` each, as the network sees them.
        labels: Class index of each.
        probabilities: ``(len(images), K)``.
        classes: K class names.
        title: A line above all.
    """
    columns = min(4, len(images))
    rows = math.ceil(len(images) / columns)
    figure = Figure(figsize=(2.3 * columns, 2.6 * rows + 0.5), layout="constrained")
    figure.suptitle(title, fontsize="medium", parse_math=False)
    for place, (image, label, row) in enumerate(zip(images, labels, probabilities, strict=True), start=1):
        axes = figure.add_subplot(rows, columns, place)
        axes.imshow(image.permute(1, 2, 0).numpy())
        axes.set_axis_off()
        guess = int(row.argmax())
        said = f"{classes[guess]} {row[guess]:.2f}"
        wrong = guess != label
        axes.set_title(
            f"{said}\nis {classes[label]}" if wrong else said,
            fontsize="small",
            color=_WRONG if wrong else _RIGHT,
            parse_math=False,  # a class may be called $x$
        )
    return figure


def confusion_figure(confusion: Sequence[Sequence[int]], classes: Sequence[str], title: str) -> Figure:
    """Draw a confusion matrix: the share of each true class in colour, the number of images in each cell.

    Args:
        confusion: Counts; rows are true classes, columns predicted ones ``(K, K)``.
        classes: K class names.
        title: A line above.
    """
    count = len(classes)
    shares = [[n / (sum(row) or 1) for n in row] for row in confusion]
    side = min(max(3.6, 1.8 + 0.55 * count), 14)
    figure = Figure(figsize=(side + 1.2, side), layout="constrained")
    figure.suptitle(title, fontsize="medium", parse_math=False)
    axes = figure.add_subplot()
    drawn = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    figure.colorbar(drawn, ax=axes, label="share of the true class", fraction=0.05)
    step = math.ceil(count / 40)
    names = [f"{name[:23]}…" if len(name) > 24 else name for name in classes]
    turn, side_of_tick = (45, "right") if count > 3 else (0, "center")
    axes.set_xticks(range(0, count, step), names[::step], parse_math=False, rotation=turn, ha=side_of_tick)
    axes.set_yticks(range(0, count, step), names[::step], parse_math=False)
    axes.set(xlabel="predicted", ylabel="true")
    if count <= _READABLE:
        for i, row in enumerate(confusion):
            for j, n in enumerate(row):
                axes.text(j, i, f"{n}", ha="center", va="center", color="white" if shares[i][j] > 0.5 else "black")
    return figure


def show_validation(folder: Path, name: str, epoch: int, data: ImageFolderDataModule, predictions: Predictions) -> None:
    """Add both pictures of the validation split to a run's TensorBoard.

    They have an event file of their own, so that scalars stay fast to read.

    Args:
        folder: Where its events are.
        name: Name of the run.
        epoch: Epoch of its best checkpoint.
        data: Its data.
        predictions: Those of the best checkpoint for the validation split.
    """
    scores = score(predictions.log_probabilities, predictions.labels, data.classes)
    right = f"{scores['accuracy']:.1%} of {scores['n']:,} validation images right"
    title = f"{name}, best checkpoint (epoch {epoch})\n{right}"
    positions = sample_positions(scores["n"])
    dataset = data.evaluation_dataloader("val").dataset
    images, labels = zip(*(dataset[position] for position in positions), strict=True)
    probabilities = predictions.log_probabilities[positions].exp()
    with SummaryWriter(str(folder), filename_suffix=".figures") as writer, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")  # drawn as an empty box
        writer.add_figure("val/samples", samples_figure(images, labels, probabilities, data.classes, title), epoch)
        writer.add_figure(
            "val/confusion_matrix", confusion_figure(scores["confusion_matrix"], data.classes, title), epoch
        )
