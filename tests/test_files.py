"""Files written whole or not at all."""

import errno
import json
from pathlib import Path

import pytest

from resnet_lab.files import read_csv, write_bytes, write_csv, write_json, write_text


def test_a_failed_write_leaves_the_old_file(tmp_path):
    write_json(tmp_path / "a.json", {"x": 1})
    with pytest.raises(TypeError):
        write_json(tmp_path / "a.json", {"x": object()})
    assert json.loads((tmp_path / "a.json").read_text()) == {"x": 1}


def test_a_csv_file_is_read_as_it_was_written_and_a_missing_one_has_no_rows(tmp_path):
    rows = [{"name": "a, b", "value": "1.5"}, {"name": "line\nbreak", "value": ""}]
    write_csv(tmp_path / "a.csv", ("name", "value"), rows)
    assert read_csv(tmp_path / "a.csv") == rows
    assert read_csv(tmp_path / "b.csv") == []


def test_text_and_bytes_are_written_into_new_folders_as_they_are(tmp_path):
    write_text(tmp_path / "new" / "a.txt", "ü\r\n")
    write_bytes(tmp_path / "new" / "b.bin", b"\x00\r\n")
    assert (tmp_path / "new" / "a.txt").read_bytes() == b"\xc3\xbc\r\n"
    assert (tmp_path / "new" / "b.bin").read_bytes() == b"\x00\r\n"


def test_a_full_disk_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "a.bin"
    write_bytes(path, b"old")
    write = Path.write_bytes

    def full(self, content):
        write(self, content[:1])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*a\.bin'"):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
