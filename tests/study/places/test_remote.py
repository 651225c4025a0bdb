"""Places on other machines, with an agent in this process: decisions, paths, copies, locks and losses."""

import fcntl
import io
import os
from dataclasses import replace

import pytest

from resnet_lab.errors import InputError
from resnet_lab.machines.agent import Agent
from resnet_lab.machines.hired import Demand, PlaceLost
from resnet_lab.runs import find_runs
from resnet_lab.study.display import EventLines
from resnet_lab.study.folder import StudyFolder
from resnet_lab.study.gpus import VISIBLE
from resnet_lab.study.lock import try_lock
from resnet_lab.study.places.place import Place, Places
from resnet_lab.study.places.remote import RemotePlaces, demand_of, moved
from resnet_lab.study.plan import PlannedRun
from resnet_lab.study.run_rows import State
from resnet_lab.study.runner import Runner


class Here:
    """An agent in this process, as a cluster would hire it on a machine named after its number."""

    def __init__(self, cluster, demand):
        self.cluster, self.demand, self.node = cluster, demand, ""
        self.agent = Agent()
        self.asked = None
        self.is_ended = False
        self.waits = cluster.waits

    def greeting(self):
        self._live()
        self.waits -= 1
        if self.waits >= 0:
            return None
        self.node = f"node{self.cluster.hired.index(self)}"
        if self.cluster.refuses:
            raise InputError("no package there")
        probe = self.cluster.folder / "probe"
        probe.write_text("word")
        return self.agent.greet(str(probe), "word" if self.cluster.is_shared else "another")

    def ask(self, method, *arguments):
        self.asked = (method, arguments)

    def answer(self):
        self._live()
        method, arguments = self.asked
        look = getattr(self.agent, method)(*arguments)
        self.cluster.looks += 1
        if self.cluster.lose(self):
            self.end()
        self._live()
        return look

    def tell(self, method, *arguments):
        if not self.is_ended:
            getattr(self.agent, method)(*arguments)

    def end(self):
        if not self.is_ended:
            self.is_ended = True
            self.agent._orders.close()
            self.agent._reports.close()

    def _live(self):
        if self.is_ended:
            raise PlaceLost("the machine is off")


class Machines:
    """A cluster in this process."""

    def __init__(self, folder):
        self.folder, self.hired, self.is_shared, self.refuses, self.waits, self.looks = folder, [], False, False, 2, 0
        self.lose = lambda agent: False

    def most_gpus(self):
        return 0

    def hire(self, demand):
        self.hired.append(Here(self, demand))
        return self.hired[-1]


class Seen:
    def __init__(self):
        self.rows = []

    def show(self, rows, left):
        self.rows += rows


@pytest.fixture(params=["shared", "private"])
def machines(request, tmp_path):
    machines = Machines(tmp_path)
    machines.is_shared = request.param == "shared"
    yield machines
    for agent in machines.hired:
        agent.end()


@pytest.fixture
def logs(tmp_path):
    return tmp_path / "logs"


@pytest.fixture
def run(plan, residual, logs, fake, calls, machines):
    """Run the study and return the runner."""

    def run(jobs=1, runs=plan[:2]):
        folder = StudyFolder(logs, "residual")
        places = RemotePlaces(machines, folder, lambda seed: 1)
        shown = Seen()
        runner = Runner(
            runs,
            folder,
            study=residual,
            jobs=jobs,
            threads=1,
            display=shown,
            program=fake,
            places=places,
            pause=0.02,
        )
        runner.code = runner.run()
        runner.shown = shown.rows
        places.close()
        return runner

    return run


def statuses(logs):
    return [run.status().status for name in ("plain34", "resnet34") for run in find_runs(logs, name)]


def test_a_study_is_run_as_at_home(run, calls, logs, machines, tmp_path):
    runner = run()
    assert runner.code == 0
    assert calls() == ["fit plain34:0", "test plain34:0", "fit resnet34:0", "test resnet34:0"]
    assert statuses(logs) == ["finished"] * 2
    assert len(machines.hired) == 1, "the agent of the first run was kept for the second"
    assert {row.node for row in runner.rows} == {"node0"}
    assert State.STARTING in {row.state for row in runner.shown}
    files = {path.name for path in (logs / "plain34" / "version_0").rglob("*") if path.is_file()}
    assert files == {
        *("config.yaml", "status.json", "metrics.csv"),
        *("best.ckpt", "last.ckpt", "metrics.json", "predictions.csv"),
    }
    output = (logs / "studies" / "residual" / "plain34-seed0.log").read_text()
    assert output.count("\n$ ") == 2


def test_several_runs_have_agents_of_their_own(run, calls, machines):
    assert run(jobs=2).code == 0
    assert sorted(calls()) == sorted(["fit plain34:0", "test plain34:0", "fit resnet34:0", "test resnet34:0"])
    assert len(machines.hired) == 2


def test_a_run_whose_machine_is_lost_goes_on_elsewhere(run, calls, logs, machines, plan, monkeypatch):
    """The machine is lost after the first epoch, and another one resumes the run from what is here."""
    monkeypatch.setenv("FAKE_EPOCH", "0.3")
    machines.lose = lambda agent: agent.node == "node0" and bool(list(logs.glob("plain34/*/checkpoints/last.ckpt")))
    runner = run(runs=plan[:1])
    assert runner.code == 0
    assert calls() == ["fit plain34:0", "fit --resume plain34:0", "test plain34:0"]
    assert statuses(logs) == ["finished"]
    assert [row["epoch"] for row in find_runs(logs, "plain34")[0].metrics()] == [1, 2]
    assert runner.rows[0].node == "node1"


def test_a_run_gives_up_after_a_few_losses(run, machines, plan):
    machines.lose = lambda agent: True
    runner = run(runs=plan[:1])
    assert runner.code == 1
    assert len(machines.hired) == 4
    assert "its place was lost 4 times in the same epoch: the machine is off" in runner.failures[0].reason


def test_a_machine_that_cannot_start_the_package_fails_its_run_with_the_reason(run, machines):
    machines.refuses = True
    runner = run()
    assert [failure.reason for failure in runner.failures] == ["no package there"] * 2
    assert all(agent.is_ended for agent in machines.hired)


def test_files_of_a_run_go_to_another_version_where_there_is_one(run, logs, machines, plan):
    """The agent's own folder is empty, so the fit there begins with version 0."""
    (logs / "plain34" / "version_0").mkdir(parents=True)
    assert run(runs=plan[:1]).code == 0
    assert (logs / "plain34" / "version_1" / "status.json").exists()
    assert list((logs / "plain34" / "version_0").iterdir()) == []


def test_the_machine_of_the_step_has_the_lock_where_the_folder_is_shared(plan, machines, logs, tmp_path):
    folder = StudyFolder(logs, "s")
    lock = try_lock(folder.lock(plan[0]))
    places = RemotePlaces(machines, folder, lambda seed: 1)
    place = places.take(plan[0], set(), folder.output(plan[0]), lock)
    while not place.is_ready():
        pass
    place.start(["sh", "-c", "exec sleep 60"], {})
    while not folder.output(plan[0]).exists():  # the lock goes over to the machine with the start
        assert place.poll() is None
    assert try_lock(folder.lock(plan[0])) is None
    with folder.lock(plan[0]).open() as file:
        fcntl.flock(lock, fcntl.LOCK_UN)
        if machines.is_shared:
            with pytest.raises(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        place.kill()
        while place.poll() is None:
            pass
        place.close()
        os.close(lock)
        fcntl.flock(file, fcntl.LOCK_EX)
    places.close()


def test_only_the_open_place_is_polled_and_lost_places_stay_lost(plan, machines, logs):
    folder = StudyFolder(logs, "s")
    lock = try_lock(folder.lock(plan[0]))
    place: Place = RemotePlaces(machines, folder, lambda seed: 1).take(plan[0], set(), folder.output(plan[0]), lock)
    while not place.is_ready():
        pass
    place.start(["sh", "-c", "exit 5"], {})
    while (code := place.poll()) is None:
        pass
    looks = machines.looks
    assert (code, place.poll(), machines.looks) == (5, 5, looks)
    place.start(["sh", "-c", "exec sleep 60"], {})
    machines.hired[0].end()
    for _ in range(2):
        with pytest.raises(PlaceLost):
            place.poll()
    place.send_signal(15)
    place.kill()
    place.close()
    os.close(lock)


def test_a_run_without_gpus_sees_none(run, machines, plan, tmp_path, monkeypatch):
    """Ray leaves the variable unset for num_gpus=0, and then a run would see all GPUs."""
    seen = tmp_path / "gpus.txt"
    monkeypatch.setenv("FAKE_GPUS", str(seen))
    monkeypatch.setenv(VISIBLE, "3")
    run(runs=plan[:1])
    assert seen.read_text().splitlines() == ["fit plain34:0 ", "test plain34:0 "]


def test_a_run_with_gpus_sees_those_of_its_agent(plan, machines, logs, monkeypatch):
    monkeypatch.setenv(VISIBLE, "3")
    monkeypatch.setattr(machines, "most_gpus", lambda: 2)
    folder = StudyFolder(logs, "s")
    lock = try_lock(folder.lock(plan[0]))
    place = RemotePlaces(machines, folder, lambda seed: 1).take(plan[0], set(), folder.output(plan[0]), lock)
    while not place.is_ready():
        pass
    place.start(["sh", "-c", f"echo ${VISIBLE}"], {})
    while place.poll() is None:
        pass
    assert machines.hired[0].demand == Demand(1, 1)
    assert folder.output(plan[0]).read_text().endswith("\n3\n")
    place.close()
    os.close(lock)


def test_agents_with_something_else_make_room(plan, machines, logs):
    places: Places = RemotePlaces(machines, StudyFolder(logs, "s"), lambda seed: seed + 1)
    logs.mkdir()
    with (logs / "lock").open("w") as lock:
        for number, planned in enumerate((plan[0], plan[1], plan[2])):
            place = places.take(planned, set(), logs / "out", lock.fileno())
            assert [agent.is_ended for agent in machines.hired] == [[False], [False], [True, False]][number]
            while not place.is_ready():
                pass
            place.close()
    assert [agent.demand for agent in machines.hired] == [Demand(1, 0), Demand(2, 0)]


def test_each_process_has_its_threads_and_its_gpu(plan):
    run = PlannedRun(plan[0].cell, 0, {**plan[0].config, "trainer.devices": 2, "trainer.accelerator": "gpu"})
    assert demand_of(run, set(), 4, 8) == Demand(8, 2)
    assert demand_of(PlannedRun(plan[0].cell, 0, {**run.config, "trainer.accelerator": "cpu"}), set(), 4, 8) == Demand(
        4, 0
    )
    with pytest.raises(InputError, match="needs 2 GPUs, and there is 1"):
        demand_of(run, set(), 4, 1)


def test_the_longer_path_counts_first():
    names = {"logs/plain34/version_1": "/s/logs/plain34/version_0", "logs": "/s/logs"}
    command = ["test", "logs/plain34/version_1", "--logs", "logs", "logs/plain34/version_10"]
    assert moved(command, names) == (
        *("test", "/s/logs/plain34/version_0", "--logs", "/s/logs"),
        "/s/logs/plain34/version_10",
    )


def test_the_event_lines_name_the_node(row):
    stream = io.StringIO()
    display = EventLines(stream)
    display.show([row(0, State.WAITING)], None)
    display.show([replace(row(0, State.TRAINING), node="b")], None)
    assert stream.getvalue().endswith("plain34 seed 0  training on b\n")
