"""Preparation of a study: the choices between its plan and its first process, read from the run folders."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from resnet_lab.errors import InputError
from resnet_lab.study.cores import AUTO, jobs_of_machine, threads_of_seed, threads_per_run
from resnet_lab.study.course import Course, Due
from resnet_lab.study.estimate import StepTimer
from resnet_lab.study.folder import StudyFolder
from resnet_lab.study.gpus import gpu_names, gpu_phrase, gpus_of_run
from resnet_lab.study.on_disk import runs_of_seed, settled_processes, settled_threads
from resnet_lab.study.plan import Study, planned_runs
from resnet_lab.study.planned_study import PlannedStudy
from resnet_lab.study.run_rows import CLOSED, initial_rows
from resnet_lab.training.early_check import check_command_line


def check_cells(study: Study) -> None:
    """Refuse what is certainly wrong in a cell, before torch is imported.

    Raises:
        InputError: A cell cannot be used.
    """
    for cell in study.cells:
        try:
            check_command_line(["fit", *cell.words, "--print_config"])
        except InputError as error:
            raise InputError(f"The cell {cell.name} cannot be used: {error}") from error


def prepare(
    study: Study,
    path: Path,
    overrides: Mapping[str, str],
    configs: Mapping[str, Mapping[str, Any]],
    logs: Path,
    program: Sequence[str],
    *,
    cores: int,
    jobs: int | str | None = None,
    threads: int | None = None,
    here: bool = True,
    chosen: bool = False,
    names_next: bool = True,
    without_token: bool = False,
) -> PlannedStudy:
    """Return a study that is ready to be launched. Nothing is written or started.

    Args:
        study: The grid.
        path: Its file.
        overrides: Settings of the command line for all cells.
        configs: Resolved config of each cell by its name.
        logs: Folder of all runs.
        program: Command ``resnet-lab``.
        cores: Cores of this machine.
        jobs: Runs at a time; ``AUTO`` to fill the machine; None if the user does not say.
        threads: Threads of a run whose seed has no run yet; None for an equal share of the cores.
        here: Whether the runs go to this machine.
        chosen: Whether the command line chooses cells or seeds.
        names_next: Whether the end of the study names the command that compares its runs.
        without_token: Whether a cluster may be used that anybody on its network can use.

    Raises:
        InputError: The runs of a seed have several numbers of threads or processes, a run needs more GPUs than there
            are, or the course of the study cannot be read.
    """
    folder = StudyFolder(logs, study.name)
    staged = (study.plan.looks or study.plan.tuning) and not chosen
    course = Course(study, path, overrides, configs, folder.logs) if staged else None
    due = course.due() if course else Due(planned_runs(study, configs))
    rows = initial_rows(due.runs, folder.logs)
    left = [row.planned for row in rows if row.state not in CLOSED]
    of_seed = {seed: runs_of_seed(study, seed, folder.logs) for seed in dict.fromkeys(run.seed for run in left)}

    gpus = gpu_names() if here else ()
    asked = [gpus_of_run(run, settled_processes(of_seed[run.seed]), len(gpus)) for run in left] if here else []
    if jobs == AUTO:
        jobs = jobs_of_machine(threads, cores, len(gpus), max(asked, default=0)) if here else None
    given = int(jobs) if jobs is not None else None
    own_threads = threads_per_run(threads, given or 1, cores)
    return PlannedStudy(
        study,
        path,
        overrides,
        rows,
        folder,
        program,
        own_threads,
        {seed: threads_of_seed(seed, own_threads, settled_threads(made)) for seed, made in of_seed.items()},
        given,
        gpus,
        course,
        chosen,
        without_token=without_token,
        due=due,
        dealt=gpu_phrase(asked, len(gpus), given or 1) if gpus and asked else None,
        names_next=names_next,
    )


def seconds_from_steps(planned: PlannedStudy, timer: StepTimer) -> dict[str, float]:
    """Return the seconds of a run of each cell from a few timed steps; none if a run of the study was timed.

    Args:
        planned: The study.
        timer: Program that times the steps. It is ended.
    """
    left = [row.planned for row in planned.rows if row.state not in CLOSED]
    if not left or any(row.progress.seconds is not None for row in planned.rows):
        timer.stop()
        return {}
    return timer.seconds({run.cell.name: run.config for run in left}, planned.threads)
