"""Best is the highest accuracy, then the lowest loss, then the earliest; last is truly the last."""

import math
from functools import partial
from types import SimpleNamespace

import pytest

from resnet_lab.model.history import EpochHistory
from resnet_lab.training.checkpoints import BestAndLast


def write(epoch, path, weights_only, storage_options):
    for file in (path, *storage_options):
        file.write_text(str(epoch))


def kept(tmp_path, scores):
    """Feed (accuracy, loss) an epoch; return the epochs whose weights end in best.ckpt and last.ckpt."""
    paths = {which: tmp_path / f"{which}.ckpt" for which in ("best", "last")}
    history = EpochHistory(tmp_path / "metrics.csv")
    saver = BestAndLast(paths, history)
    for epoch, score in enumerate(scores, start=1):
        history.rows.append({"epoch": epoch, **dict(zip(("val/accuracy", "val/loss"), score, strict=bool(score)))})
        trainer = SimpleNamespace(save_checkpoint=partial(write, epoch))
        saver.on_train_epoch_end(trainer, None)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.ckpt", "last.ckpt"]
    best, last = (int(paths[which].read_text()) for which in ("best", "last"))
    assert saver.best_epoch == best
    return best, last


@pytest.mark.parametrize(
    ("scores", "best"),
    [
        ([(0.5, 1.0), (0.7, 0.9), (0.6, 0.1)], 2),
        ([(0.7, 0.9), (0.7, 0.8), (0.7, 0.85)], 2),
        ([(0.7, 0.9), (0.7, 0.9)], 1),
        ([(0.7, math.nan), (0.7, 5.0)], 2),
        ([(0.7, 5.0), (0.7, math.nan)], 1),
        ([(math.nan, math.nan), (0.0, 9.0)], 2),
        ([(0.1, 1.0)], 1),
        ([(), (0.1, 1.0), ()], 2),  # epochs without validation
        ([(), ()], 2),
    ],
)
def test_best_and_last(tmp_path, scores, best):
    assert kept(tmp_path, scores) == (best, len(scores))


def test_state_goes_through_a_checkpoint(tmp_path):
    saver = BestAndLast({}, EpochHistory(tmp_path))
    assert saver.best_epoch is None
    saver.best = {"epoch": 2, "accuracy": 0.5, "loss": 1.0}
    other = BestAndLast({}, EpochHistory(tmp_path))
    other.load_state_dict(saver.state_dict())
    assert other.best_epoch == 2
