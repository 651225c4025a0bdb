"""Results are written beside others, never over them."""

import pytest

from resnet_lab.checkpoint.choice import Choice
from resnet_lab.errors import InputError
from resnet_lab.files import write_text
from resnet_lab.runs import claim_run
from resnet_lab.training.results_folder import check_output, results_folder

OWN = {"output": None, "fingerprint": "f00dcafe99", "precision": "32-true", "requested": None}


@pytest.fixture
def choice(tmp_path):
    run = claim_run(tmp_path, "arm")
    run.update_status({"fingerprint": OWN["fingerprint"]})
    write_text(run.config_path, "model: {depth: 34, residual: true}\ndata: {root: a}\ntrainer: {precision: 32-true}\n")
    return Choice(run, {"best": run.checkpoints["best"]})


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({}, "test"),
        ({"fingerprint": "0123456789"}, "test-01234567"),
        ({"precision": "bf16-mixed"}, "test-bf16-mixed"),
        ({"requested": "best"}, "test-best"),
        ({"requested": "some/best.ckpt", "fingerprint": "0123456789"}, "test-01234567-best"),
    ],
)
def test_a_runs_own_results_are_of_its_own_data_precision_and_checkpoints(choice, change, name):
    assert results_folder("test", choice, **{**OWN, **change}) == choice.run.path / name


def test_the_users_folder_goes_before_all(choice, tmp_path):
    assert results_folder("test", choice, **{**OWN, "output": tmp_path, "requested": "best"}) == tmp_path


def test_a_checkpoint_outside_a_run_folder_needs_a_folder(tmp_path):
    choice = Choice(None, {"net": tmp_path / "net.ckpt"})
    with pytest.raises(InputError, match=r"net\.ckpt is not in the checkpoints/ of a run folder: give --output FOLDER"):
        check_output(None, choice)
    check_output(tmp_path / "new", choice)
    assert results_folder("test", choice, **{**OWN, "output": tmp_path / "new"}) == tmp_path / "new"


def test_a_run_folder_keeps_its_own_results(choice):
    with pytest.raises(InputError, match=r"test lies in the run folder .*/arm/version_0, which holds its own results"):
        check_output(choice.run.path / "test", choice)


def test_a_folder_below_a_file_is_named(choice, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"file/out cannot be made: .*/file is no folder"):
        check_output(tmp_path / "file" / "out", choice)


def test_nothing_is_written_over(choice, tmp_path):
    (tmp_path / "empty").mkdir()
    check_output(tmp_path / "empty", choice)
    (tmp_path / "file").touch()
    for taken in (tmp_path, tmp_path / "file"):
        with pytest.raises(InputError, match="exists and is not an empty folder; name another one"):
            check_output(taken, choice)
