"""Best is the highest accuracy, then the lowest loss, then the earliest; last is truly the last."""

import math
from functools import partial
from types import SimpleNamespace

import pytest

from resnet_lab.checkpoint.saver import BestAndLast
from resnet_lab.model.history import EpochHistory
from resnet_lab.runs import Run


def write(epoch, path, storage_options=()):
    path.parent.mkdir(parents=True, exist_ok=True)
    for file in (path, *storage_options):
        file.write_text(str(epoch))


def kept(tmp_path, scores):
    """Feed (accuracy, loss) an epoch; return the epochs whose weights end in best.ckpt and last.ckpt."""
    run, history = Run(tmp_path), EpochHistory(tmp_path / "metrics.csv")
    saver = BestAndLast(run, history, every_n_steps=100)
    for epoch, score in enumerate(scores, start=1):
        history.rows.append({"epoch": epoch, **dict(zip(("val/accuracy", "val/loss"), score, strict=bool(score)))})
        trainer = SimpleNamespace(save_checkpoint=partial(write, epoch), global_step=10 * epoch, should_stop=False)
        saver.on_train_epoch_end(trainer, None)
    assert sorted(path.name for path in (tmp_path / "checkpoints").iterdir()) == ["best.ckpt", "last.ckpt", "resume"]
    best, last = (int(run.checkpoints[which].read_text()) for which in ("best", "last"))
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
    saver = BestAndLast(Run(tmp_path), EpochHistory(), every_n_steps=1)
    assert saver.best_epoch is None
    saver.best = {"epoch": 2, "accuracy": 0.5, "loss": 1.0}
    other = BestAndLast(Run(tmp_path), EpochHistory(), every_n_steps=1)
    other.load_state_dict(saver.state_dict())
    assert other.best_epoch == 2


@pytest.mark.parametrize(
    ("options", "saved"),
    [
        ({"every_n_steps": 1}, [1, 2, 3, 4, 5]),  # of six batches the last one ends the epoch
        ({"every_n_steps": 2}, [2, 4]),
        ({"every_n_steps": 7}, []),
        ({"every_n_steps": 1, "accumulate": 2}, [1, 2]),  # steps after batches 2 and 4; the third is the last
        ({"every_n_steps": 1, "accumulate": 4}, [1]),  # a step after batch 4, and one of what is left over
        ({"every_n_steps": 1, "val_check_batch": 2}, [1, 3, 5]),  # batches that a validation follows are passed over
        ({"every_n_steps": 1, "max_steps": 3}, [1, 2]),
        ({"every_n_steps": 7, "received_sigterm": True}, [1, 2, 3, 4, 5]),
        ({"every_n_steps": 1, "should_stop": True}, []),
    ],
)
def test_states_within_an_epoch(tmp_path, options, saved):
    options = {"accumulate": 1, "val_check_batch": 6, "max_steps": -1, "received_sigterm": False, **options}
    saver = BestAndLast(Run(tmp_path), EpochHistory(), options["every_n_steps"])
    paths = []
    trainer = SimpleNamespace(
        global_step=0,
        num_training_batches=6,
        check_val_every_n_epoch=1,
        should_stop=options.get("should_stop", False),
        save_checkpoint=paths.append,
        **{key: options[key] for key in ("val_check_batch", "max_steps", "received_sigterm")},
    )
    for batch in range(6):
        if trainer.global_step == trainer.max_steps:
            break
        trainer.global_step += (batch + 1) % options["accumulate"] == 0 or batch == 5
        saver.on_train_batch_end(trainer, None, None, None, batch)
    assert [path.name for path in paths] == [f"step_{step:08d}.ckpt" for step in saved]
