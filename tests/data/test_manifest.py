"""A manifest is a table; each row that cannot be used is named by its line."""

import os
from pathlib import Path

import pytest

from resnet_lab.data.manifest import read_manifest
from resnet_lab.errors import InputError


@pytest.fixture
def root(tmp_path) -> Path:
    for name in ("a.png", "b, c.png", "sub/d.png", os.fsdecode(b"caf\xe9.png")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "link").symlink_to("sub")
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    (outside / "x.png").touch()
    (tmp_path / "out").symlink_to(outside)
    return tmp_path


def read(root: Path, text: str | bytes, name: str = "list.csv"):
    (root / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_manifest(root / name)


def test_paths_labels_and_splits(root):
    layout = read(root, 'path,label,split\na.png,x,train\n"b, c.png",y,Valid\nsub/../sub/d.png,x,test\n')
    rows = [(str(p.path.relative_to(root)), p.label, p.split) for p in layout.placed]
    assert rows == [("a.png", "x", "train"), ("b, c.png", "y", "val"), ("sub/d.png", "x", "test")]
    assert layout.given == {"train", "val", "test"}
    assert layout.root == root


def test_without_splits_all_is_one_tree(root):
    layout = read(root, "label\tother\tpath\nx\t1\ta.png\ny\t2\tb, c.png\n", "list.tsv")
    assert [(p.path.name, p.label, p.split) for p in layout.placed] == [("a.png", "x", None), ("b, c.png", "y", None)]
    assert layout.given == frozenset()


def test_a_byte_order_mark_absolute_paths_and_names_that_are_no_utf8(root):
    text = b"\xef\xbb\xbfpath,label\r\n" + os.fsencode(root / "a.png") + b",x\r\ncaf\xe9.png,d\xe9faut\r\n"
    layout = read(root, text)
    assert [p.path for p in layout.placed] == [root / "a.png", root / os.fsdecode(b"caf\xe9.png")]
    assert [p.label for p in layout.placed] == ["x", r"d\xe9faut"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,label\na.png,x\n", "has no column path; its first line names the columns: path, label and, if you like"),
        ("", "has no column path and no column label"),
        ("path,label\n", "lists no images"),
        ("path,label\n,\n\n", "lists no images"),
        ("path;label\na.png;x\n", "It has path;label. Save it as UTF-8 with commas between the columns"),
        ("path,label\n../x.png,x\n", r"line 2: \.\./x\.png leads out of the manifest's folder"),
        ("path,label\nsub/../../x.png,x\n", "line 2: sub/../../x.png leads out of"),
        ("path,label\n@EADIR/a.png/t.jpg,x\n", "t.jpg is no photograph of the data set: @EADIR belongs to a system"),
        ("path,label\n/etc/passwd,x\n", "line 2: /etc/passwd leads out of"),
        ("path,label\na.png,x\n./a.png,y\n", r"line 3: \./a\.png is listed twice, as a\.png too"),
        ("path,label\nsub/d.png,x\nlink/d.png,y\n", "line 3: link/d.png is listed twice, as sub/d.png too"),
        ("path,label\nout/x.png,x\n", "line 2: out/x.png leads out of the manifest's folder, by a link"),
        ("path,label,label\na.png,x,y\n", "names a column twice: path, label, label"),
        ("path,label\na.png,x, y\n", "line 2: a.png has 3 fields, and there are 2 columns"),
        ("path,label,notes\na.png,x\n", "line 2: a.png has 2 fields, and there are 3 columns"),
        ('path,label,notes\na.png,x,"5 cm\n"b, c.png",x,odd"\n', "has a stray quote at or before line 3"),
        ('path,label\na.png,"x\n', r"has a stray quote at or before line 2 \(unexpected end of data\)"),
        ('path,label\na.png,"x\nsub/d.png,y\nz"\n', "line 4: a.png has a line break in its label or split"),
        ("path,label\na.png,\n", "line 2: a.png has no label"),
        ("path,label\nno.png,x\n,x\n", "line 2: no.png is no file\n  line 3:  is no file"),
        ("path,label\nsub,x\n", "line 2: sub is no file"),
        ("path,label,split\na.png,x,dev\n", "line 2: a.png has split 'dev'; known are train, val, valid"),
        ("path,label,split\na.png,x,\n", "line 2: a.png has split ''"),
        ("path,label,split\na.png,x,test\n", "has splits, but no row with split train"),
    ],
)
def test_what_cannot_be_used_is_named(root, text, message):
    with pytest.raises(InputError, match=message):
        read(root, text)


def test_labels_are_trimmed_and_dots_are_names_too(root):
    (root / "..dots.png").touch()
    layout = read(root, "path,label\na.png, x\n..dots.png,x\n")
    assert [(p.path.name, p.label) for p in layout.placed] == [("a.png", "x"), ("..dots.png", "x")]
