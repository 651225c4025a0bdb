"""Runner of a study: takes every run to its end, each step as a process of its own.

The next step of a run is read from its run folder each time, so a killed study continues when it is started again.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from resnet_lab.errors import InputError
from resnet_lab.machines.hired import PlaceLost
from resnet_lab.runs import Run, is_locked
from resnet_lab.study.cores import threads_of_seed
from resnet_lab.study.display import Display
from resnet_lab.study.estimate import seconds_left
from resnet_lab.study.folder import StudyFolder
from resnet_lab.study.lock import try_lock
from resnet_lab.study.on_disk import (
    Step,
    find_run,
    next_step,
    progress,
    runs_of_seed,
    settled_precision,
    settled_processes,
    settled_threads,
)
from resnet_lab.study.places.place import Place, Places
from resnet_lab.study.plan import PlannedRun, Study
from resnet_lab.study.program import step_arguments, step_environment
from resnet_lab.study.run_rows import CLOSED, Failure, RunRow, State, closed_state, initial_rows
from resnet_lab.study.stop import StopSignals

_LOOK_SECONDS = 5.0
"""Time between two looks at what other studies hold, while this one takes no further run."""
_LOSSES = 3
"""Number of places that a run may lose in the same epoch before it fails."""


@dataclass(frozen=True)
class _Active:
    """Step of a run (None until its place is ready), its place, and the descriptor of the run's lock."""

    planned: PlannedRun
    step: Step | None
    place: Place
    lock: int

    def is_working(self) -> bool:
        with suppress(PlaceLost):
            return self.step is not None and self.place.poll() is None
        return False

    def close(self) -> None:
        self.place.close()
        os.close(self.lock)


class Runner:
    """Takes every run of a study to its end, several at a time. Continues with the others if one fails.

    Attributes:
        failures: The runs that failed, in order of time.
    """

    def __init__(
        self,
        runs: Sequence[PlannedRun],
        folder: StudyFolder,
        *,
        study: Study,
        jobs: int,
        threads: int,
        display: Display,
        program: Sequence[str],
        places: Places,
        pause: float = 0.5,
    ) -> None:
        """Read the state of the runs from disk. Nothing is started.

        Args:
            runs: The runs to take to their end.
            folder: Files of the study, beside its runs.
            study: The study, with all cells of its file.
            jobs: Runs at a time.
            threads: Threads of a run whose seed has no run yet.
            display: Shows the runs.
            program: Command ``resnet-lab``.
            places: The places of the runs.
            pause: Seconds between two polls of the processes.
        """
        self.folder, self.study, self.jobs, self.threads, self.display = folder, study, jobs, threads, display
        self.program, self.places, self.pause = tuple(program), places, pause
        self.failures: list[Failure] = []
        self._active: list[_Active] = []
        self._next_look = 0.0
        self._losses: Counter[tuple[PlannedRun, int]] = Counter()
        self._rows = {row.planned: row for row in initial_rows(runs, folder.logs)}

    @property
    def rows(self) -> list[RunRow]:
        """State of each run, in the order of the plan."""
        return list(self._rows.values())

    def run(self) -> int:
        """Run all that is left to do.

        Returns:
            The exit code: 0 if all runs are finished or diverged, 1 if some failed, or 128 plus the number of the
            signal that stopped the study.
        """
        with StopSignals() as stop:
            try:
                while not stop.received and self._is_open():
                    self._start_waiting()
                    self._show()
                    time.sleep(self.pause)
                    if not stop.received:  # a process that ends with the study did not fail
                        self._poll()
            finally:
                self._shut_down(stop)
            self._show()
        if stop.received and self._is_open():
            return 128 + stop.received
        return 1 if self.failures else 0

    def _is_open(self) -> bool:
        return any(row.state not in CLOSED for row in self.rows)

    def _start_waiting(self) -> None:
        """Start waiting runs while fewer than ``jobs`` are active, except those that another process works on."""
        for planned in self._open_to_all():
            if len(self._active) == self.jobs:
                self._look_elsewhere()
                return
            lock = try_lock(self.folder.lock(planned))
            if lock is None:
                self._update(planned, State.ELSEWHERE)
            else:
                self._continue(planned, lock)

    def _look_elsewhere(self) -> None:
        """Tell the runs that other studies hold from those that wait, now and then: on a shared folder it costs."""
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + _LOOK_SECONDS
        for planned in self._open_to_all():
            lock = try_lock(self.folder.lock(planned))
            if lock is None:
                self._update(planned, State.ELSEWHERE)
                continue
            os.close(lock)
            run = find_run(planned, self.folder.logs)
            by_hand = run is not None and is_locked(run)
            self._update(planned, closed_state(run) or (State.ELSEWHERE if by_hand else State.WAITING))

    def _open_to_all(self) -> list[PlannedRun]:
        """Return the runs that this study does not work on, in the order of the plan."""
        return [planned for planned, row in self._rows.items() if row.state in (State.WAITING, State.ELSEWHERE)]

    def _continue(self, planned: PlannedRun, lock: int, place: Place | None = None, done: Step | None = None) -> None:
        """Start the next step of a run. Leave its place and release its lock if there is none.

        Args:
            planned: The run.
            lock: Descriptor of its lock.
            place: Its place; None for a run that was not active.
            done: The step that has just ended there.
        """
        run = find_run(planned, self.folder.logs)
        step = next_step(run)
        if state := closed_state(run):
            self._update(planned, state)
        elif run is not None and is_locked(run):  # a fit that was not started by a study
            self._update(planned, State.ELSEWHERE)
        elif step is Step.LOST:
            assert run is not None
            self._fail(
                planned,
                f"{run.path} is finished but not tested, and its checkpoints are gone. Move the folder away, and "
                "the run is repeated.",
            )
        elif done is not None and (step is Step.TEST) == (done is Step.TEST):
            self._fail(planned, f"{done.value} ended with exit code 0, but its results are missing.")
        elif (place := place or self._take_place(planned, lock)) and self._start_step(planned, step, run, place, lock):
            return
        if place is not None:
            place.close()
        os.close(lock)

    def _take_place(self, planned: PlannedRun, lock: int) -> Place | None:
        processes = settled_processes(runs_of_seed(self.study, planned.seed, self.folder.logs))
        try:
            return self.places.take(planned, processes, self.folder.output(planned), lock)
        except InputError as error:
            self._fail(planned, str(error))
            return None

    def _start_step(self, planned: PlannedRun, step: Step, run: Run | None, place: Place, lock: int) -> bool:
        """Start a step, or wait until its place is ready. Return False if the run has no use for the place any more."""
        try:
            if not place.is_ready():
                self._active.append(_Active(planned, None, place, lock))
                self._update(planned, State.STARTING)
                return True
            of_seed = runs_of_seed(self.study, planned.seed, self.folder.logs)
            threads = threads_of_seed(planned.seed, self.threads, settled_threads(of_seed))
            arguments = step_arguments(planned, step, run, self.folder.logs, settled_precision(of_seed))
            place.start([*self.program, *arguments], step_environment(self.study.plan, threads))
        except InputError as error:
            self._fail(planned, str(error))
            return False
        except OSError as error:
            self._fail(planned, f"{step.value} could not be started ({error}).")
            return False
        except PlaceLost as loss:
            self._lose(planned, loss)
            return False
        self._active.append(_Active(planned, step, place, lock))
        self._update(planned, State.TESTING if step is Step.TEST else State.TRAINING)
        return True

    def _poll(self) -> None:
        """Poll all processes. Continue the runs whose process has ended."""
        for active in list(self._active):
            if active.step is None:
                self._active.remove(active)
                self._continue(active.planned, active.lock, active.place)
                continue
            try:
                code = active.place.poll()
            except PlaceLost as loss:
                self._active.remove(active)
                active.close()
                self._lose(active.planned, loss)
                continue
            if code is None:
                self._update(active.planned, self._rows[active.planned].state)
                continue
            self._active.remove(active)
            diverged = closed_state(find_run(active.planned, self.folder.logs)) is State.DIVERGED
            if code == 0 or diverged:
                self._continue(active.planned, active.lock, active.place, active.step)
            else:
                active.close()
                how = f"exit code {code}" if code > 0 else signal.Signals(-code).name
                self._fail(active.planned, f"{active.step.value} ended with {how}.", printed=True)

    def _shut_down(self, stop: StopSignals) -> None:
        """Signal the processes to end and wait for them. A second signal kills them."""
        told = signal.SIGINT if stop.received is signal.SIGINT else signal.SIGTERM
        for active in self._active:
            if active.step is not None:
                active.place.send_signal(told)
            self._update(active.planned, State.STOPPING)
        self._show()
        while working := [active for active in self._active if active.is_working()]:
            if stop.times > 1:
                for active in working:
                    active.place.kill()
            time.sleep(self.pause)
        for active in self._active:
            active.close()
        stopped = initial_rows([active.planned for active in self._active], self.folder.logs)
        self._rows |= {row.planned: row for row in stopped}
        self._active.clear()

    def _lose(self, planned: PlannedRun, loss: PlaceLost) -> None:
        """Let a run wait for another place, where its folder says what is next. Give up after a few losses."""
        self._update(planned, State.WAITING)
        lost = (planned, self._rows[planned].progress.epoch)
        self._losses[lost] += 1
        if self._losses[lost] > _LOSSES:
            self._fail(
                planned, f"its place was lost {self._losses[lost]} times in the same epoch: {loss}", printed=True
            )

    def _fail(self, planned: PlannedRun, reason: str, *, printed: bool = False) -> None:
        self._update(planned, State.FAILED)
        lines = self.folder.last_lines(planned) if printed else []
        self.failures.append(Failure(self._rows[planned], reason, tuple(lines)))

    def _update(self, planned: PlannedRun, state: State) -> None:
        last = self._rows[planned].node if state in CLOSED else ""
        node = next((active.place.node for active in self._active if active.planned is planned), last)
        self._rows[planned] = RunRow(planned, state, progress(find_run(planned, self.folder.logs)), node)

    def _show(self) -> None:
        with suppress(OSError):  # a closed terminal does not stop the study
            self.display.show(self.rows, seconds_left(self.rows, self.jobs))
