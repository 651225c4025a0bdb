"""One row an epoch, in the file and in every logger, with the epoch as x axis."""

import lightning.pytorch as pl
import pytest
import torch
from lightning.pytorch.loggers.logger import DummyLogger
from torch.utils.data import DataLoader, TensorDataset

from resnet_lab import Classifier
from resnet_lab.model.history import EpochHistory
from resnet_lab.runs import Run


class InMemoryLogger(DummyLogger):
    def __init__(self):
        super().__init__()
        self.logged = []

    def log_metrics(self, metrics, step=None):
        self.logged.append((step, dict(metrics)))


def loader(n: int) -> DataLoader:
    generator = torch.Generator().manual_seed(n)
    return DataLoader(TensorDataset(torch.randn(n, 3, 16, 16, generator=generator), torch.arange(n) % 2), batch_size=4)


def fit(tmp_path, lr=3e-4, **options):
    history, logger = EpochHistory(tmp_path / "metrics.csv"), InMemoryLogger()
    torch.manual_seed(0)
    model = Classifier(2, lr=lr, weight_decay=0.0, label_smoothing=0.1, warmup_epochs=1, depth=20)
    trainer = pl.Trainer(
        **{"max_epochs": 3, **options},
        accelerator="cpu",
        logger=logger,
        callbacks=[history],
        log_every_n_steps=1,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=2,
    )
    trainer.fit(model, loader(10), loader(6))
    return history, logger, Run(tmp_path).metrics()


def test_a_row_an_epoch_with_every_scalar(tmp_path):
    history, logger, rows = fit(tmp_path)
    assert rows == history.rows
    assert [(row["epoch"], row["step"]) for row in rows] == [(1, 3), (2, 6), (3, 9)]  # 10 images: 4 + 4 + 2
    tags = ["train/accuracy", "train/loss", "train/objective", "val/accuracy", "val/loss", "lr", "time/epoch_seconds"]
    for row in rows:
        assert set(row) - {"time/images_per_second", "time/data_wait"} == {"epoch", "step", *tags}
    assert ["time/images_per_second" in row for row in rows] == [False, True, True]
    assert history.epochs == 3
    times = ["lr", "time/images_per_second", "time/data_wait", "time/epoch_seconds"]
    header = (tmp_path / "metrics.csv").read_text().splitlines()[0]
    assert header == ",".join(["epoch", "step", *tags[:5], *times])
    scalars = [(row["epoch"], {k: v for k, v in row.items() if k not in ("epoch", "step")}) for row in rows]
    assert logger.logged == scalars


def test_learning_rate_is_the_one_at_the_epochs_end(tmp_path):
    _, _, rows = fit(tmp_path)
    assert [row["lr"] for row in rows] == pytest.approx([3e-4, 1.5e-4, 0.0], abs=1e-12)


def test_throughput_is_the_training_loops(tmp_path, monkeypatch):
    """With a clock that ticks once a reading: 10 images between the epoch's start and its third batch's end."""
    # start, start and end of three batches, validation's end, the epoch's end
    ticks = iter(range(1000))
    monkeypatch.setattr("resnet_lab.model.epoch_clock.perf_counter", lambda: float(next(ticks)))
    history, _, rows = fit(tmp_path)
    assert rows[1]["time/images_per_second"] == pytest.approx(10 / 6)
    assert rows[1]["time/data_wait"] == pytest.approx(3 / 6)  # from the start to batch 1, from 1 to 2, from 2 to 3
    assert rows[1]["time/epoch_seconds"] == 8.0
    assert history.mean("time/images_per_second") == pytest.approx(10 / 6)


def test_validation_within_the_loop_is_not_training_time(tmp_path, monkeypatch):
    """Validated after the first batch and the second: a tick of validation each."""
    ticks = iter(range(1000))
    monkeypatch.setattr("resnet_lab.model.epoch_clock.perf_counter", lambda: float(next(ticks)))
    _, _, rows = fit(tmp_path, val_check_interval=1)
    # start 0, batch 1-2, validation until 3, batch 4-5, validation until 6, batch 7-8
    assert rows[1]["time/images_per_second"] == pytest.approx(10 / (8 - 2))
    assert rows[1]["time/data_wait"] == pytest.approx((1 + 1 + 1) / (8 - 2))


def test_an_epoch_without_validation_does_not_repeat_the_last_ones(tmp_path):
    _, _, rows = fit(tmp_path, max_epochs=4, check_val_every_n_epoch=2)
    assert ["val/accuracy" in row for row in rows] == [False, True, False, True]


def test_rows_go_through_a_checkpoint(tmp_path):
    history, _, _ = fit(tmp_path)
    other = EpochHistory(tmp_path / "other.csv")
    assert (other.epochs, other.mean("lr")) == (0, None)
    other.load_state_dict(history.state_dict())
    assert other.rows == history.rows
    assert other.seconds_before == pytest.approx(sum(row["time/epoch_seconds"] for row in history.rows))
