"""The run or runs that a word of the command line means: one answer, and one set of messages, for every command.

A word is a run folder, or a name below the folder of all runs. A run folder means that run. What a name means depends
on the command:

===========================  ===========================================================================
test, validate, predict      its newest finished run: :func:`run_to_evaluate`
inspect, export              its newest finished run that has the checkpoint: :func:`runs_with_network`
compare                      its newest finished or diverged run of each seed: :func:`runs_to_compare`, which
                             also takes a folder of runs, for all names in it
fit --resume                 its newest unfinished run: :func:`run_to_resume`
===========================  ===========================================================================

A config means a run too: :func:`run_of_config`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import NoReturn

from resnet_lab.config.find import shipped_configs
from resnet_lab.config.own_config import is_own_config
from resnet_lab.errors import InputError, printable
from resnet_lab.program import command_line
from resnet_lab.runs.folder import Run, find_runs
from resnet_lab.runs.results_by_seed import results_by_seed
from resnet_lab.runs.state import (
    is_begun,
    is_diverged,
    is_finished,
    refuse_finished,
    refuse_foreign,
    refuse_unfinished,
    states_in_words,
)
from resnet_lab.suggestions import nearest


def run_to_evaluate(word: str, logs: Path) -> Run:
    """Return the run that ``test``, ``validate`` or ``predict`` evaluates.

    A run folder is returned whatever the status of its run: a single checkpoint of an unfinished run can be evaluated.

    Args:
        word: A run folder or a name.
        logs: The folder of all runs.

    Raises:
        InputError: The word means no run, or a name without a finished run.
    """
    with _readable(word):
        run = _run_folder(word, logs)
        if run is not None:
            refuse_foreign(run)
            return run
        runs = _runs_of_name(word, logs)
        return _newest_finished(runs) or _refuse_no_finished(word, runs)


def runs_with_network(words: Sequence[str], logs: Path, which: str) -> list[Run]:
    """Return the runs whose network ``inspect`` or ``export`` needs, each once.

    Args:
        words: Run folders and names.
        logs: The folder of all runs.
        which: The checkpoint that a run must have, ``best`` or ``last``.

    Raises:
        InputError: A word means no run, a run that is not finished, or a run without the checkpoint.
    """
    found: dict[Path, Run] = {}
    for word in words:
        with _readable(word):
            run = _run_with_network(word, logs, which)
        found[run.path.resolve()] = run
    return list(found.values())


def _run_with_network(word: str, logs: Path, which: str) -> Run:
    run = _run_folder(word, logs)
    if run is not None:
        refuse_unfinished(run)
        if not run.checkpoints[which].exists():
            _refuse_without_checkpoint(f"The run {run.path} has no", run, which)
        return run
    runs = _runs_of_name(word, logs)
    finished = _newest_finished(runs) or _refuse_no_finished(word, runs)
    with_checkpoint = _newest_finished([run for run in runs if run.checkpoints[which].exists()])
    return with_checkpoint or _refuse_without_checkpoint(f"{printable(word)} has no finished run with", finished, which)


def runs_to_compare(words: Sequence[str], logs: Path) -> tuple[list[Run], list[Run]]:
    """Return the runs that ``compare`` takes, each once, and the runs that are left out and have to be told.

    A name is its results by seed (:func:`~resnet_lab.runs.results_by_seed.results_by_seed`).

    Args:
        words: Run folders, names, and folders of runs.
        logs: The folder of all runs.

    Raises:
        InputError: A word means no run, an unfinished run, or a name or folder without a result.
    """
    chosen: dict[Path, Run] = {}
    left_out: dict[Path, Run] = {}
    for word in words:
        with _readable(word):
            results, told = _of_each_seed(word, logs)
        chosen |= {run.path.resolve(): run for run in results}
        left_out |= {run.path.resolve(): run for run in told}
    return list(chosen.values()), [run for path, run in left_out.items() if path not in chosen]


def _of_each_seed(word: str, logs: Path) -> tuple[list[Run], list[Run]]:
    """Return the newest result of each seed of each name, and the runs that are left out and have to be told."""
    if (folder := _run_folder(word, logs)) is not None:
        (refuse_foreign if is_diverged(folder) else refuse_unfinished)(folder)
        return [folder], []
    names = _runs_by_name(word, logs)
    results, told = (list(chain.from_iterable(lists)) for lists in zip(*map(results_by_seed, names), strict=True))
    if not results:
        _refuse_no_finished(word, list(chain.from_iterable(names)))
    return results, told


def run_to_resume(word: str, logs: Path) -> Run:
    """Return the run that ``fit --resume`` goes on with.

    Args:
        word: A run folder or a name.
        logs: The folder of all runs.

    Raises:
        InputError: The word means no run, or nothing that was begun.
        NothingToResumeError: The run, or every run of the name, is finished.
    """
    with _readable(word):
        run = _run_folder(word, logs)
        if run is not None:
            refuse_foreign(run)
            refuse_finished(run)
            return run
        runs = _runs_of_name(word, logs)
        begun = [run for run in reversed(runs) if is_begun(run)]
        if not begun:
            raise InputError(f"{printable(word)} has no run to resume: {states_in_words(runs)}.")
        run = next((run for run in begun if not is_finished(run)), begun[0])
        refuse_finished(run)
        return run


def newest_finished(logs: Path, name: str) -> Run | None:
    """Return the newest run of a name whose status is ``finished``, or None."""
    return _newest_finished(find_runs(logs, name))


def newest_run(logs: Path, name: str, seed: int | None) -> Run | None:
    """Return the newest run of a name and seed, finished or not, or None: what ``fit --resume auto`` goes on with.

    A folder without a status or a config is passed over: the fit that claimed it was killed before it trained.

    Args:
        logs: The folder of all runs.
        name: The name.
        seed: The seed; None for any.
    """
    for run in reversed(find_runs(logs, name)):
        if is_begun(run) and seed in (None, run.status().seed):
            return run
    return None


def run_of_config(configs: Sequence[Path], logs: Path, name: str) -> Run:
    """Return the finished run that configs mean.

    ``config.yaml`` in a run folder means that run; any other config means the newest finished run of the name.

    Args:
        configs: The configs that were given.
        logs: The folder of all runs.
        name: The resolved name.

    Raises:
        InputError: There is no finished run, the run is of another name, or the configs are of several runs.
    """
    run = run_with_config(configs)
    if run is None:
        return newest_finished(logs, name) or _refuse_untrained(configs, logs, name)
    if run.status().name != name:
        raise InputError(
            f"{run.config_path} is the config of a run of {run.status().name}, but the name is {name}: give one of "
            "them."
        )
    refuse_unfinished(run, "or name one of its checkpoints with --ckpt_path")
    return run


def run_with_config(configs: Sequence[Path]) -> Run | None:
    """Return the run whose own ``config.yaml`` is among the configs, or None.

    Raises:
        InputError: Configs of several runs were given.
    """
    found = {}
    for path in configs:
        run = Run(path.parent if path.parent.name else path.absolute().parent)
        if is_own_config(path):
            found[run.path.resolve()] = run
    if len(found) > 1:
        raise InputError(f"The configs are of {len(found)} runs, {', '.join(map(str, found))}: give one of them.")
    return next(iter(found.values()), None)


def _run_folder(word: str, logs: Path) -> Run | None:
    """Return the run whose folder a word is, also below ``logs``; None if it is no run folder."""
    for path in (_complete(Path(word)), _complete(logs / word)):
        if (path / "status.json").exists() or Run(path) in find_runs(path.parent.parent, path.parent.name):
            return Run(path)
    return None


def _newest_finished(runs: Sequence[Run]) -> Run | None:
    return next((run for run in reversed(runs) if is_finished(run)), None)


def _runs_of_name(word: str, logs: Path) -> list[Run]:
    """Return the runs of the one name that a word means, the newest last."""
    names = _runs_by_name(word, logs)
    if len(names) > 1:
        listed = ", ".join(printable(runs[0].path.parent) for runs in names)
        raise InputError(f"{printable(word)} is a folder of runs, and one run is meant here: name one of {listed}.")
    return names[0]


def _runs_by_name(word: str, logs: Path) -> list[list[Run]]:
    """Return the runs of each name that a word means: of one name, or of all names in a folder of runs."""
    for path in (logs / word, Path(word)):
        folder = _complete(path)
        if runs := find_runs(folder.parent, folder.name):
            return [runs]
        below = [find_runs(folder, path.name) for path in sorted(folder.iterdir())] if folder.is_dir() else []
        if names := [runs for runs in below if runs]:
            return names
    raise _unknown(word, logs)


def _complete(path: Path) -> Path:
    """Return a path whose last part is the name of a folder, which ``.`` and ``..`` are not."""
    return path.resolve() if ".." in path.parts else path if path.name else path.absolute()


@contextmanager
def _readable(word: str) -> Iterator[None]:
    """Refuse a word that the file system refuses: a name too long, a folder that may not be read, a zero byte."""
    try:
        yield
    except InputError:
        raise
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{printable(word[:80])} cannot be read ({error.args[-1]}).") from error


def _unknown(word: str, logs: Path) -> InputError:
    if (logs / word).is_dir() or Path(word).exists():
        form = "a run folder is <logs>/<name>/version_<n>, as resnet-lab fit makes it"
        return InputError(f"{printable(word)} holds no run: {form}.")
    known = sorted(path.name for path in logs.iterdir() if find_runs(logs, path.name)) if logs.is_dir() else []
    near = nearest(word, known)
    hint = f"did you mean {near}?" if near else f"there is {', '.join(known) or 'none'}."
    if Path(word).name == word and (shipped_configs() / f"{word}.yaml").is_file():
        hint += f" {'If not, first' if near else 'First'} run: {command_line('fit', '--config', f'{word}.yaml')}"
    return InputError(f"{printable(word)} is neither a run folder nor the name of a run in {logs}; {hint}")


def _refuse_no_finished(word: str, runs: Sequence[Run]) -> NoReturn:
    begun = next((run for run in reversed(runs) if is_begun(run) and not is_diverged(run)), None)
    way_out = " Train it with a lower --model.lr." if any(map(is_diverged, runs)) else ""
    if begun is not None:
        way_out = f" Go on with it: {command_line('fit', '--resume', begun.path)}."
    raise InputError(f"{printable(word)} has no finished run: {states_in_words(runs)}.{way_out}")


def _refuse_without_checkpoint(beginning: str, run: Run, which: str) -> NoReturn:
    raise InputError(
        f"{beginning} checkpoints/{which}.ckpt, which holds the network (a run that is kept in git has none): train it "
        f"again with {command_line('fit', '--config', run.config_path)}, which makes a run of its own beside it, and "
        "name that one."
    )


def _refuse_untrained(configs: Sequence[Path], logs: Path, name: str) -> NoReturn:
    shown = [path.name if path.parent == shipped_configs() else str(path) for path in configs] or ["plain34.yaml"]
    own_name = ["--name", name] if all(path.stem != name for path in configs) else []
    words = [*(word for path in shown for word in ("--config", path)), *own_name]
    raise InputError(
        f"There is no finished run of {name} in {logs}, and untrained weights are not scored. "
        f"First run: {command_line('fit', *words)}"
    )
