"""Copies of a run folder: what has changed, and a copy that was broken off anywhere."""

import os
from dataclasses import replace

import pytest

from resnet_lab.machines.copies import Changes, ChangingFolder, write_changes

RUN = {
    "metrics.csv": "epoch\n1\n",
    "checkpoints/last.ckpt": "epoch 1",
    "status.json": "running",
    "checkpoints/resume/step_00000004.ckpt": "epoch 1",
}


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def read(folder):
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def run(tmp_path):
    write(tmp_path / "run", RUN)
    return tmp_path / "run"


def test_a_copy_follows_its_folder(run, tmp_path):
    watch, copy = ChangingFolder(run), tmp_path / "copy"
    write_changes(copy, watch.changes())
    assert read(copy) == RUN
    assert watch.changes() == Changes()
    write(run, {"metrics.csv": "epoch\n1\n2\n", "final/metrics.json": "{}"})
    (run / "checkpoints/resume/step_00000004.ckpt").unlink()
    changes = watch.changes()
    assert [name for name, _ in changes.files] == ["final/metrics.json", "metrics.csv"]
    assert changes.gone == ("checkpoints/resume/step_00000004.ckpt",)
    write_changes(copy, changes)
    assert read(copy) == read(run)
    assert not (copy / "checkpoints/resume").exists()  # a finished run has no such folder


def test_a_folder_that_is_not_there_yet_has_no_changes(tmp_path):
    assert ChangingFolder(tmp_path / "later").changes() == Changes()


def test_what_is_known_is_no_change(run):
    assert ChangingFolder(run, known=True).changes() == Changes()


def test_a_file_of_equal_size_that_was_replaced_is_a_change(run):
    watch = ChangingFolder(run, known=True)
    times = (run / "status.json").stat()
    write(run, {"new": "RUNNING"})
    (run / "new").replace(run / "status.json")
    os.utime(run / "status.json", ns=(times.st_atime_ns, times.st_mtime_ns))
    assert [name for name, _ in watch.changes().files] == ["status.json"]


def test_links_to_one_file_travel_once_and_stay_links(run, tmp_path):
    os.link(run / "checkpoints/last.ckpt", run / "checkpoints/best.ckpt")
    changes = ChangingFolder(run).changes()
    assert sorted(changes.contents.values()).count(b"epoch 1") == 2  # the state is a file of its own here
    write_changes(tmp_path / "copy", changes)
    both = [(tmp_path / "copy" / "checkpoints" / f"{which}.ckpt").stat().st_ino for which in ("best", "last")]
    assert both[0] == both[1]


def test_locks_and_files_that_are_being_written_stay(run):
    write(run, {".lock": "", ".status.json.77": "{", "checkpoints/best.tmp": "ep"})
    assert {name for name, _ in ChangingFolder(run).changes().files} == RUN.keys()


@pytest.mark.timeout(60)
def test_a_pipe_is_no_file_of_a_run_and_is_not_waited_for(run):
    os.mkfifo(run / "pipe.csv")
    assert {name for name, _ in ChangingFolder(run).changes().files} == RUN.keys()


def test_a_copy_that_was_broken_off_looks_like_a_killed_run(run, tmp_path):
    """A state comes after the checkpoints of its time, and "finished" after all results."""
    write(run, {"status.json": "finished", "final/metrics.json": "{}", "test/predictions.csv": "path"})
    changes = ChangingFolder(run).changes()
    names = [name for name, _ in changes.files]
    assert names[-3:] == ["checkpoints/last.ckpt", "status.json", "checkpoints/resume/step_00000004.ckpt"]
    for number in range(len(names)):
        copy = tmp_path / f"copy{number}"
        write_changes(copy, replace(changes, files=changes.files[:number]))
        there = read(copy)
        assert "status.json" not in there or {"final/metrics.json", "checkpoints/last.ckpt"} <= there.keys()
        assert not any("resume" in name for name in there)


def test_what_is_read_later_is_never_older(run, monkeypatch):
    """An epoch ends while the folder is read: its metrics and checkpoints come along, and its state does not."""
    watch, read_file = ChangingFolder(run), ChangingFolder._read

    def read_slowly(self, path, contents):
        number = read_file(self, path, contents)
        if path.startswith("checkpoints/resume"):
            write(run, {"metrics.csv": "epoch\n1\n2\n", "checkpoints/last.ckpt": "epoch 2", "final/metrics.json": "{}"})
            write(run, {"status.json": "finished"})
        return number

    monkeypatch.setattr(ChangingFolder, "_read", read_slowly)
    changes = watch.changes()
    found = {name: changes.contents[number].decode() for name, number in changes.files}
    assert found == {
        "metrics.csv": "epoch\n1\n2\n",
        "final/metrics.json": "{}",
        "checkpoints/last.ckpt": "epoch 2",
        "status.json": "finished",
        "checkpoints/resume/step_00000004.ckpt": "epoch 1",
    }
