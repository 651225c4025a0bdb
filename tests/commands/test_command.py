"""Every command is registered by the one file that holds it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from resnet_lab import commands
from resnet_lab.commands import all_commands
from resnet_lab.commands.command import Command
from resnet_lab.errors import InputError

FOLDER = Path(commands.__file__).parent


def test_each_command_is_the_file_of_its_name():
    assert {name: command.name for name, command in all_commands().items()} == {name: name for name in all_commands()}
    assert all((FOLDER / f"{name}.py").exists() for name in all_commands())


def test_positions_are_given_and_differ():
    positions = [command.position for command in all_commands().values()]
    assert positions == sorted(set(positions))


def test_a_new_file_is_a_new_command(tmp_path, monkeypatch):
    (tmp_path / "jump.py").write_text(
        "from resnet_lab.commands.command import Command\n"
        "COMMAND = Command(name='jump', summary='write the network', run=lambda words: 0)\n"
    )
    monkeypatch.setattr(commands, "__path__", [*commands.__path__, str(tmp_path)])
    assert list(all_commands())[-1] == "jump"
    assert "Write the network." in all_commands()["jump"].parser().format_help()
    monkeypatch.delitem(sys.modules, "resnet_lab.commands.jump")


def test_no_command_is_named_elsewhere():
    for module in (FOLDER.parent / "cli.py", FOLDER / "__init__.py"):
        names = {node.value for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Constant)}
        assert not names & all_commands().keys(), module


def test_listing_the_commands_loads_nothing_heavy():
    code = "import sys; from resnet_lab.commands import all_commands; all_commands(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    assert not {"torch", "lightning", "numpy", "jsonargparse", "tensorboard"} & set(done.stdout.split())


def test_a_command_that_takes_an_allocator_is_started_with_it():
    """``inspect`` once took ``--allocator`` and did nothing with it."""
    for name, command in all_commands().items():
        parser = command.parser()
        command.add_completions(parser)
        assert command.computes or "--allocator" not in parser.options or name == "study", name


def test_a_wrong_option_is_an_input_error():
    command = Command(name="dance", summary="dance", run=lambda words: 0)
    with pytest.raises(InputError, match=r"There is no option --loud\."):
        command.parse(["--loud"])
