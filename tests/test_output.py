"""Output that no terminal acts on, and streams that refuse letters, are full, are closed, or have lost their reader."""

import ast
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

import resnet_lab
from resnet_lab import output
from resnet_lab.errors import RunError

PACKAGE = Path(resnet_lab.__file__).parent


def test_text_does_nothing_to_a_terminal(capsys):
    output.say("data    \x1b[2J\x1b]0;title\a\tcat\ntwo\n")
    output.remark("note    \x9b31m\udce9")
    output.give("a\rb")
    shown = capsys.readouterr()
    assert shown.out == "data    \\x1b[2J\\x1b]0;title\\x07\tcat\ntwo\na\\rb\n"
    assert shown.err == "note    \\x9b31m\\xe9\n"


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [("utf-8", "café 日本 ±"), ("cp1252", "café \\u65e5\\u672c ±"), ("ascii", "caf\\xe9 \\u65e5\\u672c \\xb1")],
)
def test_letters_that_the_encoding_lacks_are_escaped(monkeypatch, encoding, shown):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    output.open_streams()  # for what others print
    print("café 日本 ±")
    output.give("café 日本 ±")
    assert stream.buffer.getvalue().decode(encoding).splitlines() == [shown, shown]


def test_a_command_goes_on_when_nobody_reads_what_it_does_any_more(monkeypatch):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setattr(sys, "stderr", stream)
        with pytest.raises(BrokenPipeError):
            output.give("a result")
        output.say("start")
        output.remark("epoch 1")
        output.draw("\x1b[1F", stream)
        output.give("nowhere now, as Python would complain again at its end")


def test_a_result_that_cannot_be_written_is_an_error(monkeypatch):
    with Path("/dev/full").open("w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        with pytest.raises(RunError, match=r"cannot be written to standard output \(No space left on device\)"):
            output.give("a result")


def test_closed_streams_take_text_and_no_file_gets_their_number(tmp_path):
    code = (
        "import sys; from resnet_lab.output import *; open_streams()\n"
        "import os; file = open('kept.txt', 'w'); assert file.fileno() > 2, file.fileno()\n"
        "say('a'); remark('b'); give('c'); print('d'); print('e', file=sys.stderr); os.system('echo f; echo g >&2')\n"
        "close_streams()"
    )
    shell = '"$0" -c "$1" <&- >&- 2>&-'
    done = subprocess.run(["sh", "-c", shell, sys.executable, code], cwd=tmp_path, timeout=60)
    assert done.returncode == 0
    assert (tmp_path / "kept.txt").read_text() == ""


def test_a_name_in_a_traceback_does_nothing_to_a_terminal(capsys):
    output.show_failure(ValueError, ValueError("\x1b[2J.png"), None)
    assert capsys.readouterr().err == "ValueError: \\x1b[2J.png\n"


def test_everything_is_printed_in_one_place():
    """A ``print`` elsewhere would show the control characters of a name, and stop a run whose log is lost."""
    elsewhere = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "sys.stdout.write", "sys.stderr.write")
    ]
    assert elsewhere == []
