"""State of a run: finished, diverged, unfinished, or none because the folder is not one of this package."""

from collections.abc import Iterable

from resnet_lab.errors import InputError, NothingToResumeError
from resnet_lab.program import command_line
from resnet_lab.runs.folder import Run

DIVERGED = "diverged"
_SAYS_DIVERGED = "Training diverged in step "


def state(run: Run) -> str | None:
    """Return ``status`` of a run's ``status.json``, such as ``finished``; None for a folder without that file.

    Version 0.1 wrote ``failed`` for a training that diverged. Its error says so, and the state is ``diverged``.
    """
    if not (run.path / "status.json").exists():
        return None
    status = run.status()
    says_diverged = status.status == "failed" and _SAYS_DIVERGED in (status.error or "")
    return DIVERGED if says_diverged else status.status


def seed_of(run: Run) -> int | None:
    """Return the seed of a run; None for a folder that does not say it."""
    return getattr(run.status(), "seed", None) if state(run) is not None else None


def is_finished(run: Run) -> bool:
    """Return whether a run is finished."""
    return state(run) == "finished"


def is_diverged(run: Run) -> bool:
    """Return whether the training of a run stopped because its objective was no finite number."""
    return state(run) == DIVERGED


def is_begun(run: Run) -> bool:
    """Return whether a run has a status and a config. A fit that is killed before it trains leaves a folder without."""
    return (run.path / "status.json").exists() and run.config_path.exists()


def states_in_words(runs: Iterable[Run]) -> str:
    """Return each run with its state, for a message."""
    return "; ".join(f"{run.label} {_in_words(run)}" for run in runs)


def refuse_finished(run: Run) -> None:
    """Refuse to resume a finished run.

    Raises:
        NothingToResumeError: The run is finished.
    """
    if is_finished(run):
        raise NothingToResumeError(f"{run.path} is finished: there is nothing to resume.")


def refuse_unfinished(run: Run, other_way: str = "or name another run") -> None:
    """Refuse a run that is not finished.

    Args:
        run: The run.
        other_way: What the user can do besides resuming the run.

    Raises:
        InputError: The run is not finished, or the folder is not one of this package.
    """
    refuse_foreign(run)
    if is_diverged(run):
        raise InputError(
            f"The run {run.path} diverged; a finished run is needed. Train it with a lower --model.lr, {other_way}."
        )
    if not is_finished(run):
        raise InputError(
            f"The run {run.path} {_in_words(run)}; a finished run is needed. Go on with it "
            f"({command_line('fit', '--resume', run.path)}), {other_way}."
        )


def refuse_foreign(run: Run) -> None:
    """Refuse a folder that is named like a run folder and was not written by this package.

    Raises:
        InputError: The folder lacks ``status.json`` or ``config.yaml``.
    """
    if state(run) is None:
        raise InputError(f"The run {run.path} {_in_words(run)}.")
    if not run.config_path.exists():
        raise InputError(f"The run {run.path} lacks config.yaml; train it again.")


def _in_words(run: Run) -> str:
    found = state(run)
    if found is None:
        return "is no run of resnet-lab (it has no status.json that says how it ended)"
    if found == DIVERGED:
        return "diverged"
    return f"is {found}" if found != "running" else "is still running, or was killed"
