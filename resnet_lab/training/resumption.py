"""Which run is resumed and from where, and that it is the same run: anything that would make it another is refused."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from resnet_lab import runs
from resnet_lab.checkpoint.states import newest_whole_state
from resnet_lab.config.result_neutral_keys import HARMLESS
from resnet_lab.errors import InputError, NothingToResumeError
from resnet_lab.training.request import Request

AUTO = "auto"
_FIXED_FACTS = ("fingerprint", "precision", "processes")
_NOTED_FACTS = ("threads", "hardware", "versions", "git_commit")


def with_config_of_run(arguments: Sequence[str]) -> list[str]:
    """Put the config of the run that ``fit --resume RUN_FOLDER`` names before all others."""
    requested = _requested(arguments)
    if requested in (None, "", AUTO):
        return list(arguments)
    run = resumable_run(Path(str(requested)))
    command, *rest = arguments
    return [command, "--config", str(run.config_path), *rest]


def _requested(arguments: Sequence[str]) -> str | None:
    """Return the value of the last ``--resume``."""
    value = None
    for position, word in enumerate(arguments):
        if word == "--resume":
            value = arguments[position + 1] if position + 1 < len(arguments) else ""
        elif word.startswith("--resume="):
            value = word.partition("=")[2]
    return value


def run_to_resume(request: Request, resolved: Callable[[], Mapping[str, Any]]) -> runs.Run | None:
    """Return the run that a fit is to go on with; None for a new one.

    Args:
        request: What was asked for; its settings are changed in place: a seed that is drawn is the run's.
        resolved: Gives the settings as they would be saved.

    Raises:
        InputError: There is no such run, or it would become another one.
        NothingToResumeError: The run is finished.
    """
    settings = request.settings
    requested, settings.resume = settings.resume, None  # no part of what the run is
    if not requested:
        return None
    if requested == AUTO:
        run = newest_run(request.logs, settings.name, None if request.seed_is_drawn else settings.seed_everything)
        if run is not None and request.seed_is_drawn:
            settings.seed_everything = settings.data.seed = run.status()["seed"]
    else:
        run = resumable_run(Path(requested))
    if run is not None:
        refuse_other_config(run, resolved())
        refuse_finished(run)
    return run


def resumable_run(path: Path) -> runs.Run:
    """Return the run of a folder.

    Raises:
        InputError: It is no run folder.
        NothingToResumeError: The run is finished.
    """
    run = runs.Run(path if path.name else path.absolute())
    if not (run.path / "status.json").exists() or not run.config_path.exists():
        hint = "it holds no status.json and config.yaml" if path.is_dir() else "there is no such folder"
        raise InputError(
            f"--resume {path} is no run folder: {hint}. Give LOGS/NAME/version_N, or --config and --resume auto."
        )
    refuse_finished(run)
    return run


def newest_run(logs: Path, name: str, seed: int | None) -> runs.Run | None:
    """Return the newest run of a name and seed, finished or not; None if there is none yet.

    Folders without a status or a config are passed over: whoever claimed them was killed before anything was trained.

    Args:
        logs: The folder of all runs.
        name: The name.
        seed: The seed; None for any.
    """
    for run in reversed(runs.find_runs(logs, name)):
        begun = (run.path / "status.json").exists() and run.config_path.exists()
        if begun and seed in (None, run.status()["seed"]):
            return run
    return None


def refuse_finished(run: runs.Run) -> None:
    """Raise :class:`NothingToResumeError` if a run is finished."""
    if run.status()["status"] == "finished":
        raise NothingToResumeError(f"{run.path} is finished: there is nothing to resume.")


def refuse_other_config(run: runs.Run, config: Mapping[str, Any]) -> None:
    """Refuse to go on with a run under another config.

    Args:
        run: The run.
        config: The resolved config of now, as it would be saved.

    Raises:
        InputError: Keys that make the run what it is differ; each is named.
    """
    before, now = _flat(run.config()), _flat(config)
    shared = sorted((before.keys() & now.keys()) - HARMLESS)
    _refuse(run, [f"{key} was {before[key]} and is {now[key]}" for key in shared if before[key] != now[key]])


def refuse_other_facts(run: runs.Run, facts: Mapping[str, Any]) -> None:
    """Refuse to go on with a run on other data, in another precision or with another number of processes.

    Raises:
        InputError: Each difference is named.
    """
    before = {"processes": 1, **run.status()}
    _refuse(run, [f"{key} was {before[key]} and is {facts[key]}" for key in _FIXED_FACTS if before[key] != facts[key]])


def _refuse(run: runs.Run, differences: list[str]) -> None:
    if differences:
        raise InputError(
            f"{run.path} cannot be resumed, it would become another run: {'; '.join(differences)}. Resume it as it "
            "was, or start a new run without --resume."
        )


def state_to_go_on_from(run: runs.Run, facts: Mapping[str, Any]) -> tuple[Path | None, dict[str, Any]]:
    """Return the newest state that is whole, None if there is none yet, and what ``status.json`` is to say of it.

    TensorBoard's files are removed: the fit that goes on writes them again.

    Args:
        run: The run.
        facts: What is about to run.

    Raises:
        InputError: It would become another run.
    """
    refuse_other_facts(run, facts)
    found = newest_whole_state(run, lambda text: print(f"note    {text}", file=sys.stderr))
    remove_events(run)
    path, content = found or (None, {"epoch": 0, "global_step": 0})
    return path, {
        "epoch": content["epoch"] + 1,
        "step": content["global_step"],
        **changed_facts(run.status(), facts),
    }


def changed_facts(status: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what else is new where a run is resumed: it may change bits, and is noted rather than refused."""
    return {key: facts[key] for key in _NOTED_FACTS if status.get(key) != facts[key]}


def remove_events(run: runs.Run) -> None:
    """Remove TensorBoard's files: a resumed fit writes every scalar again, and half a curve must not stay beside it."""
    for path in run.path.glob("events.out.tfevents.*"):
        path.unlink()


def _flat(config: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in config.items():
        flat |= {f"{key}.{inner}": v for inner, v in value.items()} if isinstance(value, dict) else {key: value}
    return flat
