"""Table in a text file, as Excel, LibreOffice, Google Sheets, pandas and hands write it."""

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple
from unicodedata import normalize

from resnet_lab.errors import InputError, printable
from resnet_lab.files import opened

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx and ods; xls


class Row(NamedTuple):
    """A row that is not blank.

    Attributes:
        line: Number of its last line in the file, from 1.
        cells: Its cells as written, one per column.
        extra: Number of cells that are not blank and have no column.
    """

    line: int
    cells: list[str]
    extra: int


class Table(NamedTuple):
    """A table with a line of column names.

    Attributes:
        columns: Names of the columns as written; empty in a file without rows. A column may have no name.
        rows: The rows below the names.
        delimiter: Name of the character between two cells.
        is_unicode: Whether the text is UTF-8 or UTF-16. Other bytes are read as ``surrogateescape`` does.
    """

    columns: list[str]
    rows: Iterator[Row]
    delimiter: str
    is_unicode: bool


def read_table(path: Path, expected: Collection[str]) -> Table:
    """Read a table of UTF-8 or UTF-16, whatever stands between its cells.

    Blank rows and blank cells at the end of a row do not count. A row may lack cells at its end, which are then empty:
    Excel leaves them out.

    Args:
        path: The file.
        expected: Names of columns that may be there. They tell which character stands between the cells.

    Raises:
        InputError: The file cannot be read, is a workbook, or has a quote that is never closed. This can also be
            raised while the rows are read.
    """
    try:
        with opened(path) as file:
            content = file.read()
    except OSError as error:
        raise InputError(f"The manifest {printable(path)} cannot be read ({error.strerror}).") from error
    text, is_unicode = _decoded(content, path)
    said = re.match(r"sep=(.)\s*?\r?\n", text)  # Excel's own line, above the names
    marks = (said[1],) if said else _order(path)
    wanted = {plain(name) for name in expected}

    def likeness(mark: str) -> tuple[int, int]:
        names = _names(path, text, mark, bool(said))
        return len(wanted & {plain(name) for name in names}), len(names)

    delimiter = max(marks, key=likeness)
    rows = _read(path, text, delimiter, has_sep=bool(said))
    columns = next(rows, Row(0, [], 0)).cells
    return Table(columns, _fitted(rows, len(columns)), _DELIMITERS.get(delimiter, delimiter), is_unicode)


def plain(name: str) -> str:
    """Return the name of a column without what does not count: case, blanks around it, Unicode form.

    >>> plain(" Path ")
    'path'
    """
    return normalize("NFC", name.strip("\ufeff \t\r\n\u00a0")).casefold()


def _order(path: Path) -> tuple[str, ...]:
    """Return the delimiters, the likeliest first."""
    return ("\t", ",", ";", "|") if path.suffix.lower() == ".tsv" else tuple(_DELIMITERS)


def _decoded(content: bytes, path: Path) -> tuple[str, bool]:
    """Return the text of a file, and whether it is Unicode."""
    if content.startswith(_WORKBOOKS):
        raise InputError(
            f"The manifest {printable(path)} is a workbook, not a table of text: save its sheet as CSV (UTF-8), and "
            "name that file."
        )
    begin = content[:4096]
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        codec = "utf-16"
    elif b"\0" in begin:  # only UTF-16 has zero bytes, beside each letter of the alphabet
        codec = "utf-16-le" if begin[1::2].count(0) > begin[::2].count(0) else "utf-16-be"
    else:
        text = content.decode("utf-8-sig", errors="surrogateescape")  # file names need not be UTF-8
        return text, re.search("[\udc80-\udcff]", text) is None
    try:
        return content.decode(codec), True
    except UnicodeDecodeError as error:
        raise InputError(
            f"The manifest {printable(path)} looks like UTF-16 and is none ({error.reason}): save it as CSV UTF-8."
        ) from error


def _names(path: Path, text: str, delimiter: str, has_sep: bool) -> list[str]:
    """Return the names of the columns if this delimiter stands between the cells; none if it cannot."""
    try:
        return next(_read(path, text, delimiter, has_sep=has_sep), Row(0, [], 0)).cells
    except InputError:
        return []


def _read(path: Path, text: str, delimiter: str, *, has_sep: bool) -> Iterator[Row]:
    """Yield the rows that are not blank, with all cells; without the line that names the delimiter, if there is one."""
    blank_before_quote = re.search(rf'{re.escape(delimiter)} +"', text) is not None
    table = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=blank_before_quote
    )
    try:
        for number, cells in enumerate(table):
            if number >= has_sep and any(cell.strip() for cell in cells):
                yield Row(table.line_num, cells, 0)
    except csv.Error as error:
        raise InputError(
            f"The manifest {printable(path)} has a stray quote at or before line {table.line_num} ({error}); a quote "
            'within quotes is written twice ("").'
        ) from error


def _fitted(rows: Iterator[Row], width: int) -> Iterator[Row]:
    """Yield rows with one cell per column."""
    for line, cells, _ in rows:
        extra = sum(1 for cell in cells[width:] if cell.strip())
        yield Row(line, cells[:width] + [""] * (width - len(cells)), extra)
