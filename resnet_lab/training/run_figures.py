"""Pictures of a run in its folder ``figures``: curves, images, confusion and mistakes, drawn once at the end.

A picture that cannot be drawn costs no run: one remark names those that are missing.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from torch import Tensor

from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.errors import plain_message, printable
from resnet_lab.files import write_bytes
from resnet_lab.output import remark
from resnet_lab.plots.confused import MOST_CLASSES, confused_pairs, most_confused, pairs_plot
from resnet_lab.plots.confusion import confusion_plot
from resnet_lab.plots.curves import Line, run_curves_plot
from resnet_lab.plots.mosaic import Tile, mosaic_plot
from resnet_lab.plots.style import CONTROL, TREATED, as_png
from resnet_lab.plots.texts import shortened, use_fonts_for
from resnet_lab.program import command_line
from resnet_lab.runs import Run
from resnet_lab.training.predictions import Predictions

SWITCH = "RESNET_LAB_FIGURES"
"""Environment variable; ``false`` draws no pictures."""
_ALWAYS = ("curves", "train_images", "val_images", "val_confusion")
"""Pictures of every fit; one without mistakes has none of them."""
_NAMES = {"val": "validation", "test": "held-out"}
_AXES_LABELS = ("predicted", "true (color: share of the true class)")
_SMALLEST, _PER_CLASS, _LARGEST = 4.2, 0.55, 14.0  # inches of the confusion matrix
_IMAGES, _MISTAKES = 16, 12
_LONGEST_NAME = 36  # characters of the name of a run

Pictures = Mapping[str, Callable[[], Figure | None]]
"""The plots by the name of their file. None stands for a plot of nothing, which has no file."""


def sample_positions(size: int, count: int = _IMAGES) -> list[int]:
    """Return ``count`` positions evenly spaced over ``size``, or all.

    A split is sorted by class, so each class gets its share.

    >>> sample_positions(10, 4)
    [1, 3, 6, 8]
    >>> sample_positions(2, 4)
    [0, 1]
    """
    count = min(count, size)
    return [(2 * i + 1) * size // (2 * count) for i in range(count)]


@dataclass(frozen=True)
class ScoredSplit:
    """A split with the predictions of the best checkpoint.

    Attributes:
        name: Name of the run.
        residual: Whether the network has residual connections; it decides the color.
        split: ``val`` or ``test``.
        epoch: Epoch of the checkpoint.
        data: The data of the run.
        predictions: Predictions in the order of the split.
    """

    name: str
    residual: bool
    split: str
    epoch: int
    data: ImageFolderDataModule
    predictions: Predictions

    @property
    def pictures(self) -> dict[str, Callable[[], Figure | None]]:
        """The plots of the split that exist for ``val`` and ``test``."""
        drawn = {"images": self.images, "confusion": self.confusion, "mistakes": self.mistakes}
        return {f"{self.split}_{what}": draw for what, draw in drawn.items()}

    @property
    def color(self) -> str:
        """Color of the arm."""
        return TREATED if self.residual else CONTROL

    @property
    def mistaken(self) -> int:
        """Number of mistakes."""
        return int((~self._right).sum())

    @property
    def classes(self) -> list[str]:
        """Names of the classes as they are drawn."""
        return [printable(name) for name in self.data.classes]

    def title(self, what: str = "") -> str:
        """Return the checkpoint, its accuracy, and a further line if there is one."""
        labels = self.predictions.labels
        lines = [
            f"{shortened(self.name, _LONGEST_NAME)}, best checkpoint (epoch {self.epoch})",
            f"{1 - self.mistaken / len(labels):.1%} of {len(labels):,} {_NAMES[self.split]} images right",
        ]
        return "\n".join([*lines, what] if what else lines)

    def confusion(self) -> Figure:
        """Return the confusion matrix; of many classes, that of the most confused ones."""
        part, names = most_confused(self._confusion, self.classes)
        capped = len(names) < len(self.classes)
        what = f"the {MOST_CLASSES} most confused of {len(self.classes):,} classes, and all others together"
        side = min(max(_SMALLEST, 1.8 + _PER_CLASS * len(names)), _LARGEST)
        return confusion_plot(
            part, names, self.color, _AXES_LABELS, title=self.title(what if capped else ""), side=side
        )

    def images(self) -> Figure:
        """Return images of all classes with their predictions."""
        positions = sample_positions(len(self.predictions.labels))
        tiles = [self._tile(position) for position in positions]
        what = f"{len(tiles)} of them as the network saw them, with the class that it chose and its probability"
        return mosaic_plot(tiles, self.title(what))

    def mistakes(self) -> Figure | None:
        """Return the most confident mistakes with their paths; None if there is no mistake."""
        wrong = self.mistaken
        if not wrong:
            return None
        surest = self.predictions.log_probabilities.amax(dim=1).masked_fill(self._right, -float("inf"))
        positions = surest.sort(descending=True, stable=True).indices[: min(wrong, _MISTAKES)].tolist()
        if wrong > _MISTAKES:
            what = f"the {_MISTAKES} most confident of {wrong:,} mistakes"
        else:
            what = f"all {wrong} mistakes, the most confident first" if wrong > 1 else "the only mistake"
        return mosaic_plot([self._tile(position, named=True) for position in positions], self.title(what))

    def pairs(self) -> Figure | None:
        """Return the most confused pairs of classes; None if there is no mistake."""
        pairs = confused_pairs(self._confusion, self.classes)
        if not pairs:
            return None
        return pairs_plot(pairs, self.color, self.title("most confused pairs: true class → predicted class"))

    @cached_property
    def _right(self) -> Tensor:
        return self.predictions.log_probabilities.argmax(dim=1) == self.predictions.labels

    @cached_property
    def _confusion(self) -> list[list[int]]:
        counted: list[list[int]] = self.predictions.scores(self.data.classes)["confusion_matrix"]
        return counted

    @cached_property
    def _seen(self) -> Any:
        return self.data.evaluation_dataloader(self.split).dataset

    def _tile(self, position: int, *, named: bool = False) -> Tile:
        pixels, label = self._seen[position]
        log_probability, guess = self.predictions.log_probabilities[position].max(dim=0)
        lines = [f"{self.classes[int(guess)]} {log_probability.exp():.2f}"]
        if wrong := int(guess) != label:
            lines.append(f"is {self.classes[label]}")
        path = ""
        if named:
            path = printable(self.data.folder.splits[self.split].paths[position].relative_to(self.data.folder.root))
        return Tile(pixels.permute(1, 2, 0).numpy(), lines, wrong, path)


def draw_fit(run: Run, validated: ScoredSplit, events: Sequence[Path] = ()) -> None:
    """Draw the pictures of a fit into its folder, and two of them into TensorBoard's events.

    Args:
        run: The run folder.
        validated: The validation split.
        events: Folders of TensorBoard's events.
    """
    if os.environ.get(SWITCH) == "false":
        return
    training = {"curves": lambda: _curves(run, validated.epoch), "train_images": lambda: _training_images(validated)}
    again = command_line("validate", run.path)
    drawn = _keep(run.path / "figures", {**training, **validated.pictures}, again)
    for folder in events:
        _show_in_tensorboard(folder, validated.epoch, drawn)


def draw_curves(run: Run) -> None:
    """Draw the curves of a run that diverged."""
    if os.environ.get(SWITCH) != "false" and run.metrics_path.exists() and run.metrics():
        _keep(run.path / "figures", {"curves": lambda: _curves(run, run.status().best_epoch)}, "")


def draw_test(folder: Path, tested: ScoredSplit, again: str) -> None:
    """Draw the pictures of a test.

    Args:
        folder: Folder of the pictures.
        tested: The held-out split.
        again: Command that draws them again.
    """
    if os.environ.get(SWITCH) != "false":
        _keep(folder, {**tested.pictures, "test_confused_pairs": tested.pairs}, again)


def draw_lost(run: Run, validated: ScoredSplit) -> None:
    """Draw the pictures of a fit if one is missing: they were lost, or the run is older than they are."""
    names = [*_ALWAYS, *(["val_mistakes"] if validated.mistaken else [])]
    if not all((run.path / "figures" / f"{name}.png").exists() for name in names):
        draw_fit(run, validated)


def _keep(folder: Path, pictures: Pictures, again: str) -> dict[str, Figure]:
    """Draw and write pictures. Return those that were written; one remark names the others."""
    drawn: dict[str, Figure] = {}
    missing: dict[str, str] = {}
    boxes: set[str] = set()
    for name, draw in pictures.items():
        path = folder / f"{name}.png"
        try:
            figure = draw()
            if figure is None:
                path.unlink(missing_ok=True)  # of an earlier test
            else:
                boxes |= {*use_fonts_for(figure)}
                write_bytes(path, as_png(figure))
                drawn[name] = figure
        except Exception as error:  # whatever it is, a picture is not worth a run
            missing[path.name] = plain_message(error) or type(error).__name__
    if boxes:
        few = "".join(sorted(boxes))[:20]
        remark(
            f"note    no font here has {few}: the pictures show boxes; install one, such as Noto Sans of your script"
        )
    if missing:
        reasons = "; ".join(dict.fromkeys(missing.values()))
        way_out = f" {again} draws them again." if again else ""
        remark(f"note    {folder} lacks {', '.join(missing)}: {reasons}. All results are complete.{way_out}")
    return drawn


def _curves(run: Run, best_epoch: int | None) -> Figure:
    rows = run.metrics()
    color = TREATED if run.config()["model"]["residual"] else CONTROL
    names = {"train": "training, augmented", "val": "validation"}
    panels = {
        metric: [
            Line(name, color, "--" if split == "train" else "-", [curve])
            for split, name in names.items()
            if (curve := {int(row["epoch"]): row[tag] for row in rows if (tag := f"{split}/{metric}") in row})
        ]
        for metric in ("loss", "accuracy")
    }
    return run_curves_plot(panels, best_epoch, f"{shortened(run.label, _LONGEST_NAME)} ({run.status().arm})")


def _training_images(of: ScoredSplit) -> Figure:
    """Return the first images of the first epoch, after augmentation."""
    loader = of.data.epoch_dataloader(0)
    samples = [loader.dataset[key] for key in islice(loader.sampler, _IMAGES)]
    tiles = [Tile(pixels.permute(1, 2, 0).numpy(), [of.classes[label]]) for pixels, label in samples]
    total, augment = of.data.folder.sizes["train"], of.data.augment
    changed = "not augmented" if augment == "none" else f"after augmentation ({augment})"
    first = f"the first {len(tiles)} of {total:,} training images"
    return mosaic_plot(
        tiles, f"{shortened(of.name, _LONGEST_NAME)}: {first}\nas the network saw them in epoch 1, {changed}"
    )


def _show_in_tensorboard(folder: Path, epoch: int, drawn: Mapping[str, Figure]) -> None:
    """Add two pictures to an event file of their own, so that scalars stay fast to read."""
    from torch.utils.tensorboard import SummaryWriter

    from resnet_lab.plots.style import styled

    try:
        with SummaryWriter(str(folder), filename_suffix=".figures") as writer, styled():
            for tag, name in (("val/samples", "val_images"), ("val/confusion_matrix", "val_confusion")):
                if name in drawn:
                    writer.add_figure(tag, drawn[name], epoch)
    except Exception as error:
        remark(f"note    TensorBoard gets no figures, they cannot be drawn: {plain_message(error)}")
