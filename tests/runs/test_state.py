"""The state of a run folder, and what is refused by it."""

import pytest

from resnet_lab.errors import InputError, NothingToResumeError
from resnet_lab.runs import claim_run
from resnet_lab.runs.state import (
    is_begun,
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
