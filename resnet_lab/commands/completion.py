"""``resnet-lab completion SHELL``: a static script, so that completing needs neither Python nor torch."""

import inspect
import typing
from collections.abc import Iterator
from typing import Any

from resnet_lab.allocator import Allocator
from resnet_lab.commands import COMMANDS, LIGHTNING_COMMANDS
from resnet_lab.commands.bench import bench_options
from resnet_lab.commands.compare import compare_options
from resnet_lab.commands.dashboard import dashboard_options
from resnet_lab.commands.data import data_options
from resnet_lab.commands.inspect import inspect_options
from resnet_lab.commands.options import OptionParser
from resnet_lab.commands.predict import predict_options
from resnet_lab.commands.study import study_options
from resnet_lab.config.find import STUDIES, shipped_configs

_SHELLS = ("bash", "zsh", "fish")
_FILES, _FOLDER = {"--config", "-c", "--ckpt_path", "--data.images"}, {"--data.root", "--output", "--logs"}
_NAMED_FILES = """\
_resnet_lab_{kind}_files() {{
  compgen -W '{names}' -- "$1"
  compgen -f -- "$1"
}}"""
_PLAIN = (
    *("--config", "--name", "--logs", "--seed_everything", "--ckpt_path", "--print_config"),
    *("--checkpoint.every_n_steps", "--diagnostics.every_n_steps"),
)
_FROM_THE_DATA = {"model.num_classes", "model.class_counts", "data.seed"}  # never given by hand


def completion(arguments: list[str]) -> int:
    """Print the completion script of a shell."""
    shell = completion_options().parse_args(arguments).shell

    import shtab

    configs = sorted(path.name for path in shipped_configs().glob("*.yaml") if path.name != "recipe.yaml")
    studies = sorted(path.name for path in (shipped_configs() / STUDIES).glob("*.yaml"))
    named = {"config": configs, "study": studies}
    preamble = "\n".join(_NAMED_FILES.format(kind=kind, names=" ".join(names)) for kind, names in named.items())
    print(shtab.complete(_whole_parser(), shell, preamble=preamble if shell == "bash" else ""))
    return 0


def completion_options() -> OptionParser:
    """Return the options of the command."""
    parser = OptionParser(
        prog="resnet-lab completion",
        description="Print a script that completes commands, options and choices.",
        epilog="bash: resnet-lab completion bash > ~/.local/share/bash-completion/completions/resnet-lab",
    )
    parser.add_argument("shell", choices=_SHELLS)
    return parser


def lightning_options() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the options of ``fit``, ``validate``, ``test`` and ``predict`` with their choices, if they have any.

    They are read from the signatures: LightningCLI's own parser gives one too large to load.
    """
    from lightning.pytorch import Trainer

    from resnet_lab.data.module import ImageFolderDataModule
    from resnet_lab.model.classifier import Classifier

    yield from ((option, ()) for option in _PLAIN)
    yield from (("--allocator", typing.get_args(Allocator)), ("--compile", ("true", "false")))
    for group, kind in (("model", Classifier), ("data", ImageFolderDataModule), ("trainer", Trainer)):
        for name, parameter in inspect.signature(kind).parameters.items():
            if f"{group}.{name}" not in _FROM_THE_DATA:
                yield f"--{group}.{name}", _choices(parameter.annotation)


def _choices(annotation: Any) -> tuple[str, ...]:
    if annotation is bool:
        return ("true", "false")
    return tuple(map(str, typing.get_args(annotation))) if typing.get_origin(annotation) is typing.Literal else ()


def _whole_parser() -> OptionParser:
    """Return one plain parser of all commands: what the shell is to know, not what reads the command line."""
    parser = OptionParser(prog="resnet-lab")
    parser.add_argument("--version", action="store_true", help="show the version")
    commands = parser.add_subparsers()
    for command in LIGHTNING_COMMANDS:
        options = dict(lightning_options())
        if command == "fit":
            options["--resume"] = ()
        if command in ("test", "predict"):
            options["--output"] = ()
        if command == "predict":
            options |= {o: () for o in predict_options().options if o.startswith("--") and o != "--help"}
        stub = commands.add_parser(command, help=COMMANDS[command])
        for option, choices in options.items():
            flag = option == "--print_config"
            action = stub.add_argument(option, action="store_true") if flag else stub.add_argument(option)
            action.choices = choices or None
            _complete_files(action)
    data_options(commands.add_parser("data", help=COMMANDS["data"]))
    own_options = {
        "study": _study_with_settings(),
        "compare": compare_options(),
        "inspect": inspect_options(),
        "dashboard": dashboard_options(),
        "bench": bench_options(),
        "completion": completion_options(),
    }
    for command, own in own_options.items():
        commands.add_parser(command, help=COMMANDS[command], parents=[own], add_help=False)
    return parser


def _study_with_settings() -> OptionParser:
    """Return the options of ``study``, and the settings that it lays over every cell."""
    parser = study_options()
    for option, choices in lightning_options():
        if "." in option:
            action = parser.add_argument(option)
            action.choices = choices or None
            _complete_files(action)
    return parser


def _complete_files(action: Any) -> None:
    import shtab

    option = action.option_strings[0]
    if option == "--config":
        action.complete = {**shtab.FILE, "bash": "_resnet_lab_config_files"}
    elif option in _FILES:
        action.complete = shtab.FILE
    elif option in _FOLDER:
        action.complete = shtab.DIRECTORY
