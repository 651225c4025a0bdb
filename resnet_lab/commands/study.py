"""``resnet-lab study STUDY.yaml``: plan and launch a grid of cells and seeds."""

import re
import sys
from functools import partial
from pathlib import Path
from typing import Any

from resnet_lab.commands.command import Command
from resnet_lab.commands.lightning_options import add_lightning_options
from resnet_lab.commands.options import OptionParser
from resnet_lab.config.find import find_study
from resnet_lab.errors import InputError
from resnet_lab.output import remark, say
from resnet_lab.runs import LOGS
from resnet_lab.study.launchers import launcher_names, load_launcher

AUTO = "auto"


def study(arguments: list[str]) -> int:
    """Show the plan and launch its remaining runs. The exit code is 1 if a run failed, 130 or 143 after a signal.

    Raises:
        InputError: The study, a cell or an option cannot be used.
    """
    words, overrides = split_overrides(arguments)
    options = COMMAND.parse(words)
    for name in ("jobs", "threads"):
        if (given := getattr(options, name)) not in (None, AUTO) and given < 1:
            raise InputError(f"--{name} is {given}; it must be 1 or more.")
    if sys.platform == "win32":
        raise InputError("study needs file locks that Windows does not have; run it in WSL.")
    launcher = load_launcher(options.launcher)
    for name, reason in launcher.needs.items():
        if getattr(options, name) is None:
            raise InputError(f"--launcher {options.launcher} needs --{name}: {reason}.")

    from resnet_lab.program import PROGRAM
    from resnet_lab.study.cores import jobs_of_machine, physical_cores, threads_of_seed, threads_per_run
    from resnet_lab.study.course import Course, Due
    from resnet_lab.study.course_lines import course_block
    from resnet_lab.study.display import table
    from resnet_lab.study.estimate import StepTimer
    from resnet_lab.study.folder import StudyFolder
    from resnet_lab.study.gpus import gpu_names, gpu_phrase, gpus_of_run
    from resnet_lab.study.on_disk import runs_of_seed, settled_processes, settled_threads
    from resnet_lab.study.plan import planned_runs, read_study
    from resnet_lab.study.planned_study import PlannedStudy
    from resnet_lab.study.report import plan_block
    from resnet_lab.study.resolved_configs import resolve_configs
    from resnet_lab.study.run_rows import CLOSED, initial_rows
    from resnet_lab.training.early_check import check_command_line

    path = find_study(options.study)
    plan = read_study(path, overrides, cells=options.cells, seeds=options.seeds)
    for cell in plan.cells:
        try:
            check_command_line(["fit", *cell.words, "--print_config"])
        except InputError as error:
            raise InputError(f"The cell {cell.name} cannot be used: {error}") from error
    timer = StepTimer(PROGRAM) if options.plan and launcher.place is None else None
    remark(f"reading the configs of {len(plan.cells)} cells, as fit does ...")
    configs = resolve_configs(plan, PROGRAM)
    folder = StudyFolder(options.logs, plan.name)
    chosen = options.cells is not None or options.seeds is not None
    staged = (plan.plan.looks or plan.plan.tuning) and not chosen
    course = Course(plan, path, overrides, configs, folder.logs) if staged else None
    due = course.due() if course else Due(planned_runs(plan, configs))
    rows = initial_rows(due.runs, folder.logs)
    left = [row.planned for row in rows if row.state not in CLOSED]
    of_seed = {seed: runs_of_seed(plan, seed, folder.logs) for seed in dict.fromkeys(run.seed for run in left)}

    cores, here = physical_cores(), launcher.place is None
    gpus = gpu_names() if here else ()
    asked = [gpus_of_run(run, settled_processes(of_seed[run.seed]), len(gpus)) for run in left] if here else []
    given = options.jobs
    if given == AUTO:
        given = jobs_of_machine(options.threads, cores, len(gpus), max(asked, default=0)) if here else None
    jobs = given or 1
    at_a_time = given if given or not here else 1
    threads = threads_per_run(options.threads, jobs, cores)
    by_seed = {seed: threads_of_seed(seed, threads, settled_threads(made)) for seed, made in of_seed.items()}
    place = launcher.place or cores
    dealt = gpu_phrase(asked, len(gpus), jobs) if gpus and asked else None
    from_steps: dict[str, float] = {}
    if timer is not None and left and all(row.progress.seconds is None for row in rows):
        remark("timing a few steps of each network ...")
        from_steps = timer.seconds({run.cell.name: run.config for run in left}, threads)
    elif timer is not None:
        timer.stop()
    block = plan_block(
        plan,
        rows,
        folder,
        jobs=at_a_time,
        threads=threads,
        by_seed=by_seed,
        place=place,
        gpus=dealt,
        from_steps=from_steps,
    )
    say(block)
    if course is not None:
        say(course_block(due, plan, rows, jobs))
    if options.plan:
        from resnet_lab.study.needs import needs_lines

        every_row = initial_rows(course.counting(due.choice), folder.logs) if course else rows
        needs = needs_lines(plan.plan, every_row, folder.logs, jobs, due.choice)
        say("\n".join([*needs, "", *table(rows)]))
        return 0
    return launcher.launch(
        PlannedStudy(
            plan,
            path,
            overrides,
            rows,
            folder,
            PROGRAM,
            threads,
            by_seed,
            given,
            gpus,
            course,
            chosen,
            without_token=options.without_token,
        )
    )


def add_options(parser: OptionParser) -> None:
    """Add the options of the command."""
    add = parser.add_argument
    study: Any = add("study", metavar="STUDY.yaml", help="study file: a path, or a bare name such as residual.yaml")
    study.complete = {"bash": "_resnet_lab_study_files"}  # for shtab; a function of the completion script
    add("--logs", type=Path, metavar="FOLDER", default=Path(LOGS), help="folder of the runs (default: %(default)s)")
    add(
        "--jobs",
        type=_jobs,
        metavar="N",
        help="number of runs at a time; auto: one per GPU, else one per core (default: 1)",
    )
    add("--threads", type=int, metavar="T", help="threads per run (default: cores divided by N)")
    add("--seeds", type=int, nargs="+", metavar="SEED", help="run these seeds only")
    add("--cells", nargs="+", metavar="NAME", help="run these cells only, by their names")
    add("--plan", action="store_true", help="show the runs and how long they take; run nothing")
    add(
        "--launcher",
        choices=launcher_names(),
        default="local",
        help="where the runs start: on this machine, on a Ray cluster or under SLURM (default: %(default)s)",
    )
    add(
        "--without_token",
        action="store_true",
        help="accept a Ray cluster without a token: anyone who reaches it can use it",
    )


def _jobs(word: str) -> int | str:
    return word if word == AUTO else int(word)


_jobs.__name__ = "number or auto"  # argparse names it in its message


def split_overrides(arguments: list[str]) -> tuple[list[str], dict[str, str]]:
    """Separate the options of the command from the settings for every cell, ``--GROUP.KEY VALUE``.

    Raises:
        InputError: A setting has no value.

    >>> split_overrides(["residual.yaml", "--data.image_size", "128", "--jobs", "2"])
    (['residual.yaml', '--jobs', '2'], {'data.image_size': '128'})
    """
    own, overrides = [], {}
    words = iter(arguments)
    for word in words:
        match = re.fullmatch(r"--(\w+\.[\w.]+)(=.*)?", word, re.DOTALL)
        if match is None:
            own.append(word)
            continue
        value = match[2][1:] if match[2] is not None else next(words, None)
        if value is None:
            raise InputError(f"{word} has no value: give {word} VALUE.")
        overrides[match[1]] = value
    return own, overrides


COMMAND = Command(
    name="study",
    summary="train and test several arms and seeds (STUDY.yaml); resumable",
    run=study,
    add_options=add_options,
    add_completions=partial(add_lightning_options, command="fit", only_grouped=True),
    position=50,
    usage="resnet-lab study STUDY.yaml [OPTIONS] [--GROUP.KEY VALUE ...]",
    description="Train and test every cell (an arm, or another config) with every seed. Finished runs are skipped and "
    "unfinished ones are resumed, so the same command goes on after a stop. --GROUP.KEY VALUE is set in every cell.",
    epilog="examples:\n"
    "  resnet-lab study residual.yaml --plan                    show the runs and how long they take\n"
    "  resnet-lab study residual.yaml --data.root FOLDER        both arms, six seeds each, on your photographs\n"
    "  resnet-lab compare residual.yaml                         then: the verdict, by the plan of the study",
)
