"""Measurements of ``inspect`` that are drawn by position, at initialization and after training: texts and axes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullFormatter

from resnet_lab.plots.style import INK


@dataclass(frozen=True)
class Panels:
    """Texts of a plot of one measurement.

    Attributes:
        column: Column of the value.
        xlabel: Label of the position.
        ylabel: Label of the value.
        title: Title of the plot.
        note: Line below it; ``{of_sample}`` and ``{images}`` are filled in.
        finish: Sets scale and lines of both axes.
    """

    column: str
    xlabel: str
    ylabel: str
    title: str
    note: str
    finish: Callable[[Axes], Any]


def _logarithmic(axes: Axes) -> None:
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _with_zero(axes: Axes) -> None:
    axes.axhline(0, color=INK, lw=0.8, zorder=1)


BEFORE_AND_AFTER = {
    "gradients": Panels(
        "norm",
        "weighted layer, counted from the input",
        "norm of the gradient",
        "Gradient of the loss with respect to each layer's weights",
        "Mean cross-entropy over {of_sample}. BatchNorm uses the statistics of the batch.",
        _logarithmic,
    ),
    "input_gradients": Panels(
        "correlation",
        "block after which the net is cut",
        "mean correlation between images",
        "Correlation of the input gradients of different images",
        "Mean over all pairs of {images} held-out images. BatchNorm uses the statistics of the batch, held constant.",
        _with_zero,
    ),
    "branch": Panels(
        "share",
        "block, counted from the input",
        "variance of the change / variance of the sum",
        "Share of what a block adds in its output (De and Smith 2020)",
        "Over {of_sample}, before the last ReLU of the block. Residual block: its branch. Plain block that keeps the "
        "shape: output minus input. BatchNorm uses the statistics of the batch (left), running statistics (right).",
        _with_zero,
    ),
    "probes": Panels(
        "accuracy",
        "block after which the net is cut",
        "accuracy of a linear probe",
        "Linear probes on the features after each block",
        "Accuracy on {of_sample}; fitted on {images} training images. BatchNorm uses the statistics of the batch "
        "(left), running statistics (right). Later stages have more features.",
        lambda axes: None,
    ),
}
