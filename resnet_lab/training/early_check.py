"""Early check of a command line of ``fit``, ``validate``, ``test`` or ``predict``, before torch is imported.

Mistyped runs, configs, keys and options, values of a wrong type, numbers of a fit that are out of range, and a data set
that is not there are answered within a second. All else is left to the parser of the command, which checks all again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from resnet_lab.checkpoint.start_source import find_source
from resnet_lab.config.find import find_config
from resnet_lab.config.keys import FROM_THE_DATA, Values, keys_of
from resnet_lab.config.overrides import Word, split_words, taken_settings
from resnet_lab.config.ranges import LENGTHS, check_depth, check_length, check_recipe, check_sizes
from resnet_lab.config.safe_yaml import UnusableYamlError, parse_yaml
from resnet_lab.data.sources import NAMED_SETS, resolve_root
from resnet_lab.errors import InputError
from resnet_lab.program import quoted
from resnet_lab.runs import logs_folder
from resnet_lab.runs.start import INIT_FROM
from resnet_lab.training.option_messages import (
    NO_CHECKPOINT,
    missing_key,
    stray_word,
    unknown_key,
    unknown_option,
    wrong_value,
)
from resnet_lab.training.run_argument import with_config_of_run

_CONFIG = ("config", "c")
_GROUPS = ("model", "data", "trainer")
_SHOW = ("-h", "--help", "--print_config")


def check_command_line(arguments: Sequence[str]) -> None:
    """Refuse what is certainly wrong on a command line and in its configs.

    Args:
        arguments: The command line, with the command as its first word.

    Raises:
        InputError: A run, a config, a key, an option, a value or the data set cannot be used.
        NothingToResumeError: The run that is to be resumed is finished.
    """
    command, shown = arguments[0], {word.partition("=")[0] for word in arguments} & {*_SHOW}
    if shown - {"--print_config"} or any(word.endswith(".help") for word in arguments):
        return
    own = split_words(arguments)  # without the config of the run, which the parser of today may have outgrown
    complete = with_config_of_run(arguments)
    keys = keys_of(command)
    settings: dict[str, Any] = {}
    for option, value in own.options:
        if option in _CONFIG:
            content = taken_settings(command, find_config(value))
            _check_keys(content, keys)
            settings |= content
        else:
            _check_option(option, arguments, keys)
            if (command, option) == ("fit", "ckpt_path") and value != "null":  # a config after it would undo it
                raise InputError(NO_CHECKPOINT)
            if option == "data" and not value.lstrip().startswith("{") and not value.endswith((".yaml", ".yml")):
                raise InputError(f"--data takes a config; a data set is given as --data.root {quoted(value)}")
            settings[option] = Word(value)
    if stray := split_words(complete).others:
        raise InputError(stray_word(complete[stray[0]]))
    for key, value in settings.items():
        _check_value(key, value, keys.get(key, Values()))
    for option, value in split_words(complete).options:
        if option in _CONFIG:
            settings = {**taken_settings(command, find_config(value)), **settings}
    if "name" not in settings:
        raise InputError(missing_key("name", command))
    if command == "fit":
        _refuse_numbers(settings, keys)
    if not shown and isinstance(root := settings.get("data.root"), str):
        refuse_missing_root(str(root))
    if not shown and command == "fit" and not settings.get("resume"):
        refuse_missing_start(settings)


def _check_keys(content: Mapping[str, Any], keys: Mapping[str, Values]) -> None:
    for key in content:
        if not _is_known(key.rstrip("+"), keys):
            raise InputError(unknown_key(key, _offered(keys)))


def _check_option(option: str, arguments: Sequence[str], keys: Mapping[str, Values]) -> None:
    typed = [word for word in (f"-{option}", f"--{option}") if any(one.partition("=")[0] == word for one in arguments)]
    is_known = option in keys or (option.partition(".")[0] in _GROUPS and _is_known(option, keys))
    if typed and option != "print_config" and not is_known:
        raise InputError(unknown_option(typed[0], _offered(keys)))


def _is_known(key: str, keys: Mapping[str, Values]) -> bool:
    """Return whether a key exists. Keys of an object, and of a group whose keys are not known, are not checked."""
    group, _, rest = key.partition(".")
    members = [known for known in keys if known.startswith(f"{group}.")]
    if group in _GROUPS:
        return not rest or not members or f"{group}.{rest.partition('.')[0]}" in keys
    return key in keys or (not rest and bool(members))


def _offered(keys: Mapping[str, Values]) -> list[str]:
    return [key for key in keys if key not in FROM_THE_DATA]


def _check_value(key: str, value: Any, values: Values) -> None:
    """Refuse a value that is certainly wrong; a doubtful one is left to the parser."""
    if isinstance(value, Word):
        try:
            value = parse_yaml(str(value))  # libyaml takes no other class
        except UnusableYamlError:
            value = str(value)
    if isinstance(value, str | int) and values.kind == "choice" and str(value) not in values.choices:
        raise InputError(wrong_value(key, value, "", values.choices))
    if not isinstance(value, str):
        return
    if (values.kind == "bool") or (values.kind in ("int", "float") and not _is_number(value)):
        raise InputError(wrong_value(key, value, values.kind))


def _refuse_numbers(settings: Mapping[str, Any], keys: Mapping[str, Values]) -> None:
    """Refuse numbers that are out of range; a value of another type is left to the parser."""
    numbers: dict[str, dict[str, Any]] = {"model": {}, "data": {}}
    for name, value in settings.items():
        group, _, key = name.partition(".")
        if group in numbers and (number := _number(value, keys.get(name, Values()).kind)) is not None:
            numbers[group][key] = number
    if "depth" in numbers["model"]:
        check_depth(numbers["model"]["depth"])
    check_recipe(numbers["model"])
    check_sizes(numbers["data"])
    check_length({key: _number(settings.get(f"trainer.{key}"), "float") for key in LENGTHS})


def _number(value: Any, kind: str) -> Any:
    """Return a value of a key as its parser would: a number, a switch, or a list of shares; None for any other."""
    try:
        value = parse_yaml(value) if isinstance(value, Word) else value
        if kind == "float" and not isinstance(value, bool):
            return float(value)
        if not kind and isinstance(value, list) and not any(isinstance(one, bool) for one in value):
            return [float(one) for one in value]
    except (UnusableYamlError, TypeError, ValueError):
        return None
    return value if type(value) is {"int": int, "bool": bool}.get(kind) else None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def refuse_missing_root(root: str) -> None:
    """Refuse a data set that is not there. What is there is read later.

    Args:
        root: ``data.root``.

    Raises:
        InputError: There is neither a folder, a file nor a built-in data set of this name.
    """
    if root in NAMED_SETS:
        return
    folder = resolve_root(root)
    try:
        is_there = folder.exists()
    except OSError:  # a name too long, or a folder above it that may not be read
        return
    if not is_there:
        from resnet_lab.data.folder import find_layout

        find_layout(folder)


def refuse_missing_start(settings: Mapping[str, Any]) -> None:
    """Refuse trained weights that are not there, or that are of another network (``model.init_from``).

    Args:
        settings: Settings of a fit, as ``group.key``, as a config or a command line gives them.

    Raises:
        InputError: The fit cannot start from them.
    """
    try:
        plain = {
            key: parse_yaml(value) if isinstance(value, Word) else value
            for key, value in settings.items()
            if key.startswith("model.") or key == "seed_everything"
        }
    except UnusableYamlError:
        return
    word, seed = plain.get(INIT_FROM), plain.get("seed_everything", 0)
    if isinstance(word, str) and type(seed) is int:
        logs = logs_folder(settings.get("logs"), settings.get("trainer.default_root_dir"))
        find_source(word, logs, seed, {key.removeprefix("model."): value for key, value in plain.items()})
