"""Messages about wrong options, keys and values of a command line, in plain words; the same before and after torch."""

from collections.abc import Collection, Iterable

from resnet_lab.data.sources import names_a_set
from resnet_lab.files import expand_home
from resnet_lab.program import quoted
from resnet_lab.suggestions import nearest_key

_TAKE_A_RUN = ("validate", "test", "predict")
_IN_WORDS = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "text"}
NO_CHECKPOINT = "fit goes on with a run, not with a checkpoint: give --resume RUN_FOLDER, or --resume auto."
"""Message about ``--ckpt_path`` of ``fit``."""


def unknown_option(option: str, keys: Iterable[str]) -> str:
    """Return the message about an option that does not exist.

    Args:
        option: The option as typed, with its dashes.
        keys: All keys of the command, as ``group.key``.
    """
    return f"There is no option {option}{nearest_key(option.lstrip('-'), keys, prefix='--')}"


def unknown_key(key: str, keys: Iterable[str]) -> str:
    """Return the message about a key of a config that does not exist."""
    return f"There is no key {key}{nearest_key(key, keys)}"


def stray_word(word: str) -> str:
    """Return the message about a word that is neither an option nor the value of one."""
    what, option = ("data set", "--data.root") if is_data_set(word) else ("config", "--config")
    return f"{word} belongs to no option; a {what} is given as {option} {quoted(word)}."


def is_data_set(word: str) -> bool:
    """Return whether a word means a folder that holds no run, a table of images, or a built-in data set."""
    if names_a_set(word) or word.lower().endswith((".csv", ".tsv")):
        return True
    try:
        folder = expand_home(word)
        return folder.is_dir() and not any(folder.glob("version_*")) and not (folder / "config.yaml").exists()
    except (OSError, ValueError):  # a name too long, a zero byte
        return False


def missing_key(key: str, command: str) -> str:
    """Return the message about a key that has to be given."""
    run = f"name a run (resnet-lab {command} RUN), or " if key == "name" and command in _TAKE_A_RUN else ""
    return f"{key} is missing: {run}give a config that has it (--config plain34.yaml), or --{key}."


def wrong_value(key: str, value: object, kind: str, choices: Collection[str] = ()) -> str:
    """Return the message about a value that a key does not take.

    Args:
        key: The key, as ``group.key``.
        value: The value.
        kind: Name of the type, for a key without choices.
        choices: The words to choose from.
    """
    expected = f"one of {', '.join(choices)}" if choices else _IN_WORDS.get(kind, kind)
    return f"{key} is {value}; it must be {expected}."
