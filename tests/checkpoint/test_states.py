"""The newest state that is whole is the one to go on from."""

import pytest
import torch

from resnet_lab.checkpoint.states import newest_whole_state, remove_states, state_path, states
from resnet_lab.checkpoint.writing import write_checkpoint
from resnet_lab.runs import claim_run


@pytest.fixture
def run(tmp_path):
    run = claim_run(tmp_path, "arm")
    write_checkpoint({"global_step": 50}, state_path(run, 50), run.checkpoints["last"])
    write_checkpoint({"global_step": 60}, state_path(run, 60))
    return run


def found(run):
    said = []
    path, content = newest_whole_state(run, said.append) or (None, {})
    return path, content.get("global_step"), said


def test_the_newest(run):
    assert states(run.states) == [state_path(run, 60), state_path(run, 50)]
    assert found(run) == (state_path(run, 60), 60, [])


def test_a_truncated_one_is_told_and_removed(run):
    state_path(run, 60).write_bytes(state_path(run, 60).read_bytes()[:-100])
    path, step, [said] = found(run)
    assert (path, step) == (state_path(run, 50), 50)
    assert "step_00000060.ckpt cannot be read" in said
    assert said.endswith("Going back to the one before it.")
    assert states(run.states) == [state_path(run, 50)]


def test_behind_them_stands_the_last_epoch(run):
    for path in states(run.states):
        path.unlink()
        path.write_bytes(b"")
    path, step, said = found(run)
    assert (path, step, len(said)) == (run.checkpoints["last"], 50, 2)


def test_a_checkpoint_of_an_older_version_is_not_gone_on_from(run):
    remove_states(run)
    torch.save({"global_step": 50}, run.checkpoints["last"])
    path, _, [said] = found(run)
    assert path is None
    assert "last.ckpt has no checksum" in said
    assert run.checkpoints["last"].exists()


def test_a_run_without_any(tmp_path):
    assert found(claim_run(tmp_path, "arm")) == (None, None, [])
