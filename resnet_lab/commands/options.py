"""Option parser of the commands: argparse, with errors of one paragraph and the nearest right option."""

import argparse
import re
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

from typing_extensions import override

from resnet_lab.config.safe_yaml import UnusableYamlError, parse_yaml
from resnet_lab.errors import InputError
from resnet_lab.output import remark
from resnet_lab.suggestions import nearest_key


class OptionParser(argparse.ArgumentParser):
    """An ``ArgumentParser`` without abbreviated options that raises :class:`InputError` in place of printing usage."""

    def __init__(self, *args: Any, options: list[str] | None = None, **kwargs: Any) -> None:
        self.options = [] if options is None else options
        super().__init__(*args, **{"allow_abbrev": False, **kwargs})

    @override
    def add_argument(self, *names: Any, **kwargs: Any) -> argparse.Action:
        action = super().add_argument(*names, **kwargs)
        if not isinstance(action, OldSpelling):  # an old spelling is never suggested
            self.options += action.option_strings
        return action

    @override
    def add_subparsers(self, **kwargs: Any) -> Any:
        # In argparse the outermost parser reports an option that an inner parser does not know.
        return super().add_subparsers(**{"parser_class": partial(OptionParser, options=self.options), **kwargs})

    @override
    def error(self, message: str) -> NoReturn:
        if match := re.fullmatch(r"unrecognized arguments: (-[^\s=]+).*", message, re.DOTALL):
            # The option may belong to another command, so it is known here. It must not be suggested itself.
            known = [option.lstrip("-") for option in self.options if option != match[1]]
            message = f"There is no option {match[1]}{nearest_key(match[1].lstrip('-'), known, prefix='--')}"
        elif match := re.fullmatch(r"argument (\S+): invalid (int|float) value: '(.*)'", message, re.DOTALL):
            message = f"{match[1]} is {match[3]}; it must be a {'whole ' if match[2] == 'int' else ''}number."
        elif match := re.fullmatch(r"argument (\S+): expected (one|at least one) argument", message):
            message = f"{match[1]} has no value: give {match[1]} VALUE."
        elif match := re.fullmatch(r"the following arguments are required: (.+)", message):
            message = f"{match[1]} is missing: {self.prog} --help shows what to write."
        elif match := re.fullmatch(r"unrecognized arguments: (.+)", message, re.DOTALL):
            message = f"{match[1]} belongs to no option: {self.prog} --help shows what to write."
        raise InputError(message)


def note_old_spelling(old: str, instead: str) -> None:
    """Print the new spelling of a word of version 0.1."""
    remark(f"note    {old}: write {instead} instead; version 0.3 will refuse it.")


class OldSpelling(argparse.Action):
    """Option in the spelling of version 0.1: it still works, and a note on the console has the new spelling.

    Args:
        instead: The new spelling.
    """

    def __init__(self, *args: Any, instead: str, **kwargs: Any) -> None:
        super().__init__(*args, **{"default": argparse.SUPPRESS, "help": argparse.SUPPRESS, **kwargs})
        self.instead = instead

    @override
    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        value = self.const if self.nargs == 0 else values
        if value is None:  # an optional word that is absent
            return
        old = option_string or str(value)
        note_old_spelling(old, self.instead)
        setattr(namespace, self.dest, value)


def yaml_value(check: Callable[[Any], Any]) -> Callable[[str], Any]:
    """Return a type of option that is read as YAML, as ``fit`` reads ``--GROUP.KEY VALUE``.

    Args:
        check: Converts the value to that of the option; raises ``TypeError`` or ``ValueError`` for a wrong one.

    >>> yaml_value(tuple)("[0, 4095]")
    (0, 4095)
    """

    def value(text: str) -> Any:
        try:
            return check(parse_yaml(text))
        except UnusableYamlError as error:
            raise ValueError(text) from error

    value.__name__ = "YAML"  # argparse names it in its message
    return value
