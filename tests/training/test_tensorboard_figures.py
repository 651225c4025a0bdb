"""The plots of a finished fit are in TensorBoard."""

from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from resnet_lab.cli import main
from resnet_lab.runs import find_runs
from resnet_lab.training.tensorboard_figures import sample_positions

TINY = "--model.depth 20 --data.image_size 32 --data.batch_size 8 --data.num_workers 0 --trainer.max_epochs 1"


@pytest.mark.parametrize(("size", "count"), [(100, 16), (17, 16), (16, 16), (3, 16), (1, 4), (394, 16)])
def test_positions_are_spread_evenly(size, count):
    positions = sample_positions(size, count)
    assert len(positions) == len(set(positions)) == min(size, count)
    assert all(0 <= position < size for position in positions)
    middle = sum(positions) / len(positions)
    assert abs(middle - (size - 1) / 2) <= 0.5


def images_of(path: Path) -> list[str]:
    return EventAccumulator(str(path)).Reload().Tags()["images"]


def test_they_have_an_event_file_of_their_own(cell_folder):
    assert main(f"fit --config resnet34.yaml --data.root {cell_folder} {TINY}".split()) == 0
    [run] = find_runs(Path("lightning_logs"), "resnet34")
    files = {path.suffix == ".figures": path for path in run.path.glob("events.*")}
    assert images_of(files[True]) == ["val/samples", "val/confusion_matrix"]
    assert images_of(files[False]) == []
    assert not EventAccumulator(str(files[True])).Reload().Tags()["scalars"]
