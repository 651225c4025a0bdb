"""Plan and outcome of a study as text."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from statistics import fmean
from typing import Any

from resnet_lab.comparison.conditions import as_text, differences
from resnet_lab.comparison.one_arm import RESIDUAL
from resnet_lab.errors import printable
from resnet_lab.program import command_line
from resnet_lab.runs import Run
from resnet_lab.study.display import summary
from resnet_lab.study.estimate import as_duration, seconds_left
from resnet_lab.study.folder import StudyFolder
from resnet_lab.study.on_disk import find_run
from resnet_lab.study.plan import Study
from resnet_lab.study.run_rows import CLOSED, Failure, RunRow, State


def plan_block(
    study: Study,
    rows: Sequence[RunRow],
    folder: StudyFolder,
    *,
    jobs: int | None,
    threads: int,
    by_seed: Mapping[int, int],
    place: str | int,
    gpus: str | None = None,
    from_steps: Mapping[str, float] | None = None,
) -> str:
    """Return a few lines with the runs of a study, their settings and the time left.

    Args:
        study: The grid.
        rows: All runs.
        folder: Files of the study.
        jobs: Runs at a time; None for as many as the other place takes.
        threads: Threads of a run whose seed has no run yet.
        by_seed: Threads of the runs of each seed that has open runs.
        place: Number of cores of this machine, or a phrase for the other place where the runs go.
        gpus: Phrase for the GPUs of this machine and how they are dealt; None if it has none.
        from_steps: Seconds of a run by cell, from a few timed steps.
    """
    where = place if isinstance(place, str) else f"on {_number(place, 'core')}"
    due, seeds = study.cells, study.seeds
    if study.plan.tuning is not None:  # other cells and seeds are run before and after the values are chosen
        due = tuple({row.planned.cell.name: row.planned.cell for row in rows}.values())
        seeds = tuple(dict.fromkeys(row.planned.seed for row in rows))
    by_config = defaultdict[str, list[str]](list)
    for cell in due:
        by_config[printable(cell.config.name)].append(cell.name)
    cells = ", ".join(f"{', '.join(names)} ({config})" for config, names in by_config.items())
    lines = [
        f"study   {study.name}: {_number(len(due), 'cell')} x {_number(len(seeds), 'seed')}, "
        f"{_number(len(rows), 'run')} in {printable(folder.logs)}",
        f"cells   {cells}",
        f"differ  {_factors(rows)}",
        f"runs    {jobs or 'as many as fit'} at a time, {_number(threads, 'thread')} each, {where}",
        f"seeds   {_seeds_done(rows)}",
        f"time    {_time(rows, jobs or 1, from_steps or {})}",
    ]
    if gpus is not None:
        lines.insert(4, f"place   {gpus}")
    lines += [
        f"note    the open runs of seed {seed} get {_number(own, 'thread')}, as the runs that it has"
        for seed, own in by_seed.items()
        if own != threads
    ]
    most = max([threads, *by_seed.values()])
    if isinstance(place, int) and jobs is not None and jobs * most > place:
        lines.append(f"note    {jobs} x {most} threads on {place} cores: the runs slow each other down")
    return "\n".join(lines)


def end_block(
    rows: Sequence[RunRow],
    failures: Sequence[Failure],
    folder: StudyFolder,
    stopped: str | None,
    file: Path | None = None,
    *,
    compare: bool = True,
) -> str:
    """Return the outcome of the runs, the reasons of failures, and the next command.

    Args:
        rows: All runs.
        failures: The runs that failed.
        folder: Files of the study.
        stopped: Name of the signal that stopped the study; None if none did.
        file: The file of the study, if its runs are compared by its plan; None to name the cells.
        compare: Whether the runs can be compared; not before every tuning run is done.
    """
    lines = []
    for failure in failures:
        lines.append(f"failed  {failure.row.label}: {failure.reason}")
        if failure.printed:
            lines += [f"        | {line}" for line in failure.printed]
            lines.append(f"        full log: {printable(folder.output(failure.row.planned))}")
    lines.append(f"study   {summary(rows, 0, datetime.now())}")
    if stopped is not None:
        lines.append(f"note    stopped by {stopped}; the same command continues the study")
    elif failures:
        lines.append("note    the same command tries the failed runs again")
    lines += [f"note    the runs of seed {difference}" for difference in unlike(rows, folder)]
    finished = list(dict.fromkeys(row.planned.cell.name for row in rows if row.state is State.FINISHED))
    if len(finished) > 1 and stopped is None and compare:
        compared = finished if file is None else [str(file)]
        lines.append(f"next    {comparison_command(compared, folder.logs)}")
    return "\n".join(lines)


def comparison_command(words: Sequence[str], logs: Path) -> str:
    """Return the command that compares runs.

    Args:
        words: Names of the cells, or the file of the study.
        logs: Folder of all runs.
    """
    return command_line("compare", *words, "--logs", logs)


def unlike(rows: Sequence[RunRow], folder: StudyFolder) -> list[str]:
    """Return the conditions, such as versions and hardware, in which finished runs of a seed differ.

    Keys that the cells set are no conditions. Runs of several seeds may differ: they are never a pair.
    """
    factors = _factor_keys(rows)
    finished = defaultdict[int, list[Run]](list)
    for row in rows:
        if row.state is State.FINISHED and (run := find_run(row.planned, folder.logs)):
            finished[row.planned.seed].append(run)
    return [
        f"{seed} differ in {difference}"
        for seed, runs in finished.items()
        for difference in differences(runs, RESIDUAL)
        if difference.key not in factors
    ]


def _time(rows: Sequence[RunRow], jobs: int, from_steps: Mapping[str, float]) -> str:
    left = [row for row in rows if row.state not in CLOSED]
    if not left:
        return "all runs are finished"
    timed = sum(row.progress.seconds is not None for row in rows)
    seconds = seconds_left(rows, jobs, from_steps)
    if seconds is None:
        return f"unknown for the {_number(len(left), 'run')} left, until a run of this study has been timed"
    if not seconds:
        return f"only the tests of {_number(len(left), 'run')} are left"
    runs = _number(len(left), "run")
    each = [row.progress.seconds for row in rows if row.progress.seconds is not None]
    each = (
        [fmean(each)] if each else [from_steps[name] for row in left if (name := row.planned.cell.name) in from_steps]
    )
    per_run = " to ".join(dict.fromkeys(as_duration(end) for end in (min(each), max(each))))
    source = _number(timed, "timed run") if timed else "a few steps timed now"
    return f"about {as_duration(seconds)} for the {runs} left, {per_run} per run, estimated from {source}"


def _seeds_done(rows: Sequence[RunRow]) -> str:
    """Return the number of seeds whose runs are all done."""
    open_seeds = {row.planned.seed for row in rows if row.state not in (State.FINISHED, State.DIVERGED)}
    seeds = {row.planned.seed for row in rows}
    return f"{len(seeds - open_seeds)} of {len(seeds)} done"


def _factors(rows: Sequence[RunRow]) -> str:
    keys = _factor_keys(rows)
    configs = {row.planned.cell.name: row.planned.config for row in rows}
    if len(configs) == 1:
        return "nothing: there is only one cell"
    if not keys:
        return "only the names: the cells are the same experiment"
    return "\n        ".join(f"{key}: {_values(key, configs)}" for key in keys)


def _values(key: str, configs: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the values of a key, each with its cells; of more than two cells, the most frequent value without them."""
    cells = defaultdict[str, list[str]](list)
    for name, config in configs.items():
        cells[as_text(config.get(key))].append(name)
    most = max(cells, key=lambda value: len(cells[value])) if len(configs) > 2 else None
    named = [f"{value} ({', '.join(names)})" for value, names in cells.items() if value != most]
    return ", ".join(named if most is None else [*named, f"else {most}"])


def _factor_keys(rows: Sequence[RunRow]) -> list[str]:
    """Return the keys in which the cells differ."""
    configs = list({row.planned.cell.name: row.planned.config for row in rows}.values())
    keys = dict.fromkeys(key for config in configs for key in config if key != "name")
    return [key for key in keys if any(config.get(key) != configs[0].get(key) for config in configs)]


def _number(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
