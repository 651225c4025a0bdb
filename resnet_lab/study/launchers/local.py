"""Launcher on this machine: every step of a run is a process of its own."""

import os
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from resnet_lab.study.display import study_display
from resnet_lab.study.looks import looks_block
from resnet_lab.study.plan import PlannedRun
from resnet_lab.study.planned_study import Launcher, PlannedStudy
from resnet_lab.study.report import end_block
from resnet_lab.study.run_rows import CLOSED, initial_rows
from resnet_lab.study.runner import Failure, Runner


class LocalLauncher:
    """Runs a study to its end and prints the outcome."""

    needs: Mapping[str, str] = {}
    place = None

    def launch(self, study: PlannedStudy) -> int:
        """Run all that is left to do. With looks, go on after each look with what it leaves open.

        Returns:
            The exit code: 0 if all runs are finished, 1 if some failed, or 128 plus the number of the signal that
            stopped the study.
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
                start=start_process,
            )
            code = runner.run()
            failures += runner.failures
            runs = _next_runs(study, failures) if code <= 1 else []
            if not runs:
                break
        stopped = signal.Signals(code - 128).name if code > 128 else None
        rows = [*runner.rows, *(failure.row for failure in failures if failure not in runner.failures)]
        print(end_block(rows, failures, study.folder, stopped, study.compared_file))
        return 1 if failures and stopped is None else code


def _next_runs(study: PlannedStudy, failures: Sequence[Failure]) -> list[PlannedRun]:
    """Print where the study stands after a look. Return the runs up to the next look; none if there is nothing to do.

    Args:
        study: The study.
        failures: Runs that failed and are not tried again.
    """
    if study.looks is None:
        return []
    standings, problem = study.looks.standings()
    print(looks_block(standings, study.study, problem), flush=True)
    failed = {failure.row.planned for failure in failures}
    runs = [planned for planned in study.looks.due(standings) if planned not in failed]
    return runs if any(row.state not in CLOSED for row in initial_rows(runs, study.folder.logs)) else []


LAUNCHER: Launcher = LocalLauncher()


def start_process(
    command: Sequence[str], output: Path, environment: Mapping[str, str], lock: int
) -> subprocess.Popen[bytes]:
    """Start a command in the background. Append the command and its output to a file.

    Args:
        command: The program and its arguments.
        output: The file.
        environment: Environment variables of the process, beside those of this one.
        lock: Descriptor of the run's lock. The process inherits it, so the lock outlives this process.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("ab") as file:
        file.write(f"\n$ {shlex.join(command)}\n".encode())
        file.flush()
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            pass_fds=[lock],
            start_new_session=True,  # the study itself passes on a Ctrl-C of the terminal, once
        )
