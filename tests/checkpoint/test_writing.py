"""Checkpoints are written beside the training: whole, in order, as they were when they were saved."""

import resource
import threading
from contextlib import suppress

import pytest
import torch

from resnet_lab.checkpoint import writing
from resnet_lab.checkpoint.content import checksum
from resnet_lab.checkpoint.writing import BackgroundCheckpointIO, write_checkpoint
from resnet_lab.errors import RunError


def load(path):
    content = torch.load(path, weights_only=True)
    assert content.pop("checksum") == checksum(content)
    return content


def test_what_is_written_is_what_was_saved_whatever_changes_after(tmp_path, monkeypatch):
    go_on = threading.Event()
    save = torch.save
    monkeypatch.setattr(torch, "save", lambda *arguments: (go_on.wait(10), save(*arguments)))
    weight = torch.zeros(3, 2, 4, 4).contiguous(memory_format=torch.channels_last).requires_grad_()
    rows = [{"epoch": 1}]
    io = BackgroundCheckpointIO()
    io.save_checkpoint({"weight": weight, "rows": rows}, tmp_path / "last.ckpt")
    assert not (tmp_path / "last.ckpt").exists()  # training has not waited for the disk
    with torch.no_grad():
        weight += 1
    rows.append({"epoch": 2})
    go_on.set()
    io.teardown()
    written = load(tmp_path / "last.ckpt")
    assert written["rows"] == [{"epoch": 1}]
    assert not written["weight"].any()
    assert written["weight"].is_contiguous(memory_format=torch.channels_last)


def test_the_same_file_by_another_name_keeps_its_content(tmp_path):
    last, best = tmp_path / "last.ckpt", tmp_path / "best.ckpt"
    io = BackgroundCheckpointIO()
    io.save_checkpoint({"epoch": 1}, last, storage_options=[best])
    io.save_checkpoint({"epoch": 2}, last)
    io.finish()
    assert (load(best), load(last)) == ({"epoch": 1}, {"epoch": 2})
    io.save_checkpoint({"epoch": 3}, last, storage_options=[best])
    io.finish()
    assert (load(best), load(last)) == ({"epoch": 3}, {"epoch": 3})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.ckpt", "last.ckpt"]


def test_a_file_system_without_links_gets_copies(tmp_path, monkeypatch):
    def no_links(*_):
        raise PermissionError("Operation not permitted")

    monkeypatch.setattr(writing.os, "link", no_links)
    write_checkpoint({"epoch": 1}, tmp_path / "last.ckpt", tmp_path / "best.ckpt")
    assert load(tmp_path / "best.ckpt") == {"epoch": 1}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.ckpt", "last.ckpt"]


def test_a_failed_write_is_told_by_the_next_save_and_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "last.ckpt"
    io = BackgroundCheckpointIO()
    io.save_checkpoint({"epoch": 1}, path)
    io.finish()

    def full(*_):
        raise OSError(28, "No space left on device")

    told = r"last\.ckpt cannot be written \(.*No space left on device; [\d,]+ MB are free there\)\. Those before"
    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", full)
        io.save_checkpoint({"epoch": 2}, path)
        with pytest.raises(RunError, match=told):
            io.save_checkpoint({"epoch": 3}, path)
        io.save_checkpoint({"epoch": 4}, path)
        with pytest.raises(RunError, match=told):
            io.teardown()
    assert load(path) == {"epoch": 1}


def test_a_checkpoint_that_is_still_being_written_can_be_removed(tmp_path):
    io = BackgroundCheckpointIO()
    io.save_checkpoint({"epoch": 1}, tmp_path / "old.ckpt")
    io.remove_checkpoint(tmp_path / "old.ckpt")
    assert not any(tmp_path.iterdir())


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path):
    """The system's own limit on the size of a file stands in for a full disk: it too breaks off within a write."""
    path = tmp_path / "last.ckpt"
    write_checkpoint({"epoch": 1}, path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(RunError, match=r"last\.ckpt cannot be written \(.*make room, then resnet-lab fit --resume"):
            write_checkpoint({"epoch": 2, "weights": torch.zeros(1_000_000)}, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert load(path) == {"epoch": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["last.ckpt"]


def test_only_the_two_newest_states_are_kept(tmp_path):
    for step in (8, 9, 10, 100):
        write_checkpoint({"global_step": step}, tmp_path / f"step_{step:08d}.ckpt")
    (tmp_path / "other.ckpt").touch()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["other.ckpt", "step_00000010.ckpt", "step_00000100.ckpt"]


def test_a_state_is_never_ahead_of_the_last_and_best_epoch_beside_it(tmp_path, monkeypatch):
    """Lost at any moment of a write: what the state says is then also what last.ckpt and best.ckpt hold."""
    state, last, best = tmp_path / "step_00000014.ckpt", tmp_path / "last.ckpt", tmp_path / "best.ckpt"
    for lost_at in range(4):
        for path in (last, best):
            path.unlink(missing_ok=True)
            write_checkpoint({"epoch": 1}, path)
        state.unlink(missing_ok=True)
        replaced, replace = [], writing._replace

        def lost(path, make, replaced=replaced, replace=replace, lost_at=lost_at):
            if len(replaced) == lost_at:
                raise KeyboardInterrupt
            replaced.append(path)
            replace(path, make)

        with monkeypatch.context() as patch, suppress(KeyboardInterrupt):
            patch.setattr(writing, "_replace", lost)
            write_checkpoint({"epoch": 2}, state, last, best)
        assert state.exists() == (lost_at == 3)
        assert not state.exists() or load(last) == load(best) == {"epoch": 2}
