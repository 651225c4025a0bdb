"""What the user said in so many words, and whether the run that is meant agrees."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from resnet_lab.config.find import find_config
from resnet_lab.errors import InputError
from resnet_lab.runs import Run

# Where and how an evaluation reads, which is its own affair; the rest makes the run what it is.
_OF_THE_EVALUATION = frozenset(
    {"data.root", "data.batch_size", "data.num_workers", "data.cache", "data.on_bad_image", "data.allow_leaks"}
)


class Word(str):
    """A value as it was typed on the command line: text that may mean a number, a list or nothing."""


def given_settings(arguments: Sequence[str]) -> dict[str, Any]:
    """Return the settings that a command line and its configs name, as ``group.key``; the last one given wins.

    The recipe's are not among them. A run's own config, given as ``--config``, is.

    Args:
        arguments: The command line.

    Raises:
        InputError: A config cannot be found or read.
    """
    given: dict[str, Any] = {}
    words = iter(arguments)
    for word in words:
        option, equals, value = word.partition("=")
        if not option.startswith("-"):
            continue
        if not equals:
            value = next(words, "")
        if option in ("--config", "-c"):
            given |= flat_config(find_config(value))
        else:
            given[option.lstrip("-").removesuffix("+")] = Word(value)
    return given


def flat_config(config: Path) -> dict[str, Any]:
    """Return the keys that a config sets, as ``group.key``.

    Raises:
        InputError: It cannot be read.
    """
    try:
        content = yaml.safe_load(config.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeError, OSError) as error:
        raise InputError(f"{config} cannot be used: {' '.join(str(error).split())}") from error
    return flat(content if isinstance(content, dict) else {})


def flat(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys of a config's content as ``group.key``; what lies deeper is one value.

    >>> flat({"name": "plain34", "model": {"depth": 34}})
    {'name': 'plain34', 'model.depth': 34}
    """
    keys: dict[str, Any] = {}
    for key, value in content.items():
        keys |= {f"{key}.{inner}": v for inner, v in value.items()} if isinstance(value, dict) else {str(key): value}
    return keys


def refuse_contradictions(given: Mapping[str, Any], run: Run) -> None:
    """Stop where the user asks for what the run is not: to score it all the same would be to answer another question.

    Args:
        given: From :func:`given_settings`.
        run: The run that would be scored.

    Raises:
        InputError: The seed, or a key of ``model`` or ``data`` that made the run, is another; each is named.
    """
    own = flat_config(run.config_path)
    said = {
        key: value
        for key, value in given.items()
        if key == "seed_everything" or (key.startswith(("model.", "data.")) and key not in _OF_THE_EVALUATION)
    }
    differences = [
        f"{key} is {own[key]} there and {value} here"
        for key, value in said.items()
        if key in own and not _equal(key, own[key], value)
    ]
    if differences:
        raise InputError(
            f"The run meant, {run.path}, is another: {'; '.join(differences)}. Give the config of the run that is "
            "meant, or leave out what it was not made with."
        )


def _equal(key: str, own: Any, said: Any) -> bool:
    """Compare as YAML does, and numbers as numbers: ``3e-4`` is text to YAML, and ``#000`` nothing."""
    if isinstance(said, Word) and said != own:
        try:
            said = yaml.safe_load(said)
        except yaml.YAMLError:
            return False
    if isinstance(own, list) and isinstance(said, list) and len(own) == len(said):
        return all(_equal(key, *pair) for pair in zip(own, said, strict=True))
    if key == "seed_everything" and said is True:  # any seed
        return True
    if isinstance(own, int | float) and not isinstance(own, bool):
        try:
            return float(own) == float(said)
        except (TypeError, ValueError):
            return False
    return bool(own == said)
