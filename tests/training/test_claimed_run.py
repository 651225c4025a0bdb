"""A fit has a run folder to itself, and leaves none behind that it could not begin in."""

from pathlib import Path

import pytest
from lightning.pytorch import Trainer

from resnet_lab import runs
from resnet_lab.errors import InputError, NothingToResumeError
from resnet_lab.training.claimed_run import ClaimedRun

LOGS = Path("lightning_logs")


@pytest.fixture
def alone():
    return Trainer(accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False)


@pytest.fixture
def earlier():
    run = runs.claim_run(LOGS, "plain34")
    run.update_status({"status": "interrupted"})
    return run


def test_a_new_run_is_locked_until_it_is_unlocked(alone, earlier):
    claim = ClaimedRun(alone, LOGS, "plain34", None)
    assert (claim.is_new, claim.is_first) == (True, True)
    assert claim.run.path == LOGS / "plain34" / "version_1"
    assert runs.is_locked(claim.run)
    claim.unlock()
    assert not runs.is_locked(claim.run)
    assert list(claim.run.path.iterdir()) == []


def test_nothing_remains_of_a_new_run_that_could_not_begin(alone):
    claim = ClaimedRun(alone, LOGS, "plain34", None)
    with pytest.raises(InputError), claim.released_on_failure():
        raise InputError("no such callback")
    assert not LOGS.exists()


def test_a_run_that_is_gone_on_with_stays_whatever_happens(alone, earlier):
    claim = ClaimedRun(alone, LOGS, "plain34", earlier)
    assert (claim.is_new, claim.run) == (False, earlier)
    assert runs.is_locked(earlier)
    with pytest.raises(InputError), claim.released_on_failure():
        raise InputError("no such callback")
    assert earlier.status().status == "interrupted"


def test_a_run_that_was_finished_while_it_was_waited_for_is_left_alone(alone, earlier):
    earlier.update_status({"status": "finished"})
    with pytest.raises(NothingToResumeError, match="version_0 is finished: there is nothing to resume"):
        ClaimedRun(alone, LOGS, "plain34", earlier)
    assert earlier.status().status == "finished"


def test_a_run_that_another_has_is_refused(alone, earlier, monkeypatch):
    monkeypatch.setattr("resnet_lab.runs.folder._LOCK_SECONDS", 0)
    lock = runs.lock_run(earlier)
    with pytest.raises(InputError, match="is being trained by another process; wait for it or stop it"):
        ClaimedRun(alone, LOGS, "plain34", earlier)
    lock.release()
