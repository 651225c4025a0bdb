"""A file is read once, and again as soon as it changes."""

import multiprocessing
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from resnet_lab.data import index as module
from resnet_lab.data.decode import inspect
from resnet_lab.data.index import FileIndex, read_file, refuse_changed
from resnet_lab.errors import InputError


@pytest.fixture
def files(cells, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    paths = [folder / f"{i}.png" for i in range(4)] + [folder / os.fsdecode(b"caf\xe9.png")]
    for source, path in zip(cells["defective"], paths, strict=False):
        shutil.copy(source, path)
    return paths


@pytest.fixture
def index(tmp_path, monkeypatch):
    """An index that notes which files it reads."""
    index = FileIndex(tmp_path / "cache" / "files.sqlite")
    index.read = []

    def noted(path):
        index.read.append(path)
        return read_file(path)

    monkeypatch.setattr(module, "read_file", noted)
    return index


def test_sha256_is_of_the_bytes(tmp_path):
    (tmp_path / "a.png").write_bytes(b"abc")  # FIPS 180-2, appendix B.1
    facts = read_file(tmp_path / "a.png")
    assert facts.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert facts.found is None
    assert "a.png cannot be decoded (" in str(facts.problem)


def test_later_times_read_nothing_and_say_the_same(index, files):
    first = index.facts(files)
    assert index.read == files
    assert FileIndex(index.path).facts(files) == first
    assert index.read == files
    assert first[0].found == inspect(files[0])


def test_what_cannot_be_used_is_read_again_since_the_cause_may_be_gone(index, files):
    files[1].write_bytes(b"no image")
    first = index.facts(files)
    index.read.clear()
    assert index.facts(files) == first
    assert index.read == [files[1]]
    assert first[1].problem == read_file(files[1]).problem


def test_the_same_relative_path_elsewhere_is_another_file(index, files, cells, tmp_path, monkeypatch):
    for name, source in (("one", cells["defective"][0]), ("two", cells["functional"][0])):
        (tmp_path / name).mkdir()
        content = source.read_bytes()
        (tmp_path / name / "a.png").write_bytes(content + bytes(200_000 - len(content)))
        os.utime(tmp_path / name / "a.png", ns=(1, 1))
    found = []
    for name in ("one", "two"):
        monkeypatch.chdir(tmp_path / name)
        found += index.facts([Path("a.png")])
    assert found[0].sha256 != found[1].sha256


def _ask(path, files, together):
    together.wait(timeout=300)
    FileIndex(path).facts(files)


def test_processes_that_start_together_make_it_once(files, tmp_path):
    context = multiprocessing.get_context("fork")
    for attempt in range(5):
        together = context.Barrier(4)
        path = tmp_path / f"{attempt}.sqlite"
        processes = [context.Process(target=_ask, args=(path, files, together)) for _ in range(4)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(60)
            assert process.exitcode == 0


def _ask_noting(path, files, together, log):
    module.read_file = lambda file: (log.open("a").write(f"{file.name}\n"), read_file(file))[1]
    _ask(path, files, together)


def test_processes_that_start_together_read_each_file_once(files, tmp_path):
    context = multiprocessing.get_context("fork")
    together, log = context.Barrier(3), tmp_path / "log"
    asked = (tmp_path / "files.sqlite", files[:4], together, log)
    processes = [context.Process(target=_ask_noting, args=asked) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert sorted(log.read_text().split()) == sorted(file.name for file in files[:4])


@pytest.mark.parametrize(
    "error",
    [
        sqlite3.OperationalError("database or disk is full"),
        sqlite3.OperationalError("attempt to write a readonly database"),
        sqlite3.OperationalError("disk I/O error"),
        sqlite3.DatabaseError("database disk image is malformed"),
        OSError("any"),
    ],
    ids=str,
)
def test_a_table_that_cannot_be_written_is_done_without_and_read_once(index, files, monkeypatch, capsys, error):
    def refuse(*_):
        raise error

    monkeypatch.setattr(module, "_remember", refuse)
    assert index.facts(files) == list(map(read_file, files))
    assert index.read == files
    note = capsys.readouterr().err
    assert note.startswith(f"note    The index of files {index.path} cannot be used ({error}): files are read again")
    index.facts(files)
    assert capsys.readouterr().err == ""  # said once


def test_a_flipped_bit_in_the_table_is_noticed(index, files):
    """A wrong sha256 would move images between the splits."""
    before = index.facts(files)
    index.read.clear()
    with sqlite3.connect(index.path) as table:
        table.execute("UPDATE files SET sha256 = replace(sha256, 'a', 'b') WHERE path = ?", [os.fsencode(files[0])])
        table.execute("UPDATE files SET width = width + 1 WHERE path = ?", [os.fsencode(files[2])])
    assert index.facts(files) == before
    assert index.read == [files[0], files[2]]


def test_a_changed_file_is_read_again_and_only_that_one(index, files, cells):
    before = index.facts(files)
    index.read.clear()
    shutil.copy(cells["functional"][0], files[2])
    after = index.facts(files)
    assert index.read == [files[2]]
    assert [a == b for a, b in zip(before, after, strict=True)] == [True, True, False, True, True]


def test_same_size_and_time_is_missed_unless_all_is_read_anew(index, files):
    before = index.facts(files)
    stamp = files[0].stat()
    content = bytearray(files[0].read_bytes())
    content[-1] ^= 1
    files[0].write_bytes(content)
    os.utime(files[0], ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert index.facts(files) == before
    assert index.facts(files, reread=True)[0].sha256 != before[0].sha256


def test_many_files_are_read_by_several_processes(files, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_TOO_FEW", 1)
    assert FileIndex(tmp_path / "a").facts(files) == list(map(read_file, files))


def test_what_is_no_file_is_named(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    assert str(read_file(tmp_path / "pipe.png").problem).endswith("pipe.png is no regular file")
    assert str(read_file(tmp_path / "gone.png").problem).endswith("gone.png cannot be read (No such file or directory)")


def test_an_index_of_another_format_is_made_anew(index, files):
    index.facts(files)
    with sqlite3.connect(index.path) as table:
        table.execute("PRAGMA user_version=99")
    index.read.clear()
    index.facts(files)
    assert index.read == files


def test_a_damaged_index_is_done_without(tmp_path, files, capsys):
    (tmp_path / "files.sqlite").write_bytes(b"damaged " * 1000)
    assert FileIndex(tmp_path / "files.sqlite").facts(files) == list(map(read_file, files))
    assert "cannot be used (file is not a database)" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["/proc/nowhere/files.sqlite", "/dev/null/files.sqlite"])
def test_where_nothing_can_be_written_files_are_read_each_time(files, place, capsys):
    assert FileIndex(Path(place)).facts(files) == list(map(read_file, files))
    assert f"The index of files {place} cannot be used" in capsys.readouterr().err


def test_without_a_home_folder_files_are_read_each_time(files, monkeypatch, capsys):
    def no_home():
        raise InputError("There is no home folder.")

    monkeypatch.setattr(module, "cache_folder", no_home)
    assert FileIndex().facts(files) == list(map(read_file, files))
    assert capsys.readouterr().err == (
        "note    There is no home folder. Until then, files are read again at each start.\n"
    )


def test_a_file_that_changed_is_refused_and_a_touched_one_is_not(files, cells):
    facts = read_file(files[0])
    refuse_changed(files[0], facts.sha256, facts.stamp)
    files[0].touch()
    refuse_changed(files[0], facts.sha256, facts.stamp)
    shutil.copy(cells["functional"][0], files[0])
    with pytest.raises(InputError, match=r"0\.png changed since the data set was read: put it back and resume the run"):
        refuse_changed(files[0], facts.sha256, facts.stamp)
    files[0].unlink()
    with pytest.raises(InputError, match=r"0\.png cannot be read any more \(No such file or directory\) since"):
        refuse_changed(files[0], facts.sha256, facts.stamp)


def test_a_file_that_became_a_pipe_is_refused_and_not_waited_for(files):
    facts = read_file(files[0])
    files[0].unlink()
    os.mkfifo(files[0])
    with pytest.raises(InputError, match=r"0\.png is no regular file any more since the data set was read"):
        refuse_changed(files[0], facts.sha256, facts.stamp)


def test_without_a_stamp_the_content_counts(files):
    facts = read_file(files[0])
    refuse_changed(files[0], facts.sha256)
    content = bytearray(files[0].read_bytes())
    content[-1] ^= 1
    files[0].write_bytes(content)
    os.utime(files[0], ns=(0, facts.stamp[1]))
    refuse_changed(files[0], facts.sha256, facts.stamp)  # what size and time miss
    with pytest.raises(InputError, match="changed since"):
        refuse_changed(files[0], facts.sha256)
