"""status.json says how a run ended, whatever ended it."""

import pytest
from lightning.pytorch.utilities.exceptions import SIGTERMException

from resnet_lab.errors import DivergenceError, InputError, RunError
from resnet_lab.model.history import EpochHistory
from resnet_lab.runs import claim_run
from resnet_lab.runs.digests import digest
from resnet_lab.training.record import recorded, speed_facts


@pytest.fixture
def run(tmp_path):
    return claim_run(tmp_path, "arm")


def fail_with(run, error):
    with recorded(run, {"seed": 5}, lambda: {"epochs": 3}):
        assert run.status().status == "running"
        raise error


def test_a_finished_run(run):
    with recorded(run, {"seed": 5}, lambda: {"epochs": 10}):
        run.metrics_path.write_text("epoch\n10\n")
        assert run.status_content().keys() == {"format", "status", "started", "seed"}
    status = run.status()
    assert (status.status, status.seed, status.epochs) == ("finished", 5, 10)
    assert status.digests == {"metrics.csv": digest(run.metrics_path)}
    assert status.wall_seconds >= 0
    assert status.started <= status.ended
    assert status.peak_memory_mb > 10
    assert "peak_accelerator_memory_mb" in run.status_content()


def test_a_failed_run_says_why(run):
    with pytest.raises(ZeroDivisionError):
        fail_with(run, ZeroDivisionError("no data"))
    status = run.status()
    assert (status.status, status.error, status.epochs) == ("failed", "ZeroDivisionError: no data", 3)


def test_a_diverged_run_says_where(run):
    """Of the error that the user sees; its cause is the divergence."""
    cause = DivergenceError(objective=float("nan"), epoch=3, batch=1, step=31, lr=0.1)
    error = RunError(f"{cause} The images of the batch: a.png")
    error.__cause__ = cause
    with pytest.raises(RunError):
        fail_with(run, error)
    status = run.status()
    assert (status.status, status.epochs) == ("diverged", 3)
    assert status.error == (
        "RunError: Training diverged in step 32, batch 2 of epoch 4: the objective is nan at learning rate 0.1. "
        "The images of the batch: a.png"
    )


def test_a_resumed_run_loses_its_digests_until_it_is_a_result(run):
    run.update_status({"status": "failed", "digests": {"metrics.csv": "0" * 64}})
    with recorded(run, {}, dict, resumption={"epoch": 2}):
        assert run.status().digests is None
    assert run.status().digests == {}


def test_an_error_of_a_worker_is_recorded_in_its_own_words(run):
    wrapped = InputError('Traceback: File "x"\nresnet_lab.errors.InputError: a.png cannot be decoded')
    with pytest.raises(InputError):
        fail_with(run, wrapped)
    assert run.status().error == "InputError: a.png cannot be decoded"


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (SIGTERMException(), 143)])
def test_an_interrupted_run_exits_by_its_signal(run, error, code):
    with pytest.raises(SystemExit) as exit_:
        fail_with(run, error)
    assert exit_.value.code == code
    assert run.status().status == "interrupted"
    assert run.status().epochs == 3


def test_workers_that_die_of_the_same_sigterm_are_no_failure(run):
    with pytest.raises(SystemExit) as exit_, recorded(run, {}, dict, lambda: True):
        raise RuntimeError("DataLoader worker (pid 7) is killed by signal: Terminated.")
    assert exit_.value.code == 143
    assert run.status().status == "interrupted"


def test_the_speed_is_the_mean_of_the_epochs_that_measured_it():
    history = EpochHistory()
    facts = {"gflops_per_image": 20.0, "peak_gflops": 1000.0, "processes": 1}
    history.rows = [{"epoch": 1}]
    assert speed_facts(history, facts) == {"images_per_second": None, "data_wait": None, "peak_share": None}
    history.rows += [{"time/images_per_second": 30.0, "time/data_wait": 0.5}]
    history.rows += [{"time/images_per_second": 10.0, "time/data_wait": 0.0}]
    assert speed_facts(history, facts) == {"images_per_second": 20.0, "data_wait": 0.25, "peak_share": 0.4}
    assert speed_facts(history, {**facts, "peak_gflops": None})["peak_share"] is None
    assert speed_facts(history, {**facts, "processes": 2})["peak_share"] == 0.2  # of both processes' peak
