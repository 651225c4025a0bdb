"""A table says the same whatever program wrote it; Python's own csv and codecs are the reference."""

import csv
import io
from itertools import product

import pytest

from resnet_lab.data.table import plain, read_table
from resnet_lab.errors import InputError

ROWS = [["path", "label", "notes"], ["a, b.png", 'say "x"; or y', "5,5"], ["b|\t.png", "Häuser 日本", "two\nlines"]]
EXPECTED = ("path", "label", "split")


def written(delimiter: str, quoting: int, ending: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=ending).writerows(ROWS)
    return text.getvalue()


@pytest.mark.parametrize(
    ("delimiter", "quoting", "ending", "codec"),
    [
        *product(",;\t|", (csv.QUOTE_MINIMAL, csv.QUOTE_ALL), ("\n", "\r\n"), ("utf-8-sig", "utf-16", "utf-16-be")),
        (",", csv.QUOTE_MINIMAL, "\n", "utf-8"),
    ],
)
def test_what_csv_writes_is_read(tmp_path, delimiter, quoting, ending, codec):
    path = tmp_path / "list.csv"
    path.write_bytes(written(delimiter, quoting, ending).encode(codec))
    table = read_table(path, EXPECTED)
    assert [table.columns, *(row.cells for row in table.rows)] == ROWS
    assert table.is_unicode


@pytest.mark.parametrize("ending", [".csv", ".tsv"])
def test_names_with_other_marks_in_them_do_not_mislead(tmp_path, ending):
    path = tmp_path / f"list{ending}"
    path.write_text("path;label, or class, or kind;x\na.png;1;2\n")
    assert read_table(path, EXPECTED).columns == ["path", "label, or class, or kind", "x"]
    assert read_table(path, EXPECTED).delimiter == "semicolon"


def test_lines_are_those_of_the_file_and_extra_cells_are_counted(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text('sep=,\n\npath,label\n\n"a\nb",x,,\n , \nc,y,z,,w\nd\n')
    assert [tuple(row) for row in read_table(path, EXPECTED).rows] == [
        (6, ["a\nb", "x"], 0),
        (8, ["c", "y"], 2),
        (9, ["d", ""], 0),
    ]


def test_bytes_that_are_not_utf8_survive(tmp_path):
    path = tmp_path / "list.csv"
    path.write_bytes("path,label\ncafé.png,x\n".encode("cp1252"))
    table = read_table(path, EXPECTED)
    assert not table.is_unicode
    assert next(table.rows).cells == ["caf\udce9.png", "x"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04workbook", "is a workbook, not a table of text: save its sheet as CSV"),
        (bytes.fromhex("d0cf11e0a1b11ae1"), "is a workbook"),
        ("path,label\n".encode("utf-16") + b"x", "looks like UTF-16 and is none"),
    ],
)
def test_what_is_no_text_is_named(tmp_path, content, said):
    (tmp_path / "list.csv").write_bytes(content)
    with pytest.raises(InputError, match=said):
        read_table(tmp_path / "list.csv", EXPECTED)


def test_an_empty_file_has_no_columns(tmp_path):
    for content in (b"", b"\xef\xbb\xbf", b"\n\n", b"sep=;\n", "\ufeff".encode("utf-16-le")):
        (tmp_path / "list.csv").write_bytes(content)
        table = read_table(tmp_path / "list.csv", EXPECTED)
        assert (table.columns, list(table.rows)) == ([], [])


def test_names_are_compared_without_case_blanks_and_form():
    assert plain("\ufeff Gro\u0308\u00dfe\u00a0") == plain("GR\u00d6SSE")
