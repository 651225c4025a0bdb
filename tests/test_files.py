"""Files are written whole or not at all, and read if they are regular files of a sane size."""

import errno
import json
import math
import os
import socket
from pathlib import Path

import pytest

from resnet_lab.errors import InputError
from resnet_lab.files import opened, read_csv, read_json, read_text, write_bytes, write_csv, write_json, write_text


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


@pytest.fixture
def special(tmp_path):
    """A pipe, a socket, a device, a folder and a link to the pipe, each by the word for it."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(os.path.relpath(tmp_path / "socket"))  # an absolute path may be too long for a socket
        yield {
            tmp_path / "pipe": "pipe",
            tmp_path / "socket": "socket",
            Path("/dev/zero"): "device",
            tmp_path: "folder",
        }


@pytest.mark.parametrize("read", [read_json, read_csv, read_text], ids=lambda read: read.__name__)
def test_what_is_no_regular_file_is_refused_and_not_waited_for(read, special, tmp_path):
    for path, kind in (*special.items(), (tmp_path / "link", "pipe")):
        with pytest.raises(InputError, match=f"{path} is a {kind}, and a file is needed"):
            read(path)


def test_a_file_that_becomes_a_pipe_while_it_is_opened_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    write_json(path, {})
    look = Path.stat

    def replaced(self, **options):
        found = look(self, **options)
        if self == path:
            path.unlink()
            os.mkfifo(path)
        return found

    monkeypatch.setattr(Path, "stat", replaced)
    with pytest.raises(InputError, match="is a pipe"):
        read_json(path)


def test_a_file_larger_than_expected_is_not_read(tmp_path):
    path = tmp_path / "a.json"
    with path.open("wb") as file:
        file.truncate(10**12)  # a file of holes takes no space
    with pytest.raises(InputError, match="has 1,000,000,000,000 bytes; a file of its kind has at most 64,000,000"):
        read_json(path)
    with opened(path) as file:  # no limit was asked for
        assert file.read(2) == b"\0\0"


def test_a_line_without_an_end_does_not_fill_the_memory(tmp_path):
    with (tmp_path / "a.csv").open("wb") as file:
        file.truncate(10**8)
    with pytest.raises(InputError, match=r"a\.csv is damaged: a line has 10,000,000 characters or more"):
        read_csv(tmp_path / "a.csv")
    with (tmp_path / "b.csv").open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(InputError, match="at most 1,000,000,000"):
        read_csv(tmp_path / "b.csv")


def test_a_table_that_csv_cannot_read_is_one_error(tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n1," + "x" * 200_000)
    with pytest.raises(InputError, match=r"a\.csv is damaged \(field larger than field limit"):
        read_csv(tmp_path / "a.csv")


def test_json_is_read_with_values_that_are_no_number(tmp_path):
    write_json(tmp_path / "a.json", {"nan": math.nan, "inf": math.inf, "deep": [[{"a": [1]}]]})
    read = read_json(tmp_path / "a.json")
    assert math.isnan(read.pop("nan"))
    assert read == {"inf": math.inf, "deep": [[{"a": [1]}]]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 200_000, "is damaged .it is nested too deep"),
        ('{"a": ' + "[" * 60 + "]" * 60 + "}", "nested more than 50 levels deep"),
        ('{"a": [' + "[]," * 1_000_000 + "1]}", "holds more than 1,000,000 lists and objects"),
        ('{"a": 1, "b": {"c": 2, "c": 3}}', "the key c stands twice in one object"),
        ('{"a": ' + "1" * 5000 + "}", "4300 digits"),
        ('{"a": 1', "is damaged"),
        ("[1]", "holds no JSON object"),
        ("", "is damaged"),
    ],
)
def test_json_that_cannot_be_used_is_one_error_with_the_file(tmp_path, text, said):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match=rf"a\.json .*{said}"):
        read_json(tmp_path / "a.json")


def test_json_in_another_encoding_is_one_error(tmp_path):
    (tmp_path / "a.json").write_bytes(b'{"a": "\xff"}')
    with pytest.raises(InputError, match=r"a\.json is damaged .*utf-8"):
        read_json(tmp_path / "a.json")
