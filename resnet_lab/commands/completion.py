"""``resnet-lab completion SHELL``: a static script; a shell that completes starts neither Python nor torch."""

from typing import Any

from resnet_lab.commands.command import Command
from resnet_lab.commands.options import OptionParser
from resnet_lab.config.find import STUDIES, shipped_configs
from resnet_lab.output import give

_SHELLS = ("bash", "zsh", "fish")
_FILES, _FOLDER = (
    {"--config", "-c", "--ckpt_path", "--data.images"},
    {"--data.root", "--data.images_root", "--output", "--logs"},
)
_NAMED_FILES = """\
_resnet_lab_{kind}_files() {{
  compgen -W '{names}' -- "$1"
  compgen -f -- "$1"
}}"""


def completion(arguments: list[str]) -> int:
    """Print the completion script of a shell."""
    shell = COMMAND.parse(arguments).shell

    import shtab

    configs = sorted(path.name for path in shipped_configs().glob("*.yaml") if path.name != "recipe.yaml")
    studies = sorted(path.name for path in (shipped_configs() / STUDIES).glob("*.yaml"))
    named = {"config": configs, "study": studies}
    preamble = "\n".join(_NAMED_FILES.format(kind=kind, names=" ".join(names)) for kind, names in named.items())
    give(shtab.complete(_parser_of_all_commands(), shell, preamble=preamble if shell == "bash" else ""))
    return 0


def add_options(parser: OptionParser) -> None:
    """Add the options of the command."""
    parser.add_argument("shell", choices=_SHELLS)


def _parser_of_all_commands() -> OptionParser:
    """Return one parser of all commands. Only shtab reads it, for the completion script."""
    from resnet_lab.commands import all_commands

    parser = OptionParser(prog="resnet-lab")
    parser.add_argument("--version", action="store_true", help="show the version")
    subparsers = parser.add_subparsers()
    for name, command in all_commands().items():
        own = subparsers.add_parser(name, help=command.summary, options=[])
        command.add_options(own)
        command.add_completions(own)
        for action in own._actions:
            _complete_files(action)
    return parser


def _complete_files(action: Any) -> None:
    """Let the shell complete the value of an option as a file or folder, if it is one."""
    import shtab

    if "--config" in action.option_strings:
        action.complete = {**shtab.FILE, "bash": "_resnet_lab_config_files"}
    elif _FILES & {*action.option_strings}:
        action.complete = shtab.FILE
    elif _FOLDER & {*action.option_strings} or (not action.option_strings and action.metavar == "FOLDER"):
        action.complete = shtab.DIRECTORY


COMMAND = Command(
    name="completion",
    summary="print a script that completes commands and options in a shell",
    run=completion,
    add_options=add_options,
    position=110,
    description="Print a script that completes commands, options and choices.",
    epilog="for bash:\n  resnet-lab completion bash > ~/.local/share/bash-completion/completions/resnet-lab",
)
