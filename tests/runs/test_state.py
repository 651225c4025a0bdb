"""The state of a run folder, and what is refused by it."""

import pytest

from resnet_lab.errors import InputError, NothingToResumeError
from resnet_lab.runs import claim_run
from resnet_lab.runs.state import (
    is_begun,
    is_diverged,
    is_finished,
    refuse_finished,
    refuse_foreign,
    refuse_unfinished,
    state,
    states_in_words,
)


@pytest.fixture
def run(tmp_path):
    return claim_run(tmp_path, "arm")


def test_a_claimed_folder_is_no_run_yet(run):
    assert state(run) is None
    assert not is_begun(run)
    assert not is_finished(run)
    for refuse in (refuse_foreign, refuse_unfinished):
        with pytest.raises(InputError, match=r"arm/version_0 is no run of resnet-lab \(it has no status\.json"):
            refuse(run)


def test_a_run_is_begun_and_ends(run):
    run.update_status({"status": "running"})
    assert not is_begun(run)
    with pytest.raises(InputError, match=r"version_0 lacks config\.yaml; train it again\."):
        refuse_foreign(run)
    run.config_path.touch()
    assert is_begun(run)
    refuse_foreign(run)
    refuse_finished(run)
    assert states_in_words([run, run]) == "; ".join(2 * ["arm/version_0 is still running, or was killed"])
    run.update_status({"status": "finished"})
    assert is_finished(run)
    refuse_unfinished(run)
    with pytest.raises(NothingToResumeError, match="version_0 is finished: there is nothing to resume"):
        refuse_finished(run)


def test_an_unfinished_run_is_refused_with_the_ways_out(run):
    run.update_status({"status": "failed"})
    run.config_path.touch()
    with pytest.raises(InputError) as refused:
        refuse_unfinished(run, "or wait")
    assert str(refused.value) == (
        f"The run {run.path} is failed; a finished run is needed. Go on with it (resnet-lab fit --resume {run.path}), "
        "or wait."
    )


def test_a_diverged_run_is_refused_where_a_finished_one_is_needed(run):
    """Going on with it would diverge once more."""
    run.update_status({"status": "diverged"})
    run.config_path.touch()
    assert is_diverged(run)
    assert not is_finished(run)
    assert states_in_words([run]) == "arm/version_0 diverged"
    with pytest.raises(InputError) as refused:
        refuse_unfinished(run)
    assert str(refused.value) == (
        f"The run {run.path} diverged; a finished run is needed. Train it with a lower --model.lr, or name another run."
    )


def test_a_failed_run_of_version_0_1_whose_error_says_so_diverged(run):
    error = "Training diverged in step 2, batch 2 of epoch 1: the objective is nan at learning rate 0.1."
    run.update_status({"status": "failed", "error": f"RunError: {error}"})
    assert state(run) == "diverged"
    run.update_status({"error": "RunError: The disk is full"})
    assert state(run) == "failed"
    run.update_status({"status": "interrupted", "error": f"RunError: {error}"})
    assert state(run) == "interrupted"
