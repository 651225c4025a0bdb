"""Loop of a launcher that has places: run what is due, say where the study stands, go on, print the end."""

import signal
from collections.abc import Sequence

from resnet_lab.output import say
from resnet_lab.study.course_lines import course_block
from resnet_lab.study.display import study_display
from resnet_lab.study.places.place import Places
from resnet_lab.study.plan import PlannedRun
from resnet_lab.study.planned_study import PlannedStudy
from resnet_lab.study.report import end_block
from resnet_lab.study.run_rows import CLOSED, Failure, initial_rows
from resnet_lab.study.runner import Runner


def run_study(study: PlannedStudy, places: Places) -> int:
    """Run all that is left to do and print the outcome.

    A study with a tuning goes on with the chosen values. With looks, it goes on after each look with what is open.

    Args:
        study: The study.
        places: The places of its runs.

    Returns:
        The exit code: 0 if all runs are finished, 1 if some failed, or 128 plus the number of the signal that stopped
        the study.
    """
    runs = [row.planned for row in study.rows]
    failures: list[Failure] = []
    while True:
        runner = Runner(
            runs,
            study.folder,
            jobs=study.jobs or 1,
            threads=study.threads,
            study=study.study,
            display=study_display(),
            program=study.program,
            places=places,
        )
        code = runner.run()
        failures += runner.failures
        runs = _next_runs(study, failures) if code <= 1 else []
        if not runs:
            break
    stopped = signal.Signals(code - 128).name if code > 128 else None
    rows = [*runner.rows, *(failure.row for failure in failures if failure not in runner.failures)]
    compare = study.names_next and not _misses_a_choice(study, failures)
    say(end_block(rows, failures, study.folder, stopped, study.compared_file, compare=compare))
    return 1 if failures and stopped is None else code


def _misses_a_choice(study: PlannedStudy, failures: Sequence[Failure]) -> bool:
    """Return whether a failed run is one that chooses a value: its study cannot be compared before it is done."""
    tuning = study.study.plan.tuning
    return tuning is not None and any(failure.row.planned.seed in tuning.seeds for failure in failures)


def _next_runs(study: PlannedStudy, failures: Sequence[Failure]) -> list[PlannedRun]:
    """Print where the study stands. Return the runs that are due next; none if there is nothing to do.

    Args:
        study: The study.
        failures: Runs that failed and are not tried again.
    """
    if study.course is None:
        return []
    due = study.course.due()
    rows = initial_rows(due.runs, study.folder.logs)
    failed = {failure.row.planned.key for failure in failures}
    left = [row for row in rows if row.planned.key not in failed]
    is_open = any(row.state not in CLOSED for row in left)
    if is_open or due.standings:
        say(course_block(due, study.study, rows, study.jobs or 1))
    return [row.planned for row in left] if is_open else []
