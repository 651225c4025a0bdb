"""Digests of result files: of their content, whatever its compression and line ends, and never of half a file."""

import gzip
import hashlib

import pytest

from resnet_lab.errors import InputError
from resnet_lab.runs import Run
from resnet_lab.runs.digests import (
    FIT_FILES,
    TEST_FILES,
    digest,
    digests,
    lacks_digests,
    refuse_altered_files,
    rewritten,
)


def test_a_digest_is_the_sha256_of_the_content(tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes(b"a,b\n1,2\n")
    assert digest(path) == hashlib.sha256(b"a,b\n1,2\n").hexdigest()


def test_compression_and_line_ends_change_nothing(tmp_path):
    plain, windows, packed = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "c.csv.gz"
    plain.write_bytes(b"a,b\n1,2\n")
    windows.write_bytes(b"a,b\r\n1,2\r\n")
    packed.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    assert digest(plain) == digest(windows) == digest(packed)
    plain.write_bytes(b"a,b\n1,3\n")
    assert digest(plain) != digest(packed)


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
@pytest.mark.parametrize("block", range(1, 8))
def test_a_digest_does_not_depend_on_the_blocks_in_which_a_file_is_read(tmp_path, monkeypatch, name, block):
    content = b"\r\na\r\r\nb\n\rc\r\n\r"
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    monkeypatch.setattr("resnet_lab.runs.digests._BLOCK", block)
    assert digest(tmp_path / name) == hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def test_files_that_a_run_does_not_have_have_no_digest(make_run):
    run = make_run(False)
    assert digests(run, FIT_FILES).keys() == {"config.yaml", "metrics.csv", "final/metrics.json"}
    assert digests(run, TEST_FILES).keys() == {*TEST_FILES}


def test_a_run_that_was_moved_is_what_it_was(make_run, tmp_path):
    run = make_run(False)
    refuse_altered_files(Run(run.path.rename(tmp_path / "version_9")))


def test_a_file_that_is_gone_is_refused(make_run):
    run = make_run(False)
    (run.path / "final" / "metrics.json").unlink()
    with pytest.raises(InputError, match=r"lacks final/metrics\.json, which it had: put it back, or leave"):
        refuse_altered_files(run)


def test_a_run_of_version_0_1_has_none_and_is_read(make_run):
    run = make_run(False)
    assert not lacks_digests(run)
    content = {key: value for key, value in run.status_content().items() if key != "digests"}
    run.replace_status(content)
    assert lacks_digests(run)
    run.metrics_path.write_text("other")
    refuse_altered_files(run)


def test_files_that_are_written_anew_get_new_digests(make_run):
    run = make_run(False)
    before = run.status().digests
    path = run.path / "test" / "metrics.json"
    with rewritten(run, TEST_FILES):
        assert run.status().digests == {name: before[name] for name in before if name not in TEST_FILES}
        path.write_text("{}")
    assert run.status().digests == {**before, "test/metrics.json": digest(path)}


def test_files_that_are_written_halfway_have_no_digest(make_run):
    run = make_run(False)
    with pytest.raises(OSError, match="full"), rewritten(run, TEST_FILES):
        raise OSError("full")
    assert not run.status().digests.keys() & {*TEST_FILES}
    assert lacks_digests(run)
