"""The checkpoints that are evaluated, and that each is what the config says."""

import re

import pytest
import torch

from resnet_lab.checkpoint.choice import check_checkpoint, choose_checkpoints
from resnet_lab.checkpoint.loading import load_normalisation
from resnet_lab.errors import InputError
from resnet_lab.runs import claim_run

CONFIG = {"model": {"depth": 34, "residual": True, "shortcut": "A"}, "classes": ("a", "b")}
CONFIG["data"] = {"image_size": 224, "normalize": "imagenet", "background": "white", "value_range": None}
DATA = {"classes": ["a", "b"], "image_size": 224, "fingerprint": "f00d", "mean": [0.5] * 3, "std": [0.25] * 3}


def checkpoint(path, *, data=None, **changes):
    content = {
        "hyper_parameters": {**CONFIG["model"], "lr": 0.1, **changes},
        "ImageFolderDataModule": {**DATA, **(data or {})},
        "state_dict": {"w": torch.zeros(1000)},
    }
    torch.save(content, path)
    return path


def refused(path, **changes):
    with pytest.raises(InputError) as error:
        check_checkpoint(path, **{**CONFIG, **changes})
    return str(error.value)


def test_a_fitting_checkpoint_passes(tmp_path):
    check_checkpoint(checkpoint(tmp_path / "a.ckpt"), **CONFIG)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"depth": 18}, "depth is 18 there and 34 here"),
        ({"residual": False}, "residual is False there and True here"),
        ({"shortcut": "B"}, "shortcut is B there and A here"),
        ({"data": {"classes": ["b", "a"]}}, "classes is ['b', 'a'] there and ['a', 'b'] here"),
        ({"data": {"image_size": 112}}, "image_size is 112 there and 224 here"),
        ({"data": {"value_range": [0, 4095]}}, "value_range is [0, 4095] there and None here"),
        ({"data": {"background": "black"}}, "background is black there and white here"),
        ({"data": {"normalize": "train"}}, "normalize is train there and imagenet here"),
    ],
)
def test_each_difference_is_named(tmp_path, changes, text):
    message = refused(checkpoint(tmp_path / "a.ckpt", **changes))
    assert f"a.ckpt does not fit the config: {text}. Give the config that the run was made with" in message


def test_all_differences_are_named_at_once(tmp_path):
    message = refused(checkpoint(tmp_path / "a.ckpt", depth=18, shortcut="C"))
    assert "depth is 18 there and 34 here; shortcut is C there and A here" in message


def test_the_shortcut_of_a_plain_net_is_no_difference(tmp_path):
    path = checkpoint(tmp_path / "a.ckpt", residual=False, shortcut="B")
    check_checkpoint(path, **{**CONFIG, "model": {**CONFIG["model"], "residual": False}})


def test_a_checkpoint_carries_its_normalisation(tmp_path):
    assert load_normalisation(checkpoint(tmp_path / "a.ckpt")) == ((0.5, 0.5, 0.5), (0.25, 0.25, 0.25))


def test_a_checkpoint_outside_a_run_folder_is_of_no_run(tmp_path):
    path = checkpoint(tmp_path / "net.ckpt")
    choice = choose_checkpoints(str(path), [], tmp_path, "arm", both=True)
    assert (choice.run, choice.checkpoints, choice.fingerprint, choice.trainer) == (None, {"net": path}, "f00d", {})


def test_a_missing_checkpoint_is_named(tmp_path):
    assert refused(tmp_path / "no.ckpt") == f"There is no checkpoint {tmp_path / 'no.ckpt'}."


@pytest.mark.parametrize("keep", [0, 10, 0.5, 0.99])
def test_a_truncated_checkpoint_is_named(tmp_path, keep):
    content = checkpoint(tmp_path / "a.ckpt").read_bytes()
    (tmp_path / "a.ckpt").write_bytes(content[: keep if isinstance(keep, int) else int(len(content) * keep)])
    assert re.search(r"a\.ckpt cannot be read \(.*\): it is truncated or no checkpoint\.", refused(tmp_path / "a.ckpt"))


@pytest.mark.parametrize("content", [{}, {"hyper_parameters": {"depth": 34}}, [1, 2], {"state_dict": {}}])
def test_a_checkpoint_of_another_tool_is_named(tmp_path, content):
    torch.save(content, tmp_path / "a.ckpt")
    assert "a.ckpt is not a checkpoint of resnet-lab" in refused(tmp_path / "a.ckpt")


class _Hostile:
    def __reduce__(self):
        return (pytest.fail, ("code in a checkpoint was run",))


def test_a_checkpoint_runs_no_code(tmp_path):
    torch.save({"hyper_parameters": _Hostile()}, tmp_path / "a.ckpt")
    assert "a.ckpt is not loaded: it refers to _pytest.outcomes._Fail, which no" in refused(tmp_path / "a.ckpt")


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
    with pytest.raises(InputError, match=r"best\.ckpt is of the run .*version_1, but the run .*version_0 is named too"):
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
