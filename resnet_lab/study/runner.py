"""Runs what a study has planned, each run as its own process, until nothing is left to do.

What is to be done next is read from the run folders each time, so a study that was killed is simply started again.
"""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from resnet_lab.runs import Run, is_locked
from resnet_lab.study.display import Display
from resnet_lab.study.estimate import seconds_left
from resnet_lab.study.folder import StudyFolder
from resnet_lab.study.launchers.local import last_lines, start_process, step_arguments
from resnet_lab.study.lock import try_lock
from resnet_lab.study.on_disk import Step, find_run, next_step, progress, settled_precision
from resnet_lab.study.plan import PlannedRun
from resnet_lab.study.rows import CLOSED, Row, State, first_rows
from resnet_lab.study.stop import StopSignals


@dataclass(frozen=True)
class Failure:
    """A run that could not be brought to its end.

    Attributes:
        row: The run.
        reason: What happened.
        printed: The last lines that its process printed.
    """

    row: Row
    reason: str
    printed: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Active:
    """A process that takes a step with a run, and the descriptor of the run's lock."""

    planned: PlannedRun
    step: Step
    process: subprocess.Popen[bytes]
    lock: int


class Runner:
    """Brings every run of a study to its end, some at a time; goes on past those that fail.

    Attributes:
        failures: The runs that failed, in the order in which they did.
    """

    def __init__(
        self,
        runs: Sequence[PlannedRun],
        folder: StudyFolder,
        *,
        jobs: int,
        threads: int,
        display: Display,
        program: Sequence[str],
        pause: float = 0.5,
    ) -> None:
        """Look at what is on disk; nothing is started.

        Args:
            runs: The plan.
            folder: Where runs and output are.
            jobs: Runs at a time.
            threads: Threads of each run.
            display: Shows the runs.
            program: The command ``resnet-lab``.
            pause: Seconds between two looks at the processes.
        """
        self.folder, self.jobs, self.threads, self.display = folder, jobs, threads, display
        self.program, self.pause = tuple(program), pause
        self.failures: list[Failure] = []
        self._active: list[_Active] = []
        self._rows = {row.planned: row for row in first_rows(runs, folder.logs)}

    @property
    def rows(self) -> list[Row]:
        """Where each run stands, in the order of the plan."""
        return list(self._rows.values())

    def run(self) -> int:
        """Do all that is left to do.

        Returns:
            The exit code: 0 if all runs are finished, 1 if some failed, or 128 and the number of the signal that kept
            the study from its end.
        """
        with StopSignals() as stop:
            try:
                while not stop.received and self._is_open():
                    self._begin()
                    self._show()
                    time.sleep(self.pause)
                    if not stop.received:  # what ends with it did not fail
                        self._look()
            finally:
                self._end(stop)
            self._show()
        if stop.received and self._is_open():
            return 128 + stop.received
        return 1 if self.failures else 0

    def _is_open(self) -> bool:
        return any(row.state not in CLOSED for row in self.rows)

    def _begin(self) -> None:
        """Begin with runs that wait, as far as there are places and nobody else is at them."""
        for planned, row in self._rows.items():
            if len(self._active) < self.jobs and row.state in (State.WAITING, State.ELSEWHERE):
                lock = try_lock(self.folder.lock(planned))
                if lock is None:
                    self._put(planned, State.ELSEWHERE)
                else:
                    self._go_on(planned, lock, done=None)

    def _go_on(self, planned: PlannedRun, lock: int, done: Step | None) -> None:
        """Take the next step with a run, after the one that is done; without one, let go of the run."""
        run = find_run(planned, self.folder.logs)
        step = next_step(run)
        if step is Step.NOTHING:
            self._put(planned, State.FINISHED)
        elif run is not None and is_locked(run):  # a fit that no study began
            self._put(planned, State.ELSEWHERE)
        elif step is Step.LOST:
            assert run is not None
            self._fail(
                planned,
                f"{run.path} is finished but was not tested, and its checkpoints are gone. Move the folder away, and "
                "the run is made anew.",
            )
        elif done is not None and (step is Step.TEST) == (done is Step.TEST):
            self._fail(planned, f"{done.value} ended as if all were well, but its results are not there.")
        elif self._start(planned, step, run, lock):
            return
        os.close(lock)

    def _start(self, planned: PlannedRun, step: Step, run: Run | None, lock: int) -> bool:
        arguments = step_arguments(planned, step, run, self.folder.logs, self._precision())
        output = self.folder.output(planned)
        try:
            process = start_process([*self.program, *arguments], output, self.threads, lock)
        except OSError as error:
            self._fail(planned, f"{step.value} could not be started ({error}).")
            return False
        self._active.append(_Active(planned, step, process, lock))
        self._put(planned, State.TESTING if step is Step.TEST else State.TRAINING)
        return True

    def _look(self) -> None:
        """See which processes have ended, and how far the others are."""
        for active in list(self._active):
            code = active.process.poll()
            if code is None:
                self._put(active.planned, self._rows[active.planned].state)
                continue
            self._active.remove(active)
            if code == 0:
                self._go_on(active.planned, active.lock, done=active.step)
            else:
                os.close(active.lock)
                how = f"exit code {code}" if code > 0 else signal.Signals(-code).name
                self._fail(active.planned, f"{active.step.value} ended with {how}.", printed=True)

    def _end(self, stop: StopSignals) -> None:
        """Tell the processes to end and wait for them; they are killed at the second signal."""
        told = signal.SIGINT if stop.received is signal.SIGINT else signal.SIGTERM
        for active in self._active:
            active.process.send_signal(told)
            self._put(active.planned, State.STOPPING)
        self._show()
        while any(active.process.poll() is None for active in self._active):
            if stop.times > 1:
                for active in self._active:
                    active.process.kill()
            time.sleep(self.pause)
        for active in self._active:
            os.close(active.lock)
        stopped = first_rows([active.planned for active in self._active], self.folder.logs)
        self._rows |= {row.planned: row for row in stopped}
        self._active.clear()

    def _fail(self, planned: PlannedRun, reason: str, *, printed: bool = False) -> None:
        self._put(planned, State.FAILED)
        lines = last_lines(self.folder.output(planned)) if printed else []
        self.failures.append(Failure(self._rows[planned], reason, tuple(lines)))

    def _put(self, planned: PlannedRun, state: State) -> None:
        self._rows[planned] = Row(planned, state, progress(find_run(planned, self.folder.logs)))

    def _precision(self) -> str | None:
        return settled_precision(list(self._rows), self.folder.logs)

    def _show(self) -> None:
        with suppress(OSError):  # a terminal that was closed takes nothing down with it
            self.display.show(self.rows, seconds_left(self.rows, self.jobs))
