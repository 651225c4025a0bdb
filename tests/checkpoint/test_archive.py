"""Hostile files are refused by name before anything in them is loaded; none of them runs or writes anything."""

import io
import pickle
import zipfile
from collections import Counter, OrderedDict

import pytest
import torch

from resnet_lab.checkpoint.archive import objection


class Runs:
    """Unpickled, it would make a file."""

    def __init__(self, function, *arguments):
        self.reduced = (function, arguments)

    def __reduce__(self):
        return self.reduced


def saved(path, content):
    torch.save(content, path)
    return path


def repacked(path, *, compression=zipfile.ZIP_STORED, pickled=None, extra=()):
    """A checkpoint, packed anew with other contents."""
    torch.save({"a": torch.zeros(4)}, source := io.BytesIO())
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", compression) as new:
        for name in old.namelist():
            new.writestr(name, pickled if pickled is not None and name.endswith("data.pkl") else old.read(name))
        for name, content in extra:
            new.writestr(name, content)
    return path


def test_what_torch_saves_for_tensors_and_plain_values_passes(tmp_path):
    kinds = (torch.float32, torch.bfloat16, torch.float16, torch.float64, torch.int64, torch.uint8, torch.bool)
    content = {
        "state_dict": OrderedDict({str(kind): torch.zeros(2, dtype=kind) for kind in kinds}),
        "parameter": torch.nn.Parameter(torch.zeros(2)),
        "plain": [1, 2.5, "text", None, True, (1, 2), {"a": {}}],
        "shape": torch.Size([1, 2]),
        "dtype": torch.float32,
    }
    assert objection(saved(tmp_path / "a.ckpt", content)) is None


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (lambda target: Runs(eval, f"open({str(target)!r}, 'w')"), "builtins.eval"),
        (lambda target: Runs(exec, f"open({str(target)!r}, 'w')"), "builtins.exec"),
        (lambda target: Runs(bytearray, 10**12), "builtins.bytearray"),  # which weights_only would call
        (lambda target: Counter("abc"), "collections.Counter"),
        (lambda target: target, "pathlib"),
    ],
)
@pytest.mark.parametrize("protocol", [2, 4])
def test_a_class_or_function_is_refused_by_name(tmp_path, content, named, protocol):
    target = tmp_path / "made"
    torch.save({"hyper_parameters": content(target)}, tmp_path / "a.ckpt", pickle_protocol=protocol)
    text = objection(tmp_path / "a.ckpt")
    if protocol == 2:
        assert text.startswith(f"it refers to {named.replace('builtins', '__builtin__')}") or named in text
        assert text.endswith("which no checkpoint of resnet-lab does")
    else:
        assert text == "it refers to a class by a computed name, which no checkpoint of resnet-lab does"
    assert not target.exists()


@pytest.mark.parametrize(
    "name", ["archive/data.PKL", "archive/Data.pkl", "archive/constants.pkl", "data.pkl", "a/b/c/d"]
)
def test_an_entry_that_torch_does_not_write_is_refused(tmp_path, name):
    """Torch's reader knows no case: it finds ``data.PKL``, which a look at ``*.pkl`` passes by."""
    path = repacked(tmp_path / "a.ckpt", extra=[(name, pickle.dumps(bytearray, 2))])
    assert objection(path) == f"its entry {name} is none that torch writes"


def test_tuples_that_take_for_ever_to_hash(tmp_path):
    """As a key, tuples that hold each other twice take 2^60 steps; the file has a kilobyte."""
    key = ()
    for _ in range(60):
        key = (key, key)
    pickled = io.BytesIO()
    pickler = pickle.Pickler(pickled, protocol=2)
    pickler.dump([key])  # in place of {key: 1}, which could not even be made
    path = repacked(tmp_path / "a.ckpt", pickled=pickled.getvalue())
    assert path.stat().st_size < 3000
    assert objection(path) == "it refers to the same tuples over and over, which no checkpoint of resnet-lab does"


def test_a_zip_bomb(tmp_path):
    bomb = repacked(tmp_path / "a.ckpt", compression=zipfile.ZIP_DEFLATED, extra=[("a/data/9", bytes(50_000_000))])
    assert bomb.stat().st_size < 100_000
    assert objection(bomb) == "its entries are compressed, which torch never does"


def test_overlapping_entries(tmp_path):
    """Many names for the same bytes: the directory of the archive lists one entry a thousand times."""
    path = repacked(tmp_path / "a.ckpt", extra=[("a/data/9", bytes(1_000_000))])
    with zipfile.ZipFile(path, "a") as archive:
        last = archive.infolist()[-1]
        archive.filelist.extend([last] * 1000)
        archive._didModify = True
    assert path.stat().st_size < 2_000_000
    assert objection(path) == "its entries claim more bytes than the file has"


@pytest.mark.parametrize("name", ["../../outside", "/etc/outside", "a/../../outside"])
def test_paths_that_leave_the_archive(tmp_path, name):
    path = repacked(tmp_path / "a.ckpt", extra=[(name, b"x")])
    assert objection(path) == f"its entry {name} points out of the archive"


def test_what_is_no_archive(tmp_path):
    (tmp_path / "a.ckpt").write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(zipfile.BadZipFile):
        objection(tmp_path / "a.ckpt")
