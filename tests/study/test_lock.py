"""A lock belongs to every process that inherits it."""

import errno
import fcntl
import os
import subprocess
import sys

import pytest

from resnet_lab.errors import InputError
from resnet_lab.study.lock import try_lock


def test_it_is_held_until_the_last_process_that_inherited_it_has_ended(tmp_path):
    path = tmp_path / "locks" / "run"
    lock = try_lock(path)
    assert lock is not None
    assert try_lock(path) is None
    waits = "import sys; sys.stdin.read()"
    child = subprocess.Popen([sys.executable, "-c", waits], stdin=subprocess.PIPE, pass_fds=[lock])
    os.close(lock)
    assert try_lock(path) is None
    child.communicate(timeout=60)
    again = try_lock(path)
    assert again is not None
    os.close(again)


def test_a_file_system_without_locks_is_an_error_with_a_way_out(tmp_path, monkeypatch):
    def fail(descriptor, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", fail)
    with pytest.raises(
        InputError, match=r"run cannot be locked \(No locks available\), so two studies could run the sa"
    ):
        try_lock(tmp_path / "run")


def test_a_folder_that_cannot_be_made_is_an_error_with_a_way_out(tmp_path):
    (tmp_path / "logs").touch()
    with pytest.raises(
        InputError, match=r"logs/locks/run cannot be created \(Not a directory\); name another folder with --l"
    ):
        try_lock(tmp_path / "logs" / "locks" / "run")
