"""Which runs the command line speaks of: run folders, names, or folders of runs; finished and tested."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from resnet_lab.errors import InputError, printable
from resnet_lab.runs import Run, find_runs
from resnet_lab.runs.intact import check_intact
from resnet_lab.suggestions import nearest

_FIT_FILES = ("config.yaml", "metrics.csv", "final/metrics.json")


@dataclass(frozen=True)
class NotReady:
    """A run that is left out, and its status; None if it has none."""

    run: str
    state: str | None


@dataclass(frozen=True)
class Selection:
    """The runs to compare, and those that a name or a folder also holds and that are not ready."""

    runs: tuple[Run, ...]
    not_ready: tuple[NotReady, ...]


def label(run: Run) -> str:
    """Return a run's name and version: ``plain34/version_0``."""
    return f"{run.name}/{run.path.name}"


def select(words: Sequence[str], logs: Path) -> Selection:
    """Find the runs that words name.

    A run folder is that run. A name, or the folder of a name, is its newest finished run of each seed. A folder of
    runs is all its names.

    Args:
        words: Of the command line.
        logs: Folder in which names are looked up.

    Raises:
        InputError: A word names nothing, nothing finished, or a folder that is no run of this package; a run is not
            tested, or its files cannot be read.
    """
    runs: dict[Path, Run] = {}
    not_ready: list[NotReady] = []
    for word in words:
        try:
            found = [_one_run(Path(word))] if _is_run_folder(Path(word)) else _runs_of(word, logs, not_ready)
        except (OSError, ValueError, TypeError) as error:  # a name too long, a folder that may not be read, a zero byte
            if isinstance(error, InputError):
                raise
            raise InputError(f"{printable(word[:80])} cannot be read ({error.args[-1]}).") from error
        runs |= {run.path: run for run in found}
    for run in runs.values():
        _check_files(run)
    return Selection(tuple(runs.values()), tuple(dict.fromkeys(not_ready)))


def _is_run_folder(path: Path) -> bool:
    path = path.absolute()
    return (path / "status.json").exists() or Run(path) in find_runs(path.parent.parent, path.parent.name)


def _one_run(path: Path) -> Run:
    run = Run(path.absolute())
    if (state := _state(run)) != "finished":
        raise InputError(f"The run {path} {_says(state)}; a comparison takes finished runs.")
    return run


def _runs_of(word: str, logs: Path, not_ready: list[NotReady]) -> list[Run]:
    """Return the newest finished run of each seed of each name that a word stands for."""
    names = _names_of(word, logs)
    runs = [run for name in names for run in _newest_of_each_seed(find_runs(name.parent, name.name), not_ready)]
    if not runs:
        there = "; ".join(f"{label(run)} {_says(_state(run))}" for n in names for run in find_runs(n.parent, n.name))
        raise InputError(f"{word} has no finished run: {there}.")
    return runs


def _names_of(word: str, logs: Path) -> list[Path]:
    """Return the folders of the names that a word stands for: each holds ``version_<n>``."""
    for folder in (logs / word, Path(word)):
        folder = folder.absolute()
        if find_runs(folder.parent, folder.name):
            return [folder]
        if folder.is_dir() and (names := sorted(path for path in folder.iterdir() if find_runs(folder, path.name))):
            return names
    if (logs / word).is_dir() or Path(word).exists():
        raise InputError(f"{word} holds no run: a run folder is <logs>/<name>/version_<n>, as resnet-lab fit makes it.")
    known = [path.name for path in logs.iterdir() if find_runs(logs, path.name)] if logs.is_dir() else []
    near = nearest(word, known)
    hint = f"did you mean {near}?" if near else f"there is {', '.join(sorted(known)) or 'none'}."
    raise InputError(f"{word} is neither a folder nor the name of a run in {logs}; {hint}")


def _newest_of_each_seed(runs: Iterable[Run], not_ready: list[NotReady]) -> list[Run]:
    newest: dict[int | None, Run] = {}
    unfinished: dict[Run, int | None] = {}
    for run in runs:
        if _state(run) == "finished":
            newest[run.status().get("seed")] = run
        else:
            unfinished[run] = run.status().get("seed") if (run.path / "status.json").exists() else None
    not_ready += [NotReady(label(run), _state(run)) for run, seed in unfinished.items() if seed not in newest]
    return list(newest.values())


def _state(run: Run) -> str | None:
    """Return the status of a run; None for a folder that is not one of this package."""
    return run.status().get("status") if (run.path / "status.json").exists() else None


def _says(state: str | None) -> str:
    if state is None:
        return "is no run of resnet-lab (it has no status.json that says how it ended)"
    return f"is {state}" if state != "running" else "is still running, or was killed"


def _check_files(run: Run) -> None:
    """Refuse a run that lacks a file that the comparison reads, or has one that cannot be read."""
    if lacking := [name for name in _FIT_FILES if not (run.path / name).exists()]:
        raise InputError(f"The run {run.path} lacks {', '.join(lacking)}; train it again.")
    test_files = {"test/metrics.json": run.path / "test" / "metrics.json", "test/predictions.csv": run.predictions_path}
    if lacking := [name for name, path in test_files.items() if not path.exists()]:
        raise InputError(
            f"The run {run.path} lacks {', '.join(lacking)}: it is trained, but not tested. "
            f"First run: resnet-lab test --config {run.config_path}"
        )
    check_intact(run)
