"""Plot of sample images with their predictions."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from resnet_lab.plots.style import CORRECT, WRONG, styled


def samples_plot(
    images: Sequence[npt.NDArray[np.uint8]],
    labels: Sequence[int],
    probabilities: npt.NDArray[np.floating[Any]],
    classes: Sequence[str],
    title: str,
) -> Figure:
    """Draw images with the predicted class and its probability; a mistake is red and also names the true class.

    Args:
        images: Images ``(H, W, 3)``, as the network sees them.
        labels: True class index of each image.
        probabilities: Class probabilities ``(len(images), K)``.
        classes: K class names.
        title: Line above the plot.
    """
    columns = min(4, len(images))
    rows = math.ceil(len(images) / columns)
    with styled():
        figure = Figure(figsize=(2.3 * columns, 2.6 * rows + 0.5), layout="constrained")
        figure.suptitle(title, fontsize="medium")
        for position, (image, label, row) in enumerate(zip(images, labels, probabilities, strict=True), start=1):
            axes = figure.add_subplot(rows, columns, position)
            axes.imshow(image)
            axes.set_axis_off()
            guess = int(row.argmax())
            prediction = f"{classes[guess]} {row[guess]:.2f}"
            correct = guess == label
            axes.set_title(
                prediction if correct else f"{prediction}\nis {classes[label]}",
                fontsize="small",
                color=CORRECT if correct else WRONG,
            )
    return figure
