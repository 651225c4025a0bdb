"""Choice of the checkpoints that are evaluated."""

import pytest
import torch

from resnet_lab.checkpoint.choice import choose_checkpoints
from resnet_lab.errors import InputError
from resnet_lab.runs import claim_run


def test_a_checkpoint_outside_a_run_folder_is_of_no_run(tmp_path):
    path = tmp_path / "net.ckpt"
    data = {"classes": ["a", "b"], "image_size": 224, "fingerprint": "f00d", "mean": [0.5] * 3, "std": [0.25] * 3}
    torch.save(
        {"hyper_parameters": {"depth": 34, "residual": True, "shortcut": "A"}, "ImageFolderDataModule": data}, path
    )
    choice = choose_checkpoints(str(path), [], tmp_path, "arm", both=True)
    assert (choice.run, choice.checkpoints, choice.fingerprint, choice.trainer) == (None, {"net": path}, "f00d", {})


@pytest.fixture
def logs(tmp_path):
    """Two finished runs and an interrupted one, each with files where its checkpoints would be."""
    for status in ("finished", "finished", "interrupted"):
        run = claim_run(tmp_path, "arm")
        run.update_status({"status": status, "name": "arm"})
        run.config_path.touch()
        run.checkpoints["best"].parent.mkdir()
        for path in run.checkpoints.values():
            path.touch()
    return tmp_path


@pytest.mark.parametrize(
    ("requested", "both", "expected"),
    [(None, True, ["best", "last"]), (None, False, ["best"]), ("last", True, ["last"]), ("best", False, ["best"])],
)
def test_the_newest_finished_run_is_chosen(logs, requested, both, expected):
    choice = choose_checkpoints(requested, [], logs, "arm", both=both)
    assert choice.run.version == 1
    assert choice.checkpoints == {which: choice.run.path / "checkpoints" / f"{which}.ckpt" for which in expected}


def test_a_file_is_taken_with_its_run_whatever_its_status(logs):
    path = logs / "arm" / "version_2" / "checkpoints" / "last.ckpt"
    choice = choose_checkpoints(str(path), [], logs, "other", both=True)
    assert choice.run.path == path.parents[1].resolve()
    assert choice.checkpoints == {"last": path}


def test_the_config_of_a_run_means_that_run(logs):
    config = logs / "arm" / "version_0" / "config.yaml"
    assert choose_checkpoints(None, [config], logs, "arm", both=True).run.path == config.parent


def test_a_checkpoint_and_a_config_of_two_runs_are_one_too_many(logs):
    config = logs / "arm" / "version_0" / "config.yaml"
    other = logs / "arm" / "version_1" / "checkpoints" / "best.ckpt"
    with pytest.raises(
        InputError, match=r"best\.ckpt belongs to the run .*version_1, but the run .*version_0 is named too"
    ):
        choose_checkpoints(str(other), [config], logs, "arm", both=True)


@pytest.mark.parametrize(
    ("requested", "name", "text"),
    [
        (None, "other", "There is no finished run of other in "),
        ("best", "other", "There is no finished run of other in "),
        ("no.ckpt", "arm", r"There is no checkpoint no\.ckpt\."),
    ],
)
def test_what_cannot_be_found_is_named(logs, requested, name, text):
    with pytest.raises(InputError, match=text):
        choose_checkpoints(requested, [], logs, name, both=True)
