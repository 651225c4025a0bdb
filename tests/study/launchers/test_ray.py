"""Studies on a Ray cluster: a head and two nodes on this machine, real fits, and whatever can be killed killed.

A node has a mount namespace of its own, in which one folder of the head is empty: runs in that folder are not shared.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from resnet_lab.errors import InputError
from resnet_lab.runs import find_runs
from resnet_lab.study.folder import StudyFolder
from resnet_lab.study.launchers import load_launcher
from resnet_lab.study.planned_study import PlannedStudy
from resnet_lab.study.run_rows import initial_rows

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"
SMALL = (  # seconds of work are left when a study is stopped
    "--model.depth 20 --data.image_size 16 --data.batch_size 7 --data.num_workers 0 --data.cache off "
    "--trainer.max_epochs 120 --checkpoint.every_n_steps 2"
)


def test_without_ray_the_package_is_named(plan, residual, fake, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    for name in ("ray_cluster", "ray_agents"):
        monkeypatch.delitem(sys.modules, f"resnet_lab.machines.{name}", raising=False)
    folder = StudyFolder(tmp_path, "s")
    study = PlannedStudy(residual, tmp_path, {}, initial_rows(plan, tmp_path), folder, fake, 1, {}, jobs=None)
    with pytest.raises(InputError, match=r"needs the package ray, .*: pip install 'resnet-lab\[ray\]'"):
        load_launcher("ray").launch(study)
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


@pytest.fixture(scope="module")
def nodes(cell_folder):
    """The cluster. Its folder is short, since sockets have short names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        from ray_nodes import Nodes
    folder = Path(tempfile.mkdtemp(prefix="ray-"))
    cluster = Nodes(folder, folder / "private")
    try:
        for name in ("a", "b"):
            cluster.add(name)
        yield cluster
    finally:
        cluster.close()
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def start(nodes, cell_folder):
    """Start the study of one arm over two seeds."""
    started = []

    def start(logs):
        words = f"study residual.yaml --cells plain34 --seeds 0 1 --threads 1 --launcher ray --logs {logs}"
        words += f" --data.root {cell_folder} {SMALL}"
        command = [sys.executable, "-m", "resnet_lab", *words.split()]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        process = subprocess.Popen(
            command,
            cwd=nodes.folder,
            env=nodes.environment,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell ignores it in the background
            **pipes,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate(timeout=60)


@pytest.fixture(scope="module")
def whole(nodes, start):
    """Both runs as nobody disturbs them, and what was shown."""
    study = start(nodes.folder / "whole")
    out, _ = study.communicate(timeout=280)
    assert study.returncode == 0, out
    return find_runs(nodes.folder / "whole", "plain34"), out


def wait_for(ready, study):
    deadline = time.monotonic() + 200
    while not ready():
        assert study.poll() is None, study.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def epochs(logs):
    """Return the number of epochs that each run has done, as far as the study can see."""
    runs = find_runs(logs, "plain34")
    return [len(run.metrics()) if run.metrics_path.exists() else 0 for run in runs]


def can_go_on(logs):
    """Return whether both runs have done two epochs and have a state to resume from, which a copy brings last."""
    runs = find_runs(logs, "plain34")
    return len(runs) == 2 and min(epochs(logs)) >= 2 and all(any(run.states.glob("*.ckpt")) for run in runs)


def bits(run):
    """Return all that a run has measured, without times, and its weights."""
    import torch

    rows = [{key: value for key, value in row.items() if not key.startswith("time/")} for row in run.metrics()]
    states = [torch.load(run.checkpoints[which], weights_only=True)["state_dict"] for which in ("best", "last")]
    weights = [{name: tensor.numpy().tobytes() for name, tensor in state.items()} for state in states]
    return rows, weights, run.final_metrics(), run.test_metrics()["best"], run.test_predictions("best")


def assert_same(logs, whole):
    """The same two runs, once each, with the same bits."""
    runs = {run.status().seed: run for run in find_runs(logs, "plain34")}
    assert len(find_runs(logs, "plain34")) == 2
    for run in whole[0]:
        assert bits(runs[run.status().seed]) == bits(run)
    return runs.values()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_study_runs_on_all_nodes_and_its_display_is_clean(whole, nodes):
    runs, out = whole
    assert "study   2 of 2 finished" in out
    assert {node for node in ("a", "b") if re.search(rf"plain34 seed \d  training on {node}\n", out)} == {"a", "b"}
    shapes = (
        r"reading the configs of 1 cells, as fit does \.\.\.",
        r"(study|cells|differ|runs|seeds|time|place|note) +.*",
        r"\d of 2 finished.*",
        r"\d\d:\d\d:\d\d  plain34 seed \d  .*",
        r" {10}\d of 2 finished.*",
    )
    assert [line for line in out.splitlines() if not any(re.fullmatch(shape, line) for shape in shapes)] == []
    assert (nodes.folder / "whole" / "studies" / "residual" / "ray.log").exists()
    assert {run.status().plan.study for run in runs} == {"residual"}
    assert not list((nodes.folder / "whole" / "studies" / "residual").glob(".probe*"))


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("kind", ["private"])  # of folders; the killed study below has both
def test_an_agent_and_a_node_are_killed(nodes, start, whole, kind):
    logs = nodes.folder / kind / "agent-and-node"
    study = start(logs)
    wait_for(lambda: can_go_on(logs), study)
    (agent,) = nodes.agents("a")
    os.kill(agent, signal.SIGKILL)
    nodes.kill("b")
    nodes.add("b")
    out, _ = study.communicate(timeout=280)
    assert study.returncode == 0, out
    assert all(run.status().resumed for run in assert_same(logs, whole)), out
    assert not list(logs.rglob("resume")), "a finished run needs no states"


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize(("kind", "number", "code"), [("shared", signal.SIGINT, 130), ("private", signal.SIGTERM, 143)])
def test_the_study_is_killed_and_later_stopped(nodes, start, whole, kind, number, code):
    """Every run ends with a state, and the same command goes on."""
    logs = nodes.folder / kind / "driver"
    study = start(logs)
    wait_for(lambda: can_go_on(logs), study)
    study.kill()
    study.communicate(timeout=60)
    before = epochs(logs)
    study = start(logs)
    wait_for(lambda: all(now > then for now, then in zip(epochs(logs), before, strict=True)), study)
    study.send_signal(number)
    out, _ = study.communicate(timeout=120)
    assert study.returncode == code, out
    for run in find_runs(logs, "plain34"):
        assert run.status().status in ("interrupted", "finished")
        assert run.status().status == "finished" or list(run.states.glob("*.ckpt"))
    study = start(logs)
    out, _ = study.communicate(timeout=280)
    assert study.returncode == 0, out
    assert_same(logs, whole)
