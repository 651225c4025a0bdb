"""Resumption of a run: from which state, and the refusal of all that would make it another run."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from resnet_lab.checkpoint.states import newest_whole_state, restore_twin
from resnet_lab.config.flatten import flatten
from resnet_lab.config.historic_defaults import with_later_keys
from resnet_lab.config.result_neutral_keys import is_result_neutral
from resnet_lab.errors import InputError
from resnet_lab.output import remark
from resnet_lab.runs import Run
from resnet_lab.runs.resolve import newest_run, run_to_resume
from resnet_lab.runs.state import refuse_finished
from resnet_lab.training.request import Request
from resnet_lab.training.run_argument import AUTO

_FIXED_FACTS = ("fingerprint", "precision", "processes")
_NOTED_FACTS = ("threads", "hardware", "versions", "git_commit")


def run_of_request(request: Request, resolved: Callable[[], Mapping[str, Any]]) -> Run | None:
    """Return the run that a fit resumes, or None for a new run.

    Args:
        request: The command with its settings, which are changed in place: a drawn seed gives way to the run's own.
        resolved: Returns the settings as they would be saved.

    Raises:
        InputError: There is no such run, or it would become another run.
        NothingToResumeError: The run is finished.
    """
    settings = request.settings
    requested, settings.resume = settings.resume, None  # no setting of the run
    if not requested:
        return None
    if requested == AUTO:
        run = newest_run(request.logs, settings.name, None if request.seed_is_drawn else settings.seed_everything)
        if run is not None and request.seed_is_drawn:
            settings.seed_everything = settings.data.seed = run.status().seed
    else:
        run = run_to_resume(requested, request.logs)
    if run is not None:
        refuse_other_config(run, resolved())
        refuse_finished(run)
    return run


def refuse_other_config(run: Run, config: Mapping[str, Any]) -> None:
    """Refuse to resume a run under another config.

    Args:
        run: The run.
        config: The resolved config of this command, as it would be saved.

    Raises:
        InputError: Keys that change results differ; each is named.
    """
    before, now = with_later_keys(flatten(run.config())), flatten(config)
    shared = sorted(key for key in before.keys() & now.keys() if not is_result_neutral(key))
    _refuse(run, [f"{key} was {before[key]} and is {now[key]}" for key in shared if before[key] != now[key]])


def refuse_other_facts(run: Run, facts: Mapping[str, Any]) -> None:
    """Refuse to resume a run on other data, in another precision or with another number of processes.

    Raises:
        InputError: Each difference is named.
    """
    status = run.status()
    before = {key: getattr(status, key) for key in _FIXED_FACTS}
    _refuse(run, [f"{key} was {before[key]} and is {facts[key]}" for key in _FIXED_FACTS if before[key] != facts[key]])


def _refuse(run: Run, differences: list[str]) -> None:
    if differences:
        raise InputError(
            f"{run.path} cannot be resumed, it would become another run: {'; '.join(differences)}. Resume it as it "
            "was, or start a new run without --resume."
        )


def state_to_go_on_from(run: Run, facts: Mapping[str, Any]) -> tuple[Path | None, dict[str, Any]]:
    """Return the newest whole state, or None, and what ``status.json`` says about the resumption.

    TensorBoard's files are removed: the resumed fit writes them again.

    Args:
        run: The run.
        facts: Facts of the resumed fit.

    Raises:
        InputError: The run would become another run.
    """
    refuse_other_facts(run, facts)
    found = newest_whole_state(run, lambda text: remark(f"note    {text}"))
    remove_events(run)
    if found:
        restore_twin(run, *found)
    path, content = found or (None, {"epoch": 0, "global_step": 0})
    return path, {
        "epoch": content["epoch"] + 1,
        "step": content["global_step"],
        **changed_facts(run.status_content(), facts),
    }


def changed_facts(status: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that changed since the run began and may change its last bits: noted, not refused."""
    return {key: facts[key] for key in _NOTED_FACTS if status.get(key) != facts[key]}


def remove_events(run: Run) -> None:
    """Remove TensorBoard's files: a resumed fit writes every scalar again, and no half curve may stay beside it."""
    for path in run.path.glob("events.out.tfevents.*"):
        path.unlink()
