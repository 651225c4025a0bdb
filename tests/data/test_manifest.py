"""A manifest is a table; each row that cannot be used is named by its line."""

import os
import re
from pathlib import Path

import pytest

from resnet_lab.data.manifest import ManifestRule, read_manifest
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


def read(root: Path, text: str | bytes, name: str = "list.csv", rule: ManifestRule | None = None):
    (root / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_manifest(root / name, rule or ManifestRule())


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
        ("path.label\na.png.x\n", r"It has path\.label\. Save it as CSV, with commas or semicolons between"),
        ("path,label\n../x.png,x\n", r"line 2: \.\./x\.png is no file"),
        ("path,label\n@EADIR/a.png/t.jpg,x\n", "t.jpg is no photograph of the data set: @EADIR belongs to a system"),
        ("path,label\na.png,x\n./a.png,y\n", r"line 3: \./a\.png is listed twice, as a\.png too"),
        ("path,label\nsub/d.png,x\nlink/d.png,y\n", "line 3: link/d.png is listed twice, as sub/d.png too"),
        ("path,label\nout/x.png,x\nout/../x.png,y\n", "line 3: out/../x.png is no file"),  # out leads elsewhere
        ("path,label,label\na.png,x,y\n", "names a column twice: path, label, label"),
        ("path,label\na.png,x, y\n", "line 2: a.png has 3 fields, and there are 2 columns"),
        (
            "path;label\na.png;x; y\n",
            "line 2: a.png has 3 fields, and there are 2 columns: a semicolon in a cell needs",
        ),
        ("path,label,notes\na.png\n", "line 2: a.png has no label"),
        ('path,label,notes\na.png,x,"5 cm\n"b, c.png",x,odd"\n', "has a stray quote at or before line 3"),
        ('path,label\na.png,"x\n', r"has a stray quote at or before line 2 \(unexpected end of data\)"),
        ('path,label\na.png,"x\nsub/d.png,y\nz"\n', "line 4: a.png has a line break in its label or split"),
        ("path,label\na.png,\n", "line 2: a.png has no label"),
        ("path,label\nno.png,x\n,x\n", "line 2: no.png is no file\n  line 3: has no path"),
        ("path,label\nsub,x\n", r"line 2: sub is no file \(it is a folder\)"),
        ("path,label,split\na.png,x,dev\n", "line 2: a.png has split 'dev'; known are train, val, valid"),
        ("path,label,split\na.png,x,train\nsub/d.png,y, \n", "line 3: sub/d.png has no split, and other rows have"),
    ],
)
def test_what_cannot_be_used_is_named(root, text, message):
    with pytest.raises(InputError, match=message):
        read(root, text)


def test_labels_are_trimmed_and_dots_are_names_too(root):
    (root / "..dots.png").touch()
    layout = read(root, "path,label\na.png, x\n..dots.png,x\n")
    assert [(p.path.name, p.label) for p in layout.placed] == [("a.png", "x"), ("..dots.png", "x")]


AS_OTHERS_WRITE_IT = {
    "Excel, CSV UTF-8": "\ufeffpath,label,split\r\na.png,x,train\r\nsub/d.png,y,test\r\n".encode(),
    "Excel, semicolons and decimal commas": b"path;area;label;split\r\na.png;0,5;x;train\r\nsub/d.png;1,25;y;test\r\n",
    "Excel, with its own first line": b"sep=;\r\npath;label;split\r\na.png;x;train\r\nsub/d.png;y;test\r\n",
    "Excel, Unicode text": "path\tlabel\tsplit\r\na.png\tx\ttrain\r\nsub/d.png\ty\ttest\r\n".encode("utf-16"),
    "UTF-16 without a mark": "path,label,split\na.png,x,train\nsub/d.png,y,test\n".encode("utf-16-be"),
    "Excel, rows and columns cleared": b"path,label,split,,\na.png,x,train,,\n,,,,\nsub/d.png,y,test,,\n , ,,,\n,,,,\n",
    "Excel, cells missing at the end": b"path,label,split,notes,by\na.png,x,train,,\nsub/d.png,y,test\n",
    "LibreOffice, all cells quoted": b'"path";"label";"split"\n"a.png";"x";"train"\n"sub/d.png";"y";"test"\n',
    "Google Sheets, an empty row above": b",,\r\npath,label,split\r\na.png,x,train\r\nsub/d.png,y,test",
    "pandas, with its index": b",path,label,split\n0,a.png,x,train\n1,sub/d.png,y,test\n",
    "pandas, with its index twice": b",,path,label,split\n0,7,a.png,x,train\n1,3,sub/d.png,y,test\n",
    "by hand": b'path, "label", split\n a.png , "x", Train \nsub/d.png,y ,TEST\n',
    "by hand, bars": b"Path|Label|Split\na.png|x|train\nsub/d.png|y|test\n",
    "on Windows": b"path,label,split\r\n.\\a.png,x,train\r\nsub\\d.png,y,test\r\n",
    "on an old Mac": b"path,label,split\ra.png,x,train\rsub/d.png,y,test\r",
    "a column that nobody needs, twice": b"path,label,split,n,n\na.png,x,train,1,2\nsub/d.png,y,test,3,4\n",
}


@pytest.mark.parametrize("writer", AS_OTHERS_WRITE_IT)
def test_one_table_in_the_form_of_every_writer(root, writer):
    layout = read(root, AS_OTHERS_WRITE_IT[writer])
    rows = [(str(p.path.relative_to(root)), p.label, p.split) for p in layout.placed]
    assert rows == [("a.png", "x", "train"), ("sub/d.png", "y", "test")]


def test_a_column_of_splits_that_nobody_filled_in_gives_no_splits(root):
    assert read(root, "path,label,split\na.png,x,\nsub/d.png,y, \n").given == frozenset()


@pytest.mark.parametrize("columns", [{"path": "image", "label": "class"}, {"path": " IMAGE", "label": "Class "}])
def test_columns_by_other_names(root, columns):
    layout = read(root, "id,image,class,path\n7,a.png,x,no.png\n", rule=ManifestRule(columns))
    assert [(p.path.name, p.label) for p in layout.placed] == [("a.png", "x")]


def test_one_meaning_alone_can_have_another_name(root):
    layout = read(root, "path,label,fold\na.png,x,train\n", rule=ManifestRule({"split": "fold"}))
    assert layout.given == {"train"}
    with pytest.raises(InputError, match="has no column fold"):
        read(root, "path,label\na.png,x\n", rule=ManifestRule({"split": "fold"}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("image,class\na.png,x\n", "--data.columns '{path: image, label: class}'"),
        (",filename,target\n0,a.png,1\n", "--data.columns '{path: filename, label: target}'"),
        ("id,file,labels,width\n0,b.jpg,x,3\n", "--data.columns '{path: file, label: labels}'"),
        ("Image;Class;Fold\na.png;x;1\n", "--data.columns '{path: Image, label: Class}'"),
        ("path,lable\na.png,x\n", "--data.columns '{path: path, label: lable}'"),
        ("a,b,c\n1,2,3\n", "--data.columns '{path: COLUMN, label: COLUMN}'"),
        ("a.png,x\nsub/d.png,y\n", "Its first line is an image: write the line path,label above it"),
    ],
)
def test_a_message_has_the_option_that_is_probably_meant(root, text, said):
    with pytest.raises(InputError, match=re.escape(said)):
        read(root, text)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"image": "path", "class": "label"}, "on the right: write {path: image, label: class}"),
        ({"paths": "image"}, "has the key paths; it says which column has the path, the label, the split and"),
        ({"path": "name", "label": "Name"}, "gives two meanings to one column"),
        ({"path": "label"}, "gives two meanings to one column"),
    ],
)
def test_wrong_columns_are_refused_before_anything_is_read(columns, said):
    with pytest.raises(InputError, match=said):
        ManifestRule(columns)


def test_images_below_another_folder(root, tmp_path_factory):
    lists = tmp_path_factory.mktemp("lists")
    for number, (images_root, text) in enumerate(
        [
            (str(root), "path,label\na.png,x\nsub/d.png,y\n"),
            (str(root), f"path,label\n{root}/a.png,x\nsub/../sub/d.png,y\n"),
            (os.path.relpath(root), "path,label\na.png,x\nsub/d.png,y\n"),
        ]
    ):
        layout = read(lists, text, f"{number}.csv", rule=ManifestRule(images_root=images_root))
        assert layout.root == Path(images_root)
        assert [str(p.path.relative_to(layout.root)) for p in layout.placed] == ["a.png", "sub/d.png"]
    with pytest.raises(InputError, match=r"data\.images_root xxxx.*\.\.\..*xxxx is no folder"):
        read(lists, text, rule=ManifestRule(images_root="x" * 300))
    with pytest.raises(InputError, match="begins with a home folder that is not known"):
        read(lists, text, rule=ManifestRule(images_root="~nobody-of-this-name/photos"))


def test_images_that_lie_elsewhere_are_named_from_the_folder_that_all_have_in_common(root, tmp_path_factory):
    lists = tmp_path_factory.mktemp("lists")
    for text in (f"{root}/a.png,x\n{root}/sub/d.png,y\n", f"../{root.name}/a.png,x\n../{root.name}/sub/d.png,y\n"):
        text = text if text.startswith("/") else text.replace("../", f"{os.path.relpath(root.parent, lists)}/")
        layout = read(lists, f"path,label\n{text}")
        assert layout.root == root
        assert [str(p.path.relative_to(root)) for p in layout.placed] == ["a.png", "sub/d.png"]
    both = read(lists.parent, f"path,label\n{root}/a.png,x\n{os.path.relpath(root, lists.parent)}/sub/d.png,y\n")
    assert [p.path for p in both.placed] == [root / "a.png", root / "sub" / "d.png"]


def test_absolute_paths_and_a_manifest_through_a_link_to_its_folder(root, tmp_path_factory):
    """As ~/data is often a link to /mnt/disk/data, and pandas wrote either."""
    seen = tmp_path_factory.mktemp("home") / "data"
    seen.symlink_to(root)
    for there in (root, seen):
        for opened in (root, seen):
            (root / "list.csv").write_text(f"path,label\n{there}/a.png,x\n{there}/sub/d.png,y\n")
            layout = read_manifest(opened / "list.csv")
            assert layout.root == opened
            assert [str(p.path.relative_to(opened)) for p in layout.placed] == ["a.png", "sub/d.png"]


def test_the_message_says_where_the_images_may_be(root):
    with pytest.raises(InputError) as refused:
        read(root, "path,label\nd.png,x\n")
    assert str(refused.value).endswith(f"If all paths start in this folder, give --data.images_root {root}/link")
    with pytest.raises(InputError, match=re.escape(f"Line 2 may mean {root}/a.png.")):
        read(root, "path,label\nC:\\Users\\me\\a.png,x\n")
    with pytest.raises(InputError, match=r"The manifest is not UTF-8\. In Excel, save it as CSV UTF-8\."):
        read(root, "path,label\nk\u00e4fer.png,x\n".encode("cp1252"))


def test_a_path_that_is_too_long_for_the_system_is_named_by_its_line_and_shortened(root):
    with pytest.raises(InputError, match=r"line 2: x{60}\.\.\.x{60} is no file \(File name too long\)$"):
        read(root, f"path,label\n{'x' * 300},a\na.png,b\n")


def test_all_rows_may_be_of_the_test_split(root):
    layout = read(root, "path,label,split\na.png,x,Testing\n")
    assert (layout.given, layout.has_training) == ({"test"}, False)
