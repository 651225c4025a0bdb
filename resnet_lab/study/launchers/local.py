"""Launcher on this machine: every step of a run is a process of its own."""

import os
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from resnet_lab.study.display import study_display
from resnet_lab.study.planned_study import Launcher, PlannedStudy
from resnet_lab.study.report import end_block
from resnet_lab.study.runner import Runner


class LocalLauncher:
    """Runs a study to its end and prints the outcome."""

    needs: Mapping[str, str] = {}
    place = None

    def launch(self, study: PlannedStudy) -> int:
        """Run all that is left to do.

        Returns:
            The exit code: 0 if all runs are finished, 1 if some failed, or 128 plus the number of the signal that
            stopped the study.
        """
        runner = Runner(
            [row.planned for row in study.rows],
            study.folder,
            jobs=study.jobs or 1,
            threads=study.threads,
            study=study.study,
            display=study_display(),
            program=study.program,
            start=start_process,
        )
        code = runner.run()
        stopped = signal.Signals(code - 128).name if code > 128 else None
        print(end_block(runner.rows, runner.failures, study.folder, stopped))
        return code


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
