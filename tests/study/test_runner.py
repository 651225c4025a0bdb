"""A study over real processes that train nothing: order, failures, signals, kills, two studies at once."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from resnet_lab.runs import Run, find_runs, lock_run, unlock_run
from resnet_lab.study.folder import StudyFolder
from resnet_lab.study.lock import try_lock
from resnet_lab.study.places.gpu import GpuPlaces
from resnet_lab.study.places.local import LocalPlaces
from resnet_lab.study.plan import PlannedRun
from resnet_lab.study.run_rows import State
from resnet_lab.study.runner import Runner

ALL = [
    *("fit plain34:0", "test plain34:0", "fit resnet34:0", "test resnet34:0"),
    *("fit plain34:1", "test plain34:1", "fit resnet34:1", "test resnet34:1"),
]
AS_A_PROCESS = """
import sys
from pathlib import Path
from resnet_lab.study.display import EventLines
from resnet_lab.study.folder import StudyFolder
from resnet_lab.study.places.local import LocalPlaces
from resnet_lab.study.plan import planned_runs, read_study
from resnet_lab.study.resolved_configs import resolve_configs
from resnet_lab.study.runner import Runner

study_file, logs, *fake = sys.argv[1:]
study = read_study(Path(study_file))
runs = planned_runs(study, resolve_configs(study, fake))
folder = StudyFolder(Path(logs), "s")
shown = EventLines(sys.stdout)
runner = Runner(
    runs, folder, study=study, jobs=1, threads=1, display=shown, program=fake, places=LocalPlaces(), pause=0.02
)
sys.exit(runner.run())
"""


class Seen:
    """A display that keeps the states it was shown."""

    def __init__(self):
        self.states = []

    def show(self, rows, left):
        now = [row.state for row in rows]
        if self.states[-1:] != [now]:
            self.states.append(now)


@pytest.fixture
def logs(tmp_path) -> Path:
    return tmp_path / "logs"


@pytest.fixture
def runner(plan, residual, logs, fake, calls):
    def make(jobs=1, display=None, runs=plan, threads=1, places=None):
        folder = StudyFolder(logs, "residual")
        return Runner(
            runs,
            folder,
            study=residual,
            jobs=jobs,
            threads=threads,
            display=display or Seen(),
            program=fake,
            places=places or LocalPlaces(),
            pause=0.01,
        )

    return make


@pytest.fixture
def study_process(logs, fake, tmp_path, calls):
    """Start the study as a process of its own, which can be killed."""
    study = tmp_path / "s.yaml"
    study.write_text("cells: [plain34.yaml, resnet34.yaml]\nseeds: [0, 1]\n")
    started = []

    def start():
        command = [sys.executable, "-c", AS_A_PROCESS, str(study), str(logs), *fake]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate(timeout=60)


def wait_for(ready):
    deadline = time.monotonic() + 20
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def statuses(logs):
    return [run.status().status for name in ("plain34", "resnet34") for run in find_runs(logs, name)]


def test_every_run_is_fitted_and_tested_seed_by_seed(runner, calls, logs):
    study = runner()
    assert study.run() == 0
    assert calls() == ALL
    assert {row.state for row in study.rows} == {State.FINISHED}
    assert [row.progress.accuracy for row in study.rows] == [0.25] * 4
    assert statuses(logs) == ["finished"] * 4
    assert find_runs(logs, "plain34")[0].status().threads == 1


def test_what_is_shown_goes_through_the_states(runner, plan, monkeypatch):
    monkeypatch.setenv("FAKE_EPOCH", "0.05")
    seen = Seen()
    runner(display=seen, runs=plan[:1]).run()
    assert seen.states == [[State.TRAINING], [State.TESTING], [State.FINISHED]]


def test_what_is_finished_is_not_run_again_though_its_checkpoints_are_gone(runner, calls, logs):
    runner().run()
    for path in logs.glob("*/version_*/checkpoints/*"):
        path.unlink()
    seen = Seen()
    assert runner(display=seen).run() == 0
    assert calls() == ALL
    assert seen.states == [[State.FINISHED] * 4]


def test_what_was_not_tested_is_tested_alone(runner, calls, logs):
    runner().run()
    (Run(logs / "plain34" / "version_1").path / "test" / "predictions.csv").unlink()
    assert runner().run() == 0
    assert calls() == [*ALL, "test plain34:1"]


def test_what_can_be_tested_no_more_is_a_failure_that_says_so(runner, calls, logs):
    runner().run()
    run = Run(logs / "plain34" / "version_1")
    for path in (run.path / "test" / "metrics.json", *run.checkpoints.values()):
        path.unlink()
    study = runner()
    assert study.run() == 1
    assert calls() == ALL
    [failure] = study.failures
    assert failure.row.label == "plain34 seed 1"
    assert failure.reason == (
        f"{run.path} is finished but not tested, and its checkpoints are gone. Move the folder away, and the "
        "run is repeated."
    )


def test_a_failure_is_reported_and_the_others_go_on(runner, calls, monkeypatch):
    monkeypatch.setenv("FAKE_FAILS", "plain34:0")
    study = runner()
    assert study.run() == 1
    assert calls() == ["fit plain34:0", *ALL[2:]]
    [failure] = study.failures
    assert (failure.row.label, failure.reason) == ("plain34 seed 0", "fit ended with exit code 1.")
    assert failure.printed == ("arm     plain34", "resnet-lab: error: no luck")
    assert [row.state for row in study.rows] == [State.FAILED] + [State.FINISHED] * 3
    monkeypatch.delenv("FAKE_FAILS")
    assert runner().run() == 0
    assert calls()[-2:] == ALL[:2]


def test_a_program_that_does_nothing_is_a_failure_and_no_endless_loop(plan, residual, logs, calls):
    idle = (sys.executable, "-c", "")
    study = Runner(
        plan[:1],
        StudyFolder(logs, "s"),
        study=residual,
        jobs=1,
        threads=1,
        display=Seen(),
        program=idle,
        places=LocalPlaces(),
        pause=0.01,
    )
    assert study.run() == 1
    assert study.failures[0].reason == "fit ended with exit code 0, but its results are missing."


def test_a_run_that_a_signal_ended_is_a_failure(plan, residual, logs):
    killed = (sys.executable, "-c", "import os; os.kill(os.getpid(), 9)")
    study = Runner(
        plan[:1],
        StudyFolder(logs, "s"),
        study=residual,
        jobs=1,
        threads=1,
        display=Seen(),
        program=killed,
        places=LocalPlaces(),
        pause=0.01,
    )
    assert study.run() == 1
    assert study.failures[0].reason == "fit ended with SIGKILL."


@pytest.mark.parametrize("fails", ["", "plain34:0 resnet34:1"])
def test_every_place_is_left_when_its_run_has_ended(runner, monkeypatch, fails):
    monkeypatch.setenv("FAKE_FAILS", fails)
    places = GpuPlaces(["a", "b", "c"])
    busiest = []

    class Looks(Seen):
        def show(self, rows, left):
            busiest.append(places.runs.total())

    assert runner(jobs=2, places=places, display=Looks()).run() == bool(fails)
    assert max(busiest) == 2
    assert places.runs.total() == 0


def test_the_runs_of_a_seed_keep_its_number_of_processes(runner, plan, logs, tmp_path, monkeypatch):
    """The first run of seed 0 has two processes; the seed's other run gets two GPUs, and a new seed gets one."""
    monkeypatch.setenv("FAKE_GPUS", str(tmp_path / "gpus.txt"))
    runner(runs=plan[:1]).run()
    Run(logs / "plain34" / "version_0").update_status({"processes": 2})
    runs = [PlannedRun(run.cell, run.seed, {**run.config, "trainer.devices": "auto"}) for run in plan]
    config = logs / "plain34" / "version_0" / "config.yaml"
    config.write_text(config.read_text().replace('"devices": 1', '"devices": "auto"'))
    runner(runs=runs[:3], places=GpuPlaces(["a", "b", "c"])).run()
    lines = (tmp_path / "gpus.txt").read_text().splitlines()
    assert [line for line in lines if line.startswith("fit")][1:] == ["fit resnet34:0 a,b", "fit plain34:1 a"]


def test_a_run_without_a_place_is_a_failure_and_the_others_go_on(runner, plan):
    wants = PlannedRun(plan[0].cell, 0, {**plan[0].config, "trainer.devices": 2})
    study = runner(runs=[wants, plan[1]], places=GpuPlaces(["a"]))
    assert study.run() == 1
    assert [row.state for row in study.rows] == [State.FAILED, State.FINISHED]
    assert study.failures[0].reason.startswith("plain34 with seed 0 needs 2 GPUs, and there is 1: ")


def test_what_cannot_be_started_is_a_failure(plan, residual, logs):
    study = Runner(
        plan[:1],
        StudyFolder(logs, "s"),
        study=residual,
        jobs=1,
        threads=1,
        display=Seen(),
        program=("/no/such/program",),
        places=LocalPlaces(),
        pause=0.01,
    )
    assert study.run() == 1
    assert study.failures[0].reason == (
        "fit could not be started ([Errno 2] No such file or directory: '/no/such/program')."
    )


def test_several_run_at_a_time_but_no_more(runner, tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_GATE", str(tmp_path / "gate"))
    busy = []

    class Opens(Seen):
        """No epoch ends before three runs are at work."""

        def show(self, rows, left):
            busy.append(sum(row.state in (State.TRAINING, State.TESTING) for row in rows))
            if busy[-1] == 3 or len(busy) == 2000:  # the second, so that a defect fails and does not hang
                (tmp_path / "gate").touch()

    assert runner(jobs=3, display=Opens()).run() == 0
    assert max(busy) == 3


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_is_passed_on_and_the_same_command_goes_on(runner, calls, logs, monkeypatch, number, code):
    monkeypatch.setenv("FAKE_EPOCH", "0.2")
    before = signal.signal(number, signal.SIG_DFL)  # whoever started these tests may have it ignored, as nohup does

    def strike():
        wait_for(lambda: list(logs.glob("plain34/version_0/checkpoints/last.ckpt")))
        signal.raise_signal(number)

    striker = threading.Thread(target=strike)
    striker.start()
    study = runner()
    try:
        assert study.run() == code
    finally:
        signal.signal(number, before)
    striker.join()
    assert statuses(logs) == ["interrupted"]
    assert not study.failures
    assert {row.state for row in study.rows} == {State.WAITING}
    assert study.rows[0].progress.epoch == 1
    monkeypatch.setenv("FAKE_EPOCH", "0")
    assert runner().run() == 0
    assert calls() == ["fit plain34:0", "fit --resume plain34:0", *ALL[1:]]
    assert [row["epoch"] for row in find_runs(logs, "plain34")[0].metrics()] == [1, 2]


def test_the_second_signal_kills(runner, logs, monkeypatch):
    monkeypatch.setenv("FAKE_EPOCH", "60")
    monkeypatch.setenv("FAKE_DEAF", "1")
    seen = Seen()

    def strike():
        wait_for(lambda: list(logs.glob("plain34/version_0/status.json")))
        signal.raise_signal(signal.SIGTERM)
        wait_for(lambda: seen.states[-1][0] is State.STOPPING)
        signal.raise_signal(signal.SIGINT)

    striker = threading.Thread(target=strike)
    striker.start()
    assert runner(display=seen).run() == 143
    striker.join()


def test_an_error_of_the_study_leaves_no_process_behind(runner, logs, monkeypatch):
    monkeypatch.setenv("FAKE_EPOCH", "60")

    class Breaks(Seen):
        def show(self, rows, left):
            if rows[0].state is State.TRAINING and list(logs.glob("plain34/version_0/status.json")):
                raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        runner(display=Breaks()).run()
    assert statuses(logs) == ["interrupted"]


def test_a_terminal_that_was_closed_ends_nothing(runner, calls):
    class Closed(Seen):
        def show(self, rows, left):
            raise OSError("Input/output error")

    assert runner(display=Closed()).run() == 0
    assert calls() == ALL


def test_killed_and_started_again_it_waits_for_the_run_that_lives_on(study_process, calls, logs, tmp_path, monkeypatch):
    gate = tmp_path / "gate"
    monkeypatch.setenv("FAKE_GATE", str(gate))
    first = study_process()
    wait_for(lambda: list(logs.glob("plain34/version_0/status.json")))
    first.kill()
    first.wait(timeout=300)
    second = study_process()
    assert second.stdout.readline().startswith("0 of 4 finished, 1 elsewhere;")
    gate.touch()
    out, _ = second.communicate(timeout=120)
    assert second.returncode == 0
    assert "plain34 seed 0  testing" in out
    assert sorted(calls()) == sorted(ALL)
    assert statuses(logs) == ["finished"] * 4


def test_two_studies_at_once_share_the_runs(study_process, calls, logs, monkeypatch):
    monkeypatch.setenv("FAKE_EPOCH", "0.1")
    both = [study_process(), study_process()]
    for process in both:
        process.communicate(timeout=120)
    assert [process.returncode for process in both] == [0, 0]
    assert sorted(calls()) == sorted(ALL)
    assert statuses(logs) == ["finished"] * 4


def test_a_busy_study_shows_which_runs_another_study_holds(runner, plan, calls, logs, tmp_path, monkeypatch):
    monkeypatch.setattr("resnet_lab.study.runner._LOOK_SECONDS", 0)
    monkeypatch.setenv("FAKE_GATE", str(tmp_path / "gate"))
    lock = try_lock(StudyFolder(logs, "residual").lock(plan[1]))

    class GivesBack(Seen):
        """Another study holds the second run while the first one trains, and gives it back once that was shown."""

        def __init__(self):
            super().__init__()
            self.left = 2000  # so that a defect fails and does not hang

        def show(self, rows, left):
            super().show(rows, left)
            self.left -= 1
            if self.left == 1999:
                os.close(lock)
            if self.states[-1] != [State.TRAINING, State.ELSEWHERE] or not self.left:
                (tmp_path / "gate").touch()

    seen = GivesBack()
    assert runner(runs=plan[:2], display=seen).run() == 0
    assert seen.states[:2] == [[State.TRAINING, State.ELSEWHERE], [State.TRAINING, State.WAITING]]
    assert calls() == ALL[:4]


def test_a_run_that_is_trained_by_hand_is_waited_for(runner, plan, calls, logs):
    runner(runs=plan[:1]).run()
    run = Run(logs / "plain34" / "version_0")
    run.update_status({"status": "running"})
    before, lock, states = calls(), lock_run(run), []

    class Ends(Seen):
        """The fit by hand ends once the study has seen it."""

        def show(self, rows, left):
            super().show(rows, left)
            states.append(rows[0].state)
            if rows[0].state is State.ELSEWHERE and lock.is_locked:
                assert calls() == before
                run.update_status({"status": "finished"})
                unlock_run(run, lock)

    assert runner(runs=plan[:1], display=Ends()).run() == 0
    assert states[0] is State.ELSEWHERE
    assert calls() == before


def test_the_runs_of_a_seed_have_the_precision_and_the_threads_of_its_first(runner, logs, plan):
    runner(runs=plan[:1]).run()
    path = logs / "plain34" / "version_0" / "config.yaml"
    path.write_text(path.read_text().replace("bf16-mixed", "16-mixed"))
    assert runner(threads=3).run() == 0
    runs = [run for name in ("plain34", "resnet34") for run in find_runs(logs, name)]
    made = {(run.name, run.status().seed): (run.config()["trainer"]["precision"], run.status().threads) for run in runs}
    assert made == {
        **{("plain34", 0): ("16-mixed", 1), ("resnet34", 0): ("16-mixed", 1)},
        **{("plain34", 1): ("bf16-mixed", 3), ("resnet34", 1): ("bf16-mixed", 3)},
    }


def test_one_cell_alone_follows_the_run_of_the_other(runner, logs, plan):
    """A task of SLURM runs one cell, and its partner is another task."""
    runner(runs=plan[:1]).run()
    runner(runs=plan[1:2], threads=3).run()
    assert find_runs(logs, "resnet34")[0].status().threads == 1


def test_every_run_records_the_plan(runner, residual, logs):
    runner().run()
    runs = [run for name in ("plain34", "resnet34") for run in find_runs(logs, name)]
    assert len(runs) == 4
    assert {(run.status().plan.study, run.status().plan.digest) for run in runs} == {("residual", residual.plan.digest)}


def test_divergence_is_a_result_and_is_not_repeated(runner, calls, monkeypatch):
    monkeypatch.setenv("FAKE_DIVERGES", "plain34:0")
    study = runner()
    assert study.run() == 0
    assert not study.failures
    assert [row.state for row in study.rows] == [State.DIVERGED] + [State.FINISHED] * 3
    assert calls() == ["fit plain34:0", *ALL[2:]]
    before = calls()
    assert runner().run() == 0
    assert calls() == before
