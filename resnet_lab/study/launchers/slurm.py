"""Launcher on a SLURM cluster: writes an array script with one task per run, over a folder that all nodes share."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from resnet_lab.errors import printable
from resnet_lab.files import write_text
from resnet_lab.output import say
from resnet_lab.program import command_line, quoted
from resnet_lab.study.plan import PlannedRun
from resnet_lab.study.planned_study import Launcher, PlannedStudy
from resnet_lab.study.report import comparison_command
from resnet_lab.study.run_rows import CLOSED

_SCRIPT = """\
#!/bin/bash
# {what}. Options that your cluster needs go before the name of this file:
#   sbatch --partition=... --account=... --time=... {path}
# A task that runs out of time or is preempted writes a checkpoint, is queued again and continues.
#SBATCH --job-name={name}
#SBATCH --array=0-{last}{limit}
#SBATCH --cpus-per-task={cores}
#SBATCH --output={output}
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:USR1@180

runs=(
{runs}
)
read -r cell seed <<< "${{runs[$SLURM_ARRAY_TASK_ID]}}"
cd {folder} || exit
trap 'again=yes; kill -TERM $! 2> /dev/null' USR1  # before the study starts: a signal must not end this script alone
trap 'kill -TERM $! 2> /dev/null' TERM
{command} --cells "$cell" --seeds "$seed" &
study=$!
while wait "$study"; code=$?; kill -0 "$study" 2> /dev/null; do :; done  # a trap ends the wait, not the study
if [[ -n "${{again:-}}" && "$code" -gt 128 ]]; then
  scontrol requeue "${{SLURM_ARRAY_JOB_ID}}_${{SLURM_ARRAY_TASK_ID}}"
fi
exit "$code"
"""


class SlurmLauncher:
    """Writes the array script of the runs that are left and prints the command that submits it."""

    needs: Mapping[str, str] = {"threads": "how many cores each run gets on the cluster"}
    place = "as an array of SLURM"

    def launch(self, study: PlannedStudy) -> int:
        """Write the script. Nothing is run; the exit code is 0."""
        left = [row.planned for row in study.rows if row.state not in CLOSED]
        file = study.compared_file
        compare = None if file is None else comparison_command([str(file)], study.folder.logs)
        if not left:
            say(f"next    {compare or 'nothing: all runs are finished'}")
            return 0
        path = (study.folder.path / "slurm.sh").absolute()
        words = [f"--{key}={value}" for key, value in study.overrides.items()]
        command = [*study.program, "study", str(study.path.absolute()), "--logs", str(study.folder.logs.absolute())]
        script = array_script(
            left,
            [*command, *words, "--threads", str(study.threads)],
            path=path,
            name=study.folder.name,
            cores=max(study.by_seed.values()),
            jobs=study.jobs,
            folder=Path.cwd(),
        )
        write_text(path, script)
        say(f"next    sbatch {quoted(str(path))}")
        if study.goes_on:
            again = [study.path, "--logs", study.folder.logs, *words, "--threads", study.threads, "--launcher", "slurm"]
            say(f"then    after these runs: {command_line('study', *again)}")
        elif compare is not None:
            say(f"then    after these runs: {compare}")
        return 0


LAUNCHER: Launcher = SlurmLauncher()


def array_script(
    runs: Sequence[PlannedRun],
    command: Sequence[str],
    *,
    path: Path,
    name: str,
    cores: int,
    jobs: int | None,
    folder: Path,
) -> str:
    """Return the script.

    Args:
        runs: Runs that are left, one task per run.
        command: Command of the study without cells and seeds, with absolute paths.
        path: Future path of the script. The output of the tasks goes beside it.
        name: Name of the study.
        cores: Cores per run.
        jobs: Tasks at a time; None for as many as the cluster allows.
        folder: Working folder of the tasks.
    """
    return _SCRIPT.format(
        what=f"{len(runs)} runs of the study {printable(name)}",
        path=quoted(str(path)),
        name=_in_double_quotes(name),
        last=len(runs) - 1,
        limit="" if jobs is None else f"%{jobs}",
        cores=cores,
        output=_in_double_quotes(str(path.with_name("slurm-%A_%a.out"))),
        runs="\n".join(f'  "{planned.cell.name} {planned.seed}"' for planned in runs),
        folder=quoted(str(folder)),
        command=" ".join(map(quoted, command)),
    )


def _in_double_quotes(word: str) -> str:
    """Return a word as ``sbatch`` reads it in a line of options, in double quotes if it needs some."""
    if quoted(word) == word:
        return word
    return '"' + printable(word).replace("\\", "\\\\").replace('"', '\\"') + '"'
