"""Seconds of a run from a few steps, against a network timed as a whole batch and images counted by hand."""

import shutil
import time

import pytest
import torch

from resnet_lab.data.folder import read_image_folder
from resnet_lab.errors import InputError
from resnet_lab.model.backbone import ResNet
from resnet_lab.model.classifier import Classifier
from resnet_lab.speed.resident_step import resident_step
from resnet_lab.speed.run_seconds import count_images, multiplications, seconds_of_runs, seconds_per_image

CONFIG = {
    "model.depth": 20,
    "model.residual": True,
    "data.root": "builtin:elpv",
    "data.image_size": 32,
    "data.batch_size": 16,
    "trainer.precision": "32-true",
    "trainer.accelerator": "cpu",
    "trainer.max_epochs": 3,
}


def test_images_are_counted_as_they_are_split(cell_folder):
    counted = count_images(str(cell_folder), None)
    split = {name: len(part.paths) for name, part in read_image_folder(cell_folder).splits.items()}
    assert counted == pytest.approx(split)
    assert count_images(str(cell_folder), "1/4")["test"] == 10
    assert sum(count_images("builtin:elpv", None).values()) == pytest.approx(2624)
    with pytest.raises(InputError):
        count_images("nowhere", None)


def test_given_splits_are_counted_as_they_are(cell_folder, tmp_path):
    for split in ("train", "test"):
        shutil.copytree(cell_folder, tmp_path / split)
    assert count_images(str(tmp_path), None) == pytest.approx({"train": 34, "val": 6, "test": 40})


def test_a_step_takes_about_as_long_as_that_of_bench():
    """Within a factor of three: other work on the machine comes and goes."""
    model = Classifier(2, 3e-4, 1e-4, 0.1, 1, depth=20)
    cpu = torch.device("cpu")
    train, _ = resident_step(model, batch_size=16, image_size=32, precision="32-true", device=cpu)
    train()
    start = time.process_time()
    for _ in range(3):
        train()
    measured = (time.process_time() - start) / torch.get_num_threads() / (3 * 16)
    assert 1 / 3 < seconds_per_image(ResNet(20, num_classes=2), CONFIG) / measured < 3


def test_runs_are_as_long_as_their_epochs_and_twins_are_timed_once(monkeypatch):
    timed = []
    monkeypatch.setattr("resnet_lab.speed.run_seconds.seconds_per_image", lambda _, config: timed.append(config) or 0.1)
    cells = {
        "plain": {**CONFIG, "model.residual": False},
        "residual": CONFIG,
        "long": {**CONFIG, "trainer.max_epochs": 6},
        "endless": {**CONFIG, "trainer.max_epochs": -1},
        "elsewhere": {**CONFIG, "data.root": "nowhere"},
        "deep": {**CONFIG, "model.depth": 110},
    }
    seconds = seconds_of_runs(cells, start=10.0)
    assert seconds.keys() == {"plain", "residual", "long", "deep"}
    assert len(timed) == 2
    train, val, test = 0.7 * 2624, 0.15 * 2624, 0.15 * 2624
    assert seconds["plain"] == pytest.approx(10 + 0.1 * (3 * (train + val / 3) + 2 / 3 * (val + test)))
    assert seconds["long"] - seconds["plain"] == pytest.approx(0.1 * 3 * (train + val / 3))


def test_after_the_budget_time_is_proportional_to_multiplications(monkeypatch):
    monkeypatch.setattr("resnet_lab.speed.run_seconds.seconds_per_image", lambda *_: 0.1)
    seconds = seconds_of_runs({"first": CONFIG, "deep": {**CONFIG, "model.depth": 110}}, 10.0, budget=-1.0)
    shallow, deep = (multiplications(ResNet(depth), 32) for depth in (20, 110))
    assert (seconds["deep"] - 10) / (seconds["first"] - 10) == pytest.approx(deep / shallow)


@pytest.mark.parametrize(("depth", "size", "expected"), [(18, 224, 1.8e9), (34, 224, 3.6e9), (50, 224, 4.1e9)])
def test_multiplications_are_those_of_the_paper(depth, size, expected):
    """He et al. 2015, Table 1: multiply-adds; 3.8e9 at depth 50, with the stride in the first 1x1."""
    assert multiplications(ResNet(depth), size) == pytest.approx(expected, rel=0.03)


def test_a_step_that_waits_for_a_busy_core_does_not_count(monkeypatch):
    """The clock is that of the processor, which also counts threads that wait for another thread in a loop."""
    steps = [0.5, 0.5, 50.0, 0.5, 0.5, 0.5, 0.5, 50.0]  # two that choose kernels, then three of each batch
    readings = iter([reading for step in steps for reading in (100.0, 100.0 + step)])
    monkeypatch.setattr("resnet_lab.speed.run_seconds._clock", lambda: next(readings))
    assert seconds_per_image(ResNet(8, num_classes=2), CONFIG) == pytest.approx(0.5 / 16)
