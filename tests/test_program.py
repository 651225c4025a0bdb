"""Command lines that can be pasted, and processes that import nothing from the working folder."""

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import resnet_lab
from resnet_lab.commands import all_commands
from resnet_lab.errors import printable
from resnet_lab.program import PROGRAM, command_line, quoted

PACKAGE = Path(resnet_lab.__file__).parent
NAMES = ["plain", "my photos", "it's", 'a "b"', "$HOME `x` !", "back\\slash", "Größe 大小", "*", ""]
ODD = ["line\nbreak", "esc\x1b[2J", "it's\ttab\\", "\x9b\u202e", os.fsdecode(b"caf\xe9 f"), "\x01f"]


@pytest.mark.parametrize("word", NAMES + ODD)
def test_a_word_means_itself_to_bash_and_nothing_to_a_terminal(word):
    assert printable(quoted(word)) == quoted(word)
    done = subprocess.run(["bash", "-c", f"printf %s {quoted(word)}"], capture_output=True, check=True, timeout=60)
    assert done.stdout == os.fsencode(word)


def test_a_plain_command_has_no_quotes():
    assert command_line("test", Path("logs/plain34/version_0")) == "resnet-lab test logs/plain34/version_0"
    words = ["fit", "--config", "my configs/a.yaml", "--data.root", "it's"]
    assert shlex.split(command_line(*words)) == ["resnet-lab", *words]


def test_printed_commands_are_made_in_one_place():
    """Every command with a value in it goes through ``command_line``, which quotes it."""
    command = re.compile(rf"resnet-lab ({'|'.join(all_commands())}) [^.,;)]*\{{")
    wrong = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.JoinedStr) and command.search(ast.unparse(node))
    ]
    assert wrong == []
    quoting = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if "shlex" in path.read_text()}
    assert quoting == {"program.py", "machines/tether.py"}  # the tether runs without this package


SCRIPTS = ["lightning", "torch", "random", "numpy", "yaml", "inspect", "queue", "socket", "secrets", "datasets"]


@pytest.fixture
def own_scripts(tmp_path):
    """A working folder with scripts of the user's own that have the names of modules."""
    for name in SCRIPTS:
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a script of my own')\n")
    return tmp_path


@pytest.mark.parametrize("start", [PROGRAM, (sys.executable, "-m", "resnet_lab")], ids=["own", "by hand"])
def test_a_script_in_the_working_folder_is_not_imported(own_scripts, start):
    done = subprocess.run(
        [*start, "fti"], cwd=own_scripts, capture_output=True, text=True, timeout=120, check=False, env=_environment()
    )
    assert done.stderr == "resnet-lab: error: fti is not a command; did you mean fit?\n"


def test_processes_of_a_command_do_not_import_from_the_working_folder(own_scripts):
    code = (
        "import sys; folder = sys.path.pop(0)\n"
        "from resnet_lab.program import keep_working_folder_out; keep_working_folder_out(folder)\n"
        "import multiprocessing, subprocess, sys\n"
        "context = multiprocessing.get_context('forkserver')\n"
        "print(context.Pool(1).apply(eval, ('__import__(\"random\").__name__',)))\n"
        "print(subprocess.check_output([sys.executable, '-c', 'import random; print(random.__name__)'], text=True))"
    )
    (own_scripts / "random.py").write_text("__name__ = 'a script of my own'\n")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=own_scripts, capture_output=True, text=True, timeout=120, env=_environment()
    )
    assert done.stdout.split() == ["random", "random"], done.stderr


def _environment():
    """Return the environment without what this test process keeps for its own processes."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONSAFEPATH"}
