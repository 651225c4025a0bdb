"""A checkpoint is what the config says, or each difference is named."""

import re

import pytest
import torch

from resnet_lab.checkpoint.trained_checkpoint import check_checkpoint
from resnet_lab.errors import InputError

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
