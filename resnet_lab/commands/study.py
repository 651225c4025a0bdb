"""``resnet-lab study STUDY.yaml``: arms over seeds, planned, run, taken up again."""

import os
import re
import signal
import sys
from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resnet_lab.commands.command import Command
from resnet_lab.commands.lightning_options import add_lightning_options
from resnet_lab.commands.options import OptionParser
from resnet_lab.config.find import find_study
from resnet_lab.errors import InputError
from resnet_lab.files import write_text
from resnet_lab.runs import LOGS

if TYPE_CHECKING:
    from resnet_lab.study.folder import StudyFolder
    from resnet_lab.study.rows import Row


def study(arguments: list[str]) -> int:
    """Show the plan and run what is left of it; the exit code is 1 if a run failed, 130 or 143 after a signal.

    Raises:
        InputError: The study, a cell or an option cannot be used.
    """
    words, overrides = split_overrides(arguments)
    options = COMMAND.parse(words)
    for name in ("jobs", "threads"):
        if (given := getattr(options, name)) is not None and given < 1:
            raise InputError(f"--{name} is {given}; it must be 1 or more.")
    on_slurm = options.launcher == "slurm"
    if on_slurm and options.threads is None:
        raise InputError("--launcher slurm needs --threads: how many cores each run gets on the cluster.")
    if sys.platform == "win32":
        raise InputError("study shares runs out by file locks that Windows does not have; run it in WSL.")

    from resnet_lab.study.cores import physical_cores, threads_of_a_run
    from resnet_lab.study.display import study_display, table
    from resnet_lab.study.folder import StudyFolder
    from resnet_lab.study.launchers.local import PROGRAM
    from resnet_lab.study.on_disk import settled_threads
    from resnet_lab.study.plan import planned_runs, read_study
    from resnet_lab.study.report import end_block, plan_block
    from resnet_lab.study.resolve import resolve
    from resnet_lab.study.runner import Runner

    path = find_study(options.study)
    plan = read_study(path, overrides, cells=options.cells, seeds=options.seeds)
    print(f"reading the configs of {len(plan.cells)} cells, as fit does ...", file=sys.stderr)
    runs = planned_runs(plan, resolve(plan, PROGRAM))
    folder = StudyFolder(options.logs, plan.name)
    jobs, cores = options.jobs or 1, physical_cores()
    threads = threads_of_a_run(options.threads, jobs, cores, settled_threads(runs, folder.logs))
    runner = Runner(runs, folder, jobs=jobs, threads=threads, display=study_display(), program=PROGRAM)
    here = None if on_slurm else cores
    print(plan_block(plan, runner.rows, folder, jobs=jobs, threads=threads, cores=here), flush=True)
    if options.plan:
        print("\n".join(["", *table(runner.rows)]))
        return 0
    if on_slurm:
        print(_write_array(path, overrides, options, folder, runner.rows))
        return 0
    code = runner.run()
    stopped = signal.Signals(code - 128).name if code > 128 else None
    print(end_block(runner.rows, runner.failures, folder, stopped))
    return code


def add_options(parser: OptionParser) -> None:
    """Add the options of the command."""
    add = parser.add_argument
    study: Any = add("study", metavar="STUDY.yaml", help="a path or a bare name, such as residual.yaml")
    study.complete = {"bash": "_resnet_lab_study_files"}  # for shtab; the function is of the completion script
    add("--logs", type=Path, default=Path(LOGS), help="folder of the runs (default: %(default)s)")
    add("--jobs", type=int, help="runs at a time, sharing out the cores (default: 1)")
    add("--threads", type=int, help="threads of each run (default: cores / jobs)")
    add("--seeds", type=int, nargs="+", help="seeds in place of the study's own")
    add("--cells", nargs="+", help="names of the cells to run, in place of all")
    add("--plan", action="store_true", help="show the plan and run nothing")
    add("--launcher", choices=("local", "slurm"), default="local", help="slurm: write an array script, run nothing")


def split_overrides(arguments: list[str]) -> tuple[list[str], dict[str, str]]:
    """Part the command's own words from the settings laid over every cell, ``--GROUP.KEY VALUE``.

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


def _write_array(
    study: Path, overrides: dict[str, str], options: Namespace, folder: "StudyFolder", rows: "list[Row]"
) -> str:
    """Write the array script of what is left to run, and say where it is and what to type."""
    from resnet_lab.study.launchers.local import PROGRAM
    from resnet_lab.study.launchers.slurm import array_script
    from resnet_lab.study.rows import State

    left = [row.planned for row in rows if row.state is not State.FINISHED]
    if not left:
        return "next    nothing: all runs are finished"
    path = (folder.path / "slurm.sh").absolute()
    words = [f"--{key}={value}" for key, value in overrides.items()]
    command = [*PROGRAM, "study", str(study.absolute()), "--logs", str(folder.logs.absolute()), *words]
    script = array_script(
        left,
        [*command, "--threads", str(options.threads)],
        path=path,
        name=folder.name,
        threads=options.threads,
        jobs=options.jobs,
        folder=Path.cwd(),
    )
    write_text(path, script)
    return f"next    sbatch {os.fspath(path)}"


COMMAND = Command(
    name="study",
    summary="run a grid of arms and seeds (STUDY.yaml), and go on with what is left of it",
    run=study,
    add_options=add_options,
    add_completions=partial(add_lightning_options, only_grouped=True),
    position=50,
    usage="resnet-lab study STUDY.yaml [OPTIONS] [--GROUP.KEY VALUE ...]",
    description="Run a grid of cells and seeds, each run as its own process; skip what is finished, go on with "
    "what is not. --GROUP.KEY VALUE (--data.root FOLDER) is laid over every cell.",
)
