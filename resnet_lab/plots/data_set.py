"""Plots of a data set: images of each class and split, and the sizes of the images."""

from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from resnet_lab.plots.style import CONTROL, INK, TREATED, blank, on_hover, styled
from resnet_lab.plots.texts import left_to_right, shortened

_SPLIT_COLORS = {"train": TREATED, "val": CONTROL, "test": "#7a828e"}
_LONGEST_NAME = 22


def counts_plot(counts: Mapping[str, Mapping[str, int]], labels: list[str]) -> Figure:
    """Draw the number of images of each class as a bar, with a part for each split.

    Args:
        counts: Images by split and class.
        labels: The classes that are shown, from top to bottom.
    """
    with styled():
        figure, axes = blank(("images", ""), height=1.3 + 0.26 * len(labels))
        start = [0] * len(labels)
        for split, by_label in counts.items():
            images = [by_label.get(label, 0) for label in labels]
            if any(images):
                axes.barh(range(len(labels)), images, 0.7, left=start, color=_SPLIT_COLORS[split], label=split)
            start = [done + more for done, more in zip(start, images, strict=True)]
        names = [left_to_right(shortened(label, _LONGEST_NAME)) for label in labels]
        axes.set_yticks(range(len(labels)), names)
        axes.set(ylim=(len(labels) - 0.4, -0.6))
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        figure.legend(loc="outside upper right", ncols=3)
    return figure


def sizes_plot(sizes: Mapping[tuple[int, int], int]) -> Figure:
    """Draw the sizes of images as dots; the area of a dot grows with the number of images.

    Args:
        sizes: Number of images by width and height in pixels.
    """
    most = max(sizes.values())
    with styled():
        figure, axes = blank(("width in pixels", "height in pixels"))
        for (width, height), images in sizes.items():
            area = 30 + 170 * images / most
            on_hover(axes.scatter(width, height, area, color=TREATED, alpha=0.5, lw=0), f"{width}x{height}: {images:,}")
        largest = max(max(size) for size in sizes)
        axes.plot([0, largest], [0, largest], ":", color=INK, lw=1)
        axes.set(xlim=(0, 1.08 * max(w for w, _ in sizes)), ylim=(0, 1.08 * max(h for _, h in sizes)))
        axes.grid()
    return figure
