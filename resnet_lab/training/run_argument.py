"""The run that a command line names, in front of all options as the run's own config."""

from collections.abc import Sequence
from pathlib import Path

from resnet_lab.config.find import find_config
from resnet_lab.config.overrides import given_settings, split_words
from resnet_lab.errors import InputError
from resnet_lab.program import command_line, quoted
from resnet_lab.runs import Run, logs_folder
from resnet_lab.runs.resolve import run_to_evaluate, run_to_resume, run_with_config
from resnet_lab.training.option_messages import is_data_set, stray_word

AUTO = "auto"
"""``--resume auto``: the newest run of the config's name and seed, or a new one."""


def with_config_of_run(arguments: Sequence[str]) -> list[str]:
    """Put the config of the run that a command line names in front of all other configs and options.

    ``test RUN``, ``validate RUN`` and ``predict RUN`` name a run, and so does ``fit --resume RUN``. Options overlay the
    run's config as they overlay any other. In ``--resume``, the run folder takes the place of a name.

    Args:
        arguments: The command line, with the command as its first word.

    Raises:
        InputError: The word means no run, there are several, or the command is ``fit``, which takes a config.
        NothingToResumeError: The run that is to be resumed is finished.
    """
    command, *rest = arguments
    options, others = split_words(arguments)
    words = [arguments[position] for position in others]
    if any(word.endswith((".yaml", ".yml")) for word in words):
        return list(arguments)  # a config without its option, which the parser explains
    if command == "fit":
        return _with_config_of_resumed(arguments, words, dict(options).get("resume"))
    if not words:
        return list(arguments)
    run = run_to_evaluate(_the_word(command, words), _logs(arguments))
    del rest[others[0] - 1]
    return [command, *_config_of(run), *rest]


def new_spelling(arguments: Sequence[str]) -> str | None:
    """Return the command that says in the new way what ``test --config RUN_FOLDER/config.yaml`` says, or None.

    The old spelling works for one more version.

    Args:
        arguments: The command line as typed.
    """
    command = arguments[0]
    options, others = split_words(arguments)
    if command == "fit" or others:
        return None
    run = run_with_config([find_config(value) for option, value in options if option in ("config", "c")])
    return command_line(command, run.path) if run is not None else None


def _with_config_of_resumed(arguments: Sequence[str], words: Sequence[str], requested: str | None) -> list[str]:
    if words:
        word = words[0]
        if is_data_set(word):
            raise InputError(stray_word(word))
        raise InputError(
            f"{word} belongs to no option: fit takes a config ({command_line('fit', '--config', f'{word}.yaml')}), or "
            f"goes on with a run ({command_line('fit', '--resume', word)})."
        )
    if requested in (None, "", AUTO):
        return list(arguments)
    run = run_to_resume(str(requested), _logs(arguments))
    command, *rest = arguments
    folder = [] if str(run.path) == requested else ["--resume", str(run.path)]  # of several, the last one counts
    return [command, *_config_of(run), *rest, *folder]


def _the_word(command: str, words: Sequence[str]) -> str:
    word = words[0]
    if len(words) > 1:
        way_out = " Images are given as --data.images PATH..." if command == "predict" else ""
        raise InputError(f"{command} takes one run, and here are {len(words)}: {', '.join(words)}.{way_out}")
    if word.endswith(".ckpt"):
        raise InputError(f"{word} is a checkpoint, which is given as --ckpt_path {quoted(word)}.")
    return word


def _logs(arguments: Sequence[str]) -> Path:
    given = given_settings(arguments)
    return logs_folder(given.get("logs"), given.get("trainer.default_root_dir"))


def _config_of(run: Run) -> list[str]:
    return ["--config", str(run.config_path)]
