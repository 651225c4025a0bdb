"""Progress of a command, on a terminal and off it."""

import io
import re
from types import SimpleNamespace

import lightning.pytorch as pl
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset
from tqdm import tqdm

from resnet_lab import Classifier
from resnet_lab.model.history import EpochHistory
from resnet_lab.training import progress
from resnet_lab.training.progress import TABLE_HEAD, epoch_line, epoch_row, planned_epochs, progress_display


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


ROW = {
    "epoch": 3.0,
    "train/loss": 0.5604,
    "train/accuracy": 0.7273,
    "val/loss": 0.4974,
    "val/accuracy": 0.7716,
    "time/images_per_second": 38.9,
}


def test_a_line_says_what_was_measured_and_how_long_it_takes():
    assert epoch_line(ROW, 10, 160.4) == (
        "epoch 3/10  train loss 0.5604 accuracy 0.7273  val loss 0.4974 accuracy 0.7716  39 images/s  "
        "elapsed 0:02:40  left 0:06:14"
    )


def test_a_run_without_a_known_end_has_no_time_left():
    assert epoch_line({"epoch": 3}, -1, 5) == "epoch 3  elapsed 0:00:05"


def test_a_line_of_the_table_stands_below_its_head():
    assert f"{TABLE_HEAD}\n{epoch_row(ROW, 10, 374)}".splitlines() == [
        "                training             validation",
        "    epoch       loss  accuracy       loss  accuracy    images/s  time left",
        "     3/10     0.5604    0.7273     0.4974    0.7716          39    0:06:14",
    ]
    assert epoch_row({"epoch": 1.0, "train/loss": 0.5, "train/accuracy": 0.7}, -1, None) == (
        "        1     0.5000    0.7000"
    )


@pytest.mark.parametrize(
    ("max_epochs", "max_steps", "accumulate", "planned"),
    [
        (10, -1, 1, 10),
        (10, 100, 1, 2),
        (-1, 100, 1, 2),
        (1, 100, 1, 1),
        (10, 100, 2, 4),
        (None, -1, 1, -1),
        (-1, -1, 1, -1),
    ],
)
def test_steps_can_end_a_run_before_its_epochs(max_epochs, max_steps, accumulate, planned):
    trainer = SimpleNamespace(
        max_epochs=max_epochs, max_steps=max_steps, accumulate_grad_batches=accumulate, num_training_batches=58
    )
    assert planned_epochs(trainer) == planned


def fit(tmp_path, monkeypatch, stream) -> str:
    monkeypatch.setattr(progress.sys, "stderr", stream)
    history = EpochHistory(tmp_path / "metrics.csv")
    display = progress_display(history)
    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=2,
        logger=False,
        callbacks=[history, display],
        enable_checkpointing=False,
        enable_model_summary=False,
    )
    data = TensorDataset(torch.randn(10, 3, 16, 16), torch.arange(10) % 2)
    model = Classifier(2, lr=1e-3, weight_decay=0, label_smoothing=0, warmup_epochs=0, depth=20)
    trainer.fit(model, DataLoader(data, batch_size=4), DataLoader(data, batch_size=4))
    trainer.validate(model, DataLoader(data, batch_size=4), verbose=False)
    trainer.test(model, DataLoader(data, batch_size=4), verbose=False)
    trainer.predict(model, DataLoader(data, batch_size=4))
    return stream.getvalue()


def test_off_a_terminal_it_is_one_line_per_epoch(tmp_path, monkeypatch):
    lines = fit(tmp_path, monkeypatch, io.StringIO()).splitlines()
    assert [line.split("  ")[0] for line in lines] == ["epoch 1/2", "epoch 2/2"]
    assert all(line.isprintable() for line in lines)


def test_on_a_terminal_it_is_a_table_above_a_bar_over_the_images_of_the_run(tmp_path, monkeypatch):
    stream = Terminal()
    bars = type("Bars", (tqdm,), {"__init__": lambda bar, **options: start_bar(bar, stream, **options)})
    monkeypatch.setattr(progress, "tqdm", bars)
    shown = fit(tmp_path, monkeypatch, stream)
    assert "epoch 2/2" in shown
    assert re.search(r"\| 20/20 \[", shown)  # two epochs of ten images, the last batches of two not counted as four
    lines = [line.rpartition("\r")[2].rstrip() for line in shown.split("\n")]
    *head, first, second = lines[:4]
    assert "\n".join(head) == TABLE_HEAD
    assert [first.split()[0], second.split()[0]] == ["1/2", "2/2"]
    assert len(first.split()) >= 6
    for label in ("scoring", "testing", "predicting"):
        assert re.search(rf"{label}: .*\| [1-9]\d*/10 \[", shown), label


def start_bar(bar, stream, **options):
    options = {**options, "dynamic_ncols": False, "mininterval": 0, "ncols": 120}
    tqdm.__init__(bar, file=stream, **options)
