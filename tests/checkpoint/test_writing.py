"""Checkpoints are written beside the training: whole, in order, as they were when they were saved."""

import threading

import pytest
import torch

from resnet_lab.training import checkpoint_io
from resnet_lab.training.checkpoint_io import BackgroundCheckpointIO, write_checkpoint


def load(path):
    return torch.load(path, weights_only=True)


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

    monkeypatch.setattr(checkpoint_io.os, "link", no_links)
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

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", full)
        io.save_checkpoint({"epoch": 2}, path)
        with pytest.raises(OSError, match="No space left on device"):
            io.save_checkpoint({"epoch": 3}, path)
        io.save_checkpoint({"epoch": 4}, path)
        with pytest.raises(OSError, match="No space left on device"):
            io.teardown()
    assert load(path) == {"epoch": 1}


def test_a_checkpoint_that_is_still_being_written_can_be_removed(tmp_path):
    io = BackgroundCheckpointIO()
    io.save_checkpoint({"epoch": 1}, tmp_path / "old.ckpt")
    io.remove_checkpoint(tmp_path / "old.ckpt")
    assert not any(tmp_path.iterdir())
