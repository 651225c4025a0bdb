"""status.json says how a run ended, whatever ended it."""

import pytest
from lightning.pytorch.utilities.exceptions import SIGTERMException

from resnet_lab.runs import claim_run
from resnet_lab.training.record import recorded


@pytest.fixture
def run(tmp_path):
    return claim_run(tmp_path, "arm")


def fail_with(run, error):
    with recorded(run, {"seed": 5}, lambda: {"epochs": 3}):
        assert run.status()["status"] == "running"
        raise error


def test_a_finished_run(run):
    with recorded(run, {"seed": 5}, lambda: {"epochs": 10}):
        assert run.status().keys() == {"format", "status", "started", "seed"}
    status = run.status()
    assert (status["status"], status["seed"], status["epochs"]) == ("finished", 5, 10)
    assert status["wall_seconds"] >= 0
    assert status["started"] <= status["ended"]


def test_a_failed_run_says_why(run):
    with pytest.raises(ZeroDivisionError):
        fail_with(run, ZeroDivisionError("no data"))
    status = run.status()
    assert (status["status"], status["error"], status["epochs"]) == ("failed", "ZeroDivisionError: no data", 3)


def lightning_ctrl_c() -> SystemExit:
    """What Lightning 2.6 makes of Ctrl-C: sys.exit(1) while it handles the KeyboardInterrupt."""
    error = SystemExit(1)
    error.__context__ = KeyboardInterrupt()
    return error


@pytest.mark.parametrize(
    ("error", "code"), [(KeyboardInterrupt(), 130), (lightning_ctrl_c(), 130), (SIGTERMException(), 143)]
)
def test_an_interrupted_run_exits_by_its_signal(run, error, code):
    with pytest.raises(SystemExit) as exit_:
        fail_with(run, error)
    assert exit_.value.code == code
    assert run.status()["status"] == "interrupted"
    assert run.status()["epochs"] == 3
