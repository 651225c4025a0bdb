"""Overrides: the settings that a user gives in configs and options, and their check against a run's own config."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from resnet_lab.config.find import find_config
from resnet_lab.config.flatten import flatten, repeated_key
from resnet_lab.config.historic_defaults import with_later_keys
from resnet_lab.config.own_config import for_evaluation, is_for_evaluation
from resnet_lab.config.result_neutral_keys import covers
from resnet_lab.config.safe_yaml import UnusableYamlError, parse_yaml, read_yaml
from resnet_lab.errors import InputError

_FLAGS = frozenset({"-h", "--help", "--print_config"})
"""Options without a value of their own."""
SET_BY_AN_EVALUATION = frozenset(
    {
        "data.allow_leaks",
        "data.batch_size",
        "data.cache",
        "data.classes",
        "data.columns",
        "data.images_root",
        "data.num_workers",
        "data.on_bad_image",
        "data.root",
    }
)
"""Keys of ``data`` that an evaluation may set as it likes: they say where and how images are read."""

_ABSENT = object()


class Word(str):
    """A value as it was typed on the command line: text that can stand for a number, a list or null."""


class CommandWords(NamedTuple):
    """The words of a command line after the command.

    Attributes:
        options: Each option without its dashes, and its value as typed.
        others: Positions of the words that are neither an option nor the value of one.
    """

    options: list[tuple[str, str]]
    others: list[int]


def split_words(arguments: Sequence[str]) -> CommandWords:
    """Tell options, their values and other words apart; every option of Lightning's commands takes one value.

    Args:
        arguments: The command line, with the command as its first word.

    >>> split_words(["test", "plain34", "--data.batch_size", "8", "--logs=runs"])
    CommandWords(options=[('data.batch_size', '8'), ('logs', 'runs')], others=[1])
    """
    options, others = [], []
    words = iter(enumerate(arguments[1:], start=1))
    for position, word in words:
        if not word.startswith("-"):
            others.append(position)
            continue
        option, equals, value = word.partition("=")
        if not word.startswith("--") and len(option) > 2:  # -cFILE
            option, equals, value = word[:2], "=", word[2:]
        if not equals and option not in _FLAGS:
            value = next(words, (0, ""))[1]
        options.append((option.lstrip("-").removesuffix("+"), value))
    return CommandWords(options, others)


def given_settings(arguments: Sequence[str]) -> dict[str, Any]:
    """Return the settings that a command line and its configs name, as ``group.key``; the last value of a key wins.

    The settings of the recipe are left out. Of a run's own config, given as ``--config``, an evaluation takes a part
    (:mod:`~resnet_lab.config.own_config`).

    Args:
        arguments: The command line, with the command as its first word.

    Raises:
        InputError: A config cannot be found or read.
    """
    given: dict[str, Any] = {}
    for option, value in split_words(arguments).options:
        if option in ("config", "c"):
            given |= taken_settings(arguments[0], find_config(value))
        else:
            given[option] = Word(value)
    return given


def taken_settings(command: str, config: Path) -> dict[str, Any]:
    """Return the settings that a command takes from a config, as ``group.key``.

    Args:
        command: ``fit``, ``validate``, ``test`` or ``predict``.
        config: The file.

    Raises:
        InputError: The file cannot be used (:func:`read_config`).
    """
    content = read_config(config)
    return flatten(for_evaluation(content) if is_for_evaluation(command, config) else content)


def flat_config(config: Path) -> dict[str, Any]:
    """Return the keys that a config file sets, as ``group.key``.

    Raises:
        InputError: The file cannot be used (:func:`read_config`).
    """
    return flatten(read_config(config))


def read_config(config: Path) -> dict[str, Any]:
    """Return the content of a config file.

    Raises:
        InputError: The file cannot be read, holds no keys, or says one twice.
    """
    try:
        content = read_yaml(config)
    except OSError as error:
        raise _unusable(config, error) from error
    return _checked(content, config)


def parse_config(text: str, config: Path) -> dict[str, Any]:
    """Return the keys that the text of a config sets, as ``group.key``.

    Args:
        text: Content of the file.
        config: The file, for the message.

    Raises:
        InputError: The text is no YAML, holds no keys, or says one twice.
    """
    try:
        return flatten(_checked(parse_yaml(text), config))
    except UnusableYamlError as error:
        raise _unusable(config, error) from error


def _checked(content: Any, config: Path) -> dict[str, Any]:
    """Return the content of a config. A key that stands twice in two spellings is refused, as flattening loses one."""
    if content is None:  # an empty file, or comments alone
        return {}
    if not isinstance(content, dict):
        raise InputError(f"{config} is no config, since it holds no keys: write them as KEY: VALUE.")
    if twice := repeated_key(content):
        raise InputError(f"{config} has {twice} twice, once in its group and once with a dot: keep one of them.")
    return content


def _unusable(config: Path, error: Exception) -> InputError:
    return InputError(f"{config} cannot be used: {' '.join(str(error).split())}")


def refuse_contradictions(given: Mapping[str, Any], config: Path) -> None:
    """Refuse settings that a run was not made with: its scores would answer another question than the user's.

    Args:
        given: Settings of the user, from :func:`given_settings`.
        config: The own config of the run that would be scored, in its run folder.

    Raises:
        InputError: The seed, or a key of ``model`` or ``data`` that made the run, differs; each is named.
    """
    own = with_later_keys(flat_config(config))
    said = {
        key: value
        for key, value in given.items()
        if key == "seed_everything" or (key.startswith(("model.", "data.")) and not covers(SET_BY_AN_EVALUATION, key))
    }
    differences = [
        f"{key} is {there} there and {value} here"
        for key, value in said.items()
        if (there := _own_value(own, key)) is not _ABSENT and not _is_equal(key, there, value)
    ]
    if differences:
        raise InputError(
            f"The run {config.parent} was made with other settings: {'; '.join(differences)}. Name another run, or "
            "leave these settings out."
        )


def _own_value(own: Mapping[str, Any], key: str) -> Any:
    """Return the value of a run's key, also of one class of ``model.class_weights``."""
    group, _, name = key.rpartition(".")
    within = own.get(group, _ABSENT)
    return own.get(key, within.get(name) if isinstance(within, Mapping) else within)


def _is_equal(key: str, own: Any, said: Any) -> bool:
    """Compare values as YAML reads them, and numbers as numbers: ``3e-4`` is text to YAML, and ``#000`` is null."""
    if isinstance(said, Word) and said != own:
        try:
            said = parse_yaml(said)
        except UnusableYamlError:
            return False
    if isinstance(own, list) and isinstance(said, list) and len(own) == len(said):
        return all(_is_equal(key, *pair) for pair in zip(own, said, strict=True))
    if key == "seed_everything" and said is True:  # true stands for any seed
        return True
    if isinstance(own, int | float) and not isinstance(own, bool):
        try:
            return float(own) == float(said)
        except (TypeError, ValueError):
            return False
    return bool(own == said)
