"""The newest state that is whole is the one to go on from."""

import errno

import pytest
import torch

from resnet_lab.checkpoint import reading
from resnet_lab.checkpoint.states import newest_whole_state, restore_twin, state_path, states
from resnet_lab.checkpoint.writing import write_checkpoint
from resnet_lab.errors import InputError
from resnet_lab.runs import claim_run


@pytest.fixture
def run(tmp_path):
    run = claim_run(tmp_path, "arm")
    write_checkpoint({"global_step": 50}, state_path(run, 50), run.checkpoints["last"])
    write_checkpoint({"global_step": 60}, state_path(run, 60))
    return run


def damage(run):
    for path in states(run.states):
        path.unlink()  # last.ckpt is a link to one of them
        path.write_bytes(b"")


def found(run):
    said = []
    path, content = newest_whole_state(run, said.append) or (None, {})
    return path, content.get("global_step"), said


def test_the_newest(run):
    assert states(run.states) == [state_path(run, 60), state_path(run, 50)]
    assert found(run) == (state_path(run, 60), 60, [])


def test_a_truncated_one_is_told_and_set_aside(run):
    state_path(run, 60).write_bytes(state_path(run, 60).read_bytes()[:-100])
    path, step, [said] = found(run)
    assert (path, step) == (state_path(run, 50), 50)
    assert "step_00000060.ckpt cannot be read" in said
    assert said.endswith("Going back to the one before it.")
    assert states(run.states) == [state_path(run, 50)]


def test_behind_them_stands_the_last_epoch(run):
    damage(run)
    path, step, said = found(run)
    assert (path, step, len(said)) == (run.checkpoints["last"], 50, 2)
    assert sorted(path.name for path in run.states.iterdir()) == ["step_00000050.damaged", "step_00000060.damaged"]


def test_where_nothing_can_be_used_nothing_is_begun_again_over_it(run):
    damage(run)
    torch.save({"global_step": 50}, run.checkpoints["last"])  # of an older version
    with pytest.raises(InputError, match=r"No checkpoint of \S+version_0 can be used: .*last\.ckpt has no checksum"):
        newest_whole_state(run, print)
    assert len(states(run.states)) == 2  # as they were


def test_a_disk_that_cannot_be_read_is_not_a_damaged_file(run, monkeypatch):
    def fail(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(reading, "objection", fail)
    with pytest.raises(OSError, match="Input/output error"):
        newest_whole_state(run, print)
    assert len(states(run.states)) == 2


def test_a_run_without_any(tmp_path):
    assert found(claim_run(tmp_path, "arm")) == (None, None, [])


@pytest.mark.parametrize(
    ("from_", "best_epoch", "last", "best"),
    [
        ("last", 3, b"last", b"last"),  # the best epoch is the last one: it was not written yet, or is damaged
        ("last", 2, b"last", b"best"),
        ("best", 3, b"best", b"best"),
        ("state", 3, b"last", b"best"),
    ],
)
def test_last_and_best_are_made_equal_if_they_are_of_one_epoch(run, from_, best_epoch, last, best):
    paths = {**run.checkpoints, "state": state_path(run, 60)}
    for name in ("last", "best"):
        paths[name].unlink(missing_ok=True)
        paths[name].write_bytes(name.encode())
    restore_twin(run, paths[from_], {"epoch": 2, "callbacks": {"BestAndLast": {"best": {"epoch": best_epoch}}}})
    assert (paths["last"].read_bytes(), paths["best"].read_bytes()) == (last, best)


def test_a_state_before_the_first_epoch_has_no_best_epoch(run):
    restore_twin(run, state_path(run, 50), {"epoch": 0, "callbacks": {"BestAndLast": {"best": None}}})
    assert not run.checkpoints["best"].exists()
