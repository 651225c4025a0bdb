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
from resnet_lab.study.cores import AUTO
from resnet_lab.study.launchers import launcher_names, load_launcher


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
    from resnet_lab.study.cores import physical_cores
    from resnet_lab.study.course_lines import course_block
    from resnet_lab.study.display import table
    from resnet_lab.study.estimate import StepTimer
    from resnet_lab.study.plan import read_study
    from resnet_lab.study.prepare import check_cells, prepare, seconds_from_steps
    from resnet_lab.study.report import plan_block
    from resnet_lab.study.resolved_configs import resolve_configs
    from resnet_lab.study.run_rows import CLOSED, initial_rows
    from resnet_lab.study.starts import missing_data, missing_start

    path = find_study(options.study)
    plan = read_study(path, overrides, cells=options.cells, seeds=options.seeds)
    check_cells(plan)
    here, cores = launcher.place is None, physical_cores()
    timer = StepTimer(PROGRAM) if options.plan and here else None
    remark(f"reading the configs of {len(plan.cells)} cells, as fit does ...")
    planned = prepare(
        plan,
        path,
        overrides,
        resolve_configs(plan, PROGRAM),
        options.logs,
        PROGRAM,
        cores=cores,
        jobs=options.jobs,
        threads=options.threads,
        here=here,
        chosen=options.cells is not None or options.seeds is not None,
        without_token=options.without_token,
    )
    rows, jobs = planned.rows, planned.jobs or 1
    from_steps = seconds_from_steps(planned, timer) if timer is not None else {}
    block = plan_block(
        plan,
        rows,
        planned.folder,
        jobs=planned.jobs if planned.jobs or not here else 1,
        threads=planned.threads,
        by_seed=planned.by_seed,
        place=launcher.place or cores,
        gpus=planned.dealt,
        from_steps=from_steps,
    )
    say(block)
    left = [row.planned for row in rows if row.state not in CLOSED]
    if problem := missing_start((row.planned for row in rows), options.logs) or (missing_data(left) if here else None):
        if not options.plan:
            raise InputError(problem)
        say(f"note    {problem}")
    if planned.course is not None:
        say(course_block(planned.due, plan, rows, jobs))
    if options.plan:
        from resnet_lab.study.needs import needs_lines

        choice = planned.due.choice
        every_row = initial_rows(planned.course.counting(choice), options.logs) if planned.course else rows
        say("\n".join([*needs_lines(plan.plan, every_row, options.logs, jobs, choice), "", *table(rows)]))
        return 0
    return launcher.launch(planned)


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
