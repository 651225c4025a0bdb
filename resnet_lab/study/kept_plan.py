"""Runs that follow the plan of a study: by the digest that they recorded, or by the plan in their commit."""

import functools
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resnet_lab.comparison.contradictions import refuse_copies
from resnet_lab.comparison.one_arm import RESIDUAL
from resnet_lab.comparison.plan import OffPlan, Reason
from resnet_lab.comparison.selection import Selection, Test, refusal, select, test_what_is_untested
from resnet_lab.comparison.tuning import Choice, choose, tuning_runs
from resnet_lab.config.flatten import flatten
from resnet_lab.config.overrides import parse_config
from resnet_lab.errors import InputError
from resnet_lab.program import command_line
from resnet_lab.runs import Run, find_runs
from resnet_lab.runs.results_by_seed import results_by_seed
from resnet_lab.study.on_disk import is_planned
from resnet_lab.study.plan import Study, read_study

_COMMIT = re.compile(r"[0-9a-f]{7,64}(-dirty)?")


@dataclass(frozen=True)
class Planned:
    """Runs by which a study is judged.

    Attributes:
        selection: The runs that count.
        off_plan: Those of them, and of the tuning runs, that do not follow the plan.
        choice: The values that the tuning runs chose; None without a tuning.
    """

    selection: Selection
    off_plan: tuple[OffPlan, ...]
    choice: Choice | None = None


def select_planned(study: Study, path: Path, logs: Path, test: Test | None = None) -> Planned:
    """Find the runs that a study is judged by: of each cell, the newest finished run of each seed of the plan.

    Cells without any run are passed over. With a tuning, the cells are those at the values that the tuning runs choose.

    Args:
        study: The study.
        path: Its file.
        logs: The folder of all runs.
        test: Tests the runs that are not tested yet; None if they are refused.

    Raises:
        InputError: There is no finished run, a tuning run is missing, or the files of a run that counts at a look or of
            a tuning run cannot be used.
    """
    choice = _choice(study, path, logs, test)
    names = [cell.name for cell in study.every_cell] if choice is None else choice.names
    begun = [name for name in names if find_runs(logs, name)]
    found = select(begun or names, logs, study.plan, test)
    if not found.runs:
        raise InputError(f"No finished run in {logs} has a seed of {path}: run {command_line('study', path)} first.")
    choosing = choice.runs if choice is not None else ()
    refuse_copies([*choosing, *found.runs])
    return Planned(found, off_plan(study, path, [*choosing, *found.runs]), choice)


def _choice(study: Study, path: Path, logs: Path, test: Test | None) -> Choice | None:
    """Return the choice that the tuning runs on disk make: of each name, the newest result of each seed."""
    planned = tuning_runs(study.plan)
    if not planned:
        return None
    found = {
        (name, run.status().seed): run
        for name in dict.fromkeys(name for name, _ in planned)
        for run in results_by_seed(find_runs(logs, name))[0]
    }
    if missing := [f"{name} seed {seed}" for name, seed in planned if (name, seed) not in found]:
        raise InputError(
            f"The values of {path} are not chosen yet, since these tuning runs are missing in {logs}: "
            f"{', '.join(missing)}. Run {command_line('study', path)} first."
        )
    runs = {one: found[one] for one in planned}
    if test is not None:
        test_what_is_untested(list(runs.values()), test)
    if unusable := next(filter(None, map(refusal, runs.values())), None):
        raise unusable
    return choose(study.plan, runs, RESIDUAL)


def off_plan(
    study: Study, path: Path, runs: Iterable[Run], overrides: Mapping[str, str] | None = None
) -> tuple[OffPlan, ...]:
    """Return the runs that do not follow the plan of a study, each with the reason.

    Args:
        study: The study.
        path: Its file.
        runs: Runs of its cells.
        overrides: Settings of the command line, which are part of the plan.
    """
    reasons = {run: _reason(study, path, run, overrides or {}) for run in runs}
    return tuple(OffPlan(run.label, reason) for run, reason in reasons.items() if reason is not None)


def _reason(study: Study, path: Path, run: Run, overrides: Mapping[str, str]) -> Reason | None:
    status = run.status()
    if "plan" in run.status_content():
        if status.plan is None:
            return "by_hand"
        return None if status.plan.digest == study.plan.digest else "other_plan"
    if _digest_at(status.git_commit, path, tuple(sorted(overrides.items()))) != study.plan.digest:
        return "not_in_commit"
    planned = next(cell.planned for cell in study.every_cell if cell.name == run.name)
    seed = status.seed
    wanted = {**planned, "seed_everything": seed, **study.settings_of(seed)}
    tuning = study.plan.tuning
    seeds = study.plan.seeds if tuning is None else (*study.plan.seeds, *tuning.seeds)
    follows = seed in seeds and is_planned(flatten(run.config()), wanted)
    return None if follows else "other_settings"


@functools.cache
def _digest_at(commit: str | None, path: Path, overrides: Sequence[tuple[str, str]]) -> str | None:
    """Return the digest of the plan that a commit contains; None if it contains none, or if the commit is unknown."""
    if commit is None or not _COMMIT.fullmatch(commit):
        return None
    try:
        study = read_study(path, dict(overrides), content_of=lambda file: _content_at(commit, file))
    except InputError:
        return None
    return study.plan.digest


def _content_at(commit: str, file: Path) -> dict[str, Any]:
    """Return the content of a config or study at a commit of the repository that it lies in.

    Raises:
        InputError: The repository has no such file or commit, or the file cannot be used.
    """
    at = f"{commit.removesuffix('-dirty')}:./{file.name}"
    shown = ["git", "-C", str(file.absolute().parent), "show", at]
    try:
        done = subprocess.run(shown, capture_output=True, text=True, check=True, encoding="utf-8", errors="strict")
    except (OSError, subprocess.CalledProcessError, UnicodeError) as error:
        raise InputError(f"{file} is not in commit {commit}.") from error
    return parse_config(done.stdout, file)
