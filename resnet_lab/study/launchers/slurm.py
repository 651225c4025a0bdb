"""A study as a SLURM array: each task is one run, over a folder of runs that all nodes share."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from resnet_lab.study.plan import PlannedRun

_SCRIPT = """\
#!/bin/bash
# {what}. What else your cluster asks for is given before the name of this file:
#   sbatch --partition=... --account=... --time=... {path}
# A task that runs out of time writes a checkpoint, is queued again and goes on; so does one that is preempted.
#SBATCH --job-name={name}
#SBATCH --array=0-{last}{limit}
#SBATCH --cpus-per-task={threads}
#SBATCH --output={output}
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:USR1@180

runs=(
{runs}
)
read -r cell seed <<< "${{runs[$SLURM_ARRAY_TASK_ID]}}"
cd {folder} || exit
{command} --cells "$cell" --seeds "$seed" &
study=$!
trap 'again=yes; kill -TERM "$study"' USR1
trap 'kill -TERM "$study"' TERM
while wait "$study"; code=$?; kill -0 "$study" 2> /dev/null; do :; done  # a trap ends the wait, not the study
if [[ -n "${{again:-}}" && "$code" -gt 128 ]]; then
  scontrol requeue "${{SLURM_ARRAY_JOB_ID}}_${{SLURM_ARRAY_TASK_ID}}"
fi
exit "$code"
"""


def array_script(
    runs: Sequence[PlannedRun],
    command: Sequence[str],
    *,
    path: Path,
    name: str,
    threads: int,
    jobs: int | None,
    folder: Path,
) -> str:
    """Return the script.

    Args:
        runs: What is left to run, a task each.
        command: The command of the study without cells and seeds; every path in it is absolute.
        path: Where the script will lie; the output of the tasks goes beside it.
        name: Name of the study.
        threads: Threads, and cores, of each run.
        jobs: Tasks at a time; None for as many as the cluster gives.
        folder: Where the tasks work.
    """
    return _SCRIPT.format(
        what=f"{len(runs)} runs of the study {name}",
        path=path,
        name=name,
        last=len(runs) - 1,
        limit="" if jobs is None else f"%{jobs}",
        threads=threads,
        output=path.with_name("slurm-%A_%a.out"),
        runs="\n".join(f'  "{planned.cell.name} {planned.seed}"' for planned in runs),
        folder=shlex.quote(str(folder)),
        command=shlex.join(command),
    )
