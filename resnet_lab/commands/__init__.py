"""Commands of resnet-lab, one per file. Each file has a ``COMMAND``, and no list elsewhere names it."""

from importlib import import_module
from pkgutil import iter_modules

from resnet_lab.commands.command import Command


def all_commands() -> dict[str, Command]:
    """Return every command by its name, in the order of the help page; imports neither torch nor lightning."""
    modules = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    found = [command for module in modules if isinstance(command := getattr(module, "COMMAND", None), Command)]
    return {command.name: command for command in sorted(found, key=lambda command: command.position)}
