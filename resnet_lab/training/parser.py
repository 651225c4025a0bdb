"""Parser of the command line: configs by bare name, errors as one paragraph with the nearest right word."""

import inspect
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

import jsonargparse
import yaml
from lightning.pytorch import callbacks, loggers, profilers
from lightning.pytorch.cli import LightningArgumentParser
from typing_extensions import override

from resnet_lab.config.find import find_config
from resnet_lab.config.flatten import without_empty_groups
from resnet_lab.config.own_config import for_evaluation, is_for_evaluation
from resnet_lab.config.ranges import check_class_weights, check_recipe
from resnet_lab.config.safe_yaml import UnusableYamlError, parse_yaml
from resnet_lab.errors import InputError
from resnet_lab.suggestions import nearest, nearest_key
from resnet_lab.training.option_messages import missing_key, stray_word, unknown_key, unknown_option, wrong_value
from resnet_lab.training.refusals import refuse_network

_MODE = "safe_yaml"
GROUP_TITLES = {
    "model": "Network and optimizer (--model.KEY)",
    "data": "Photographs and batches (--data.KEY)",
    "trainer": "Options of Lightning's Trainer (--trainer.KEY), in Lightning's words",
}
"""Titles of the groups of keys on the help page of ``fit``."""
_read_value = jsonargparse.get_loader("yaml")


def _read_safe_value(text: str) -> Any:
    """Return a YAML text as jsonargparse reads it, unless it is a bomb or says a key twice."""
    parse_yaml(text)
    return _read_value(text)


jsonargparse.set_loader(_MODE, _read_safe_value, exceptions=(UnusableYamlError, yaml.YAMLError))


class FindConfig(jsonargparse.ActionConfigFile):  # type: ignore[misc, name-defined]
    """``--config NAME``: a path, or the bare name of a config in ``configs/`` or of the package."""

    def __call__(self, parser: Any, cfg: Any, values: Any, option_string: str | None = None) -> None:
        """Read the config that ``values`` names; its values replace those read before."""
        path = find_config(values)
        try:
            super().__call__(parser, cfg, str(path), option_string)
        except (TypeError, KeyError, ValueError) as error:
            raise InputError(f"{path} cannot be used: {' '.join(str(error).split())}") from error


class Parser(LightningArgumentParser):
    """A parser that reads YAML safely and raises :class:`InputError` instead of printing a hundred lines of usage."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"parser_mode": _MODE, **kwargs})
        self._file: Path | None = None

    @override
    def parse_path(self, path: Any, *args: Any, **kwargs: Any) -> Any:
        self._file = Path(path).absolute()  # before jsonargparse enters the folder of the file
        return super().parse_path(path, *args, **kwargs)

    @override
    def parse_string(self, content: str, *args: Any, **kwargs: Any) -> Any:
        file, self._file = self._file, None
        return super().parse_string(content if file is None else self._taken(content, file), *args, **kwargs)

    def _taken(self, content: str, file: Path) -> str:
        """Return a config without empty groups; of a run's own config, what an evaluation takes."""
        if not without_empty_groups(parse_yaml(content) or {}):
            return "{}"
        config = _read_value(content)
        taken = without_empty_groups(config)
        if is_for_evaluation(self.prog.rpartition(" ")[2], file):
            taken = for_evaluation(taken)
        return content if taken == config else yaml.safe_dump(taken, default_style='"')  # each value keeps its type

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Raise the message as an :class:`InputError`."""
        raise InputError(" ".join(message.split())) from ex

    @override
    def format_help(self, *args: Any) -> str:
        """Return the help page: the Trainer's options last, no markup of docstrings."""
        page = super().format_help(*args).replace("``", "")
        role = r":[\w\s]*\w:\s*`([^`]+)`"  # a line may end within it
        page = re.sub(role, lambda name: "".join(name[1].split()).rpartition(".")[2].lstrip("~"), page)
        page = re.sub(r"default config file locations:\n.*?\n\n", "", page, flags=re.DOTALL)
        before, title, rest = page.partition(f"{GROUP_TITLES['trainer']}:\n")
        trainer, _, after = rest.partition("\n\n")
        return f"{before}{after.rstrip()}\n\n{title}{trainer}\n" if title else page

    @override
    def dump(self, cfg: jsonargparse.Namespace, *args: Any, **kwargs: Any) -> str:
        """Return a config as text: no config that fit would refuse at the start is printed, as a study would run it."""
        if "model" in cfg:
            refuse_network(cfg["model"])
            check_recipe(cfg["model"])
            check_class_weights(cfg["model"].get("class_weights"))
        return str(super().dump(cfg, *args, **kwargs))


def explain(message: str, keys: Iterable[str]) -> str:
    """Return a message of jsonargparse (4.53) in plainer words, with the key that was probably meant.

    An unknown message is returned unchanged.

    Args:
        message: The message of the parser.
        keys: All keys of the command, as ``group.key``.

    >>> explain("unrecognized arguments: --model.dept 18", ["model.depth", "model.lr"])
    'There is no option --model.dept; did you mean --model.depth?'
    """
    if match := re.search(r"unrecognized arguments: (--?[^\s=]+)", message):
        return unknown_option(match[1], keys)
    if match := re.search(r"^(.*)Subcommand '\w+' does not accept option '([^']+)'", message):
        return match[1] + unknown_key(match[2], keys)
    if match := re.fullmatch(r"Option '([^']+)' is not accepted", message):
        return unknown_key(match[1], keys)
    match = re.search(r'Parser key "([^"]+)": .*Union subtypes.*?Errors: (.*)Given value', message)
    if match and (said := _of_a_class(match[1], match[2], message)):
        return said
    if match := re.search(r"following arguments are required: (?:(\w+)\.)?(\S+)", message):
        return missing_key(match[2], match[1])
    if match := re.search(r"unrecognized arguments: ([^\s-]\S*)", message):
        return stray_word(match[1])
    if match := re.search(r'Parser key "([^"]+)": (Expected .*|Not of type .*)', message):
        return _of_a_value(match[1], match[2]) or message
    if match := re.search(
        r'Parser key "([^"]+)": .*Subtypes: \[typing.Literal\[(.*?)\], dict.*Given value: (.*)', message
    ):
        words = match[2].replace("'", "")
        return f"{match[1]} is {match[3]}; it must be one of {words}, or numbers by name: {{NAME: NUMBER}}."
    if match := re.search(r'Parser key "([^"]+)": .*Union subtypes.*Given value: (.*)', message):
        return f"{match[1]} cannot be {match[2]}; --help says what it takes."
    return message


def _of_a_value(key: str, said: str) -> str | None:
    """Explain an error in a value that must be of one type."""
    if match := re.match(r"Expected a typing.Literal\[(.*)\]\. Got value: (.*)", said):
        return wrong_value(key, match[2], "", match[1].replace("'", "").split(", "))
    if match := re.match(r"Expected an? (?:<class ')?(.*?)(?:'>)?\. Got value: (.*)", said):
        return wrong_value(key, match[2], match[1])
    if match := re.match(r"Not of type \w+: (.*) does not conform to restriction v>(=?)0", said):
        return f"{key} is {match[1]}; it must be a whole number, {'0' if match[2] else '1'} or more."
    return None


def _of_a_class(key: str, errors: str, message: str) -> str | None:
    """Explain an error in a class that a config names, or in its options."""
    if match := re.search(r"Expected a dot import path string: (\S+)", errors):
        known = [name for module in (callbacks, loggers, profilers) for name in module.__all__]
        near = nearest(match[1], known)
        hint = f"did you mean {near}?" if near else "a class from elsewhere is given with its module: package.Class."
        return f"{key} names {match[1]}, which is no class of Lightning's; {hint}"
    name = next(iter(re.findall(r"class_path'?[:=] ?'([\w.]+)'", message)), "")
    kind = getattr(callbacks, name.split(".")[-1], None) or getattr(loggers, name.split(".")[-1], None)
    if match := re.search(r"Option '(\w+)' is not accepted", errors):
        known = list(inspect.signature(kind).parameters) if kind is not None else []
        return f"{name or key} has no option {match[1]}{nearest_key(match[1], known)}"
    if match := re.search(r"following arguments are required: (\w+)", errors):
        return f"{key}.{match[1]} is missing: {name or 'the class'} needs it; give --{key}.{match[1]}."
    return None


def explain_failure(message: str) -> str:
    r"""Return the first cause from a message of jsonargparse (4.53) that an object of the config cannot be made.

    >>> explain_failure("Does not validate\nErrors:\n  - No server at\n    :80\n  - Expected a bool\nGiven: x")
    'An object that the config names cannot be made: No server at :80'
    """
    causes = re.findall(r"^ +-\s+(.*?)(?=^ +-\s|^\S|\Z)", message, re.MULTILINE | re.DOTALL)
    return f"An object that the config names cannot be made: {' '.join((causes[0] if causes else message).split())}"
