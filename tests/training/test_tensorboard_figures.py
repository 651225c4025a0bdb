"""The pictures of a finished fit: what they draw, and where they are."""

from pathlib import Path

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from resnet_lab.cli import main
from resnet_lab.runs import find_runs
from resnet_lab.training.tensorboard_figures import confusion_figure, sample_positions, samples_figure

TINY = "--model.depth 20 --data.image_size 32 --data.batch_size 8 --data.num_workers 0 --trainer.max_epochs 1"


@pytest.mark.parametrize(("size", "count"), [(100, 16), (17, 16), (16, 16), (3, 16), (1, 4), (394, 16)])
def test_positions_are_spread_evenly(size, count):
    positions = sample_positions(size, count)
    assert len(positions) == len(set(positions)) == min(size, count)
    assert all(0 <= position < size for position in positions)
    middle = sum(positions) / len(positions)
    assert abs(middle - (size - 1) / 2) <= 0.5


def test_each_sample_says_what_it_was_taken_for():
    images = [torch.full((3, 8, 8), value, dtype=torch.uint8) for value in (0, 100, 200)]
    probabilities = torch.tensor([[0.9, 0.1], [0.3, 0.7], [0.2, 0.8]])
    figure = samples_figure(images, [0, 0, 1], probabilities, ["cat", "dog"], "three")
    assert [axes.get_title() for axes in figure.axes] == ["cat 0.90", "dog 0.70\nis cat", "dog 0.80"]
    assert [axes.title.get_color() for axes in figure.axes][1] not in (figure.axes[0].title.get_color(),)
    for axes, image in zip(figure.axes, images, strict=True):
        assert (axes.images[0].get_array() == image.permute(1, 2, 0).numpy()).all()


def test_the_matrix_shows_counts_and_shares():
    figure = confusion_figure([[3, 1], [0, 0]], ["cat", "dog"], "few")
    axes = figure.axes[0]
    assert axes.images[0].get_array().tolist() == [
        [0.75, 0.25],
        [0.0, 0.0],
    ]  # a class that does not occur divides by none
    assert [text.get_text() for text in axes.texts] == ["3", "1", "0", "0"]
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("true", "predicted")


def test_many_classes_have_colours_only():
    figure = confusion_figure(torch.eye(60, dtype=torch.int64).tolist(), [f"class {i}" for i in range(60)], "many")
    assert not figure.axes[0].texts
    assert len(figure.axes[0].get_xticks()) == 30


def test_any_class_name_is_drawn_as_it_is():
    names = ["$x$", "$\\frac{$", "_a^b"]
    figure = confusion_figure([[1, 0, 0], [0, 1, 0], [0, 0, 1]], names, "$\\frac{$")
    samples = samples_figure([torch.zeros(3, 4, 4, dtype=torch.uint8)] * 3, [1, 2, 0], torch.eye(3), names, "$\\frac{$")
    for drawn in (figure, samples):
        drawn.savefig("drawn.png")
    texts = [*figure.axes[0].get_xticklabels(), *figure.axes[0].get_yticklabels()]
    assert [text.get_text() for text in texts] == names * 2
    assert not any(text.get_parse_math() for text in [*texts, *(axes.title for axes in samples.axes)])


def images_of(path: Path) -> list[str]:
    return EventAccumulator(str(path)).Reload().Tags()["images"]


def test_they_have_an_event_file_of_their_own(cell_folder):
    assert main(f"fit --config resnet34.yaml --data.root {cell_folder} {TINY}".split()) == 0
    [run] = find_runs(Path("lightning_logs"), "resnet34")
    files = {path.suffix == ".figures": path for path in run.path.glob("events.*")}
    assert images_of(files[True]) == ["val/samples", "val/confusion_matrix"]
    assert images_of(files[False]) == []
    assert not EventAccumulator(str(files[True])).Reload().Tags()["scalars"]
