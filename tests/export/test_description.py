"""The description of a network comes back from its JSON, and nothing else is taken for one."""

import json

import pytest

from resnet_lab.checkpoint.trained_checkpoint import TrainedCheckpoint
from resnet_lab.errors import InputError
from resnet_lab.export.description import describe, parse_description


@pytest.fixture(scope="module")
def description(fitted_logs):
    path = fitted_logs / "resnet34" / "version_0" / "checkpoints" / "best.ckpt"
    return describe(TrainedCheckpoint.read(path), "ResNet-20", "resnet34/version_0", "best")


def test_it_says_what_the_pixels_are(description):
    content = json.loads(description.as_json())
    assert content["classes"] == ["defective", "functional"]
    assert (content["image_size"], content["short_side"]) == (16, round(16 * 256 / 224))
    assert content["mean"] == [0.485, 0.456, 0.406]
    assert content["std"] == [0.229, 0.224, 0.225]
    assert content["architecture"]["depth"] == 20
    assert "antialias" in content["resize"]


def test_it_comes_back(description):
    again = parse_description(description.as_json(), "x")
    assert again.as_json() == description.as_json()
    assert again.normalization == description.normalization
    assert again.rule == description.rule


def test_a_short_side_of_its_own_is_the_rule(description):
    content = json.loads(description.as_json()) | {"short_side": 16}
    assert parse_description(json.dumps(content), "x").rule.short_side == 16


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format": 2}, "has format 2; this resnet-lab reads up to 1"),
        ({"classes": ["one"]}, "do not fit together"),
        ({"classes": [1, 2]}, "do not fit together"),
        ({"short_side": 15}, "do not fit together"),
        ({"mean": [0.5]}, "do not fit together"),
        ({"mean": ["a", "b", "c"]}, "cannot be used"),
        ({"decode": {}}, "cannot be used"),
        ({"architecture": None}, "cannot be used"),
    ],
)
def test_another_description_is_refused(description, changes, reason):
    text = json.dumps({**json.loads(description.as_json()), **changes})
    with pytest.raises(InputError, match=reason):
        parse_description(text, "model.onnx")


@pytest.mark.parametrize("text", [None, "", "[]", "{}", "no JSON"])
def test_a_file_without_one_is_refused(text):
    with pytest.raises(InputError, match=r"model\.onnx is no export of resnet-lab"):
        parse_description(text, "model.onnx")
