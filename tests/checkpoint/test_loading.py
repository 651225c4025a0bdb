"""What a checkpoint says of itself is believed only where it can be."""

import pytest
import torch

from resnet_lab.checkpoint.loading import build_network, load_checkpoint, load_normalisation, load_rule
from resnet_lab.errors import InputError
from resnet_lab.model.classifier import Classifier

DATA = {"classes": ["a", "b"], "image_size": 32, "fingerprint": "f00d", "mean": [0.5] * 3, "std": [0.25] * 3}


@pytest.fixture
def save(tmp_path):
    model = Classifier(2, lr=0.1, weight_decay=0.0, label_smoothing=0.0, warmup_epochs=0, depth=20)

    def save(data=None, **changes):
        content = {
            "state_dict": model.state_dict(),
            "hyper_parameters": {**model.hparams, **changes},
            "ImageFolderDataModule": {**DATA, **(data or {})},
        }
        torch.save(content, tmp_path / "net.ckpt")
        return tmp_path / "net.ckpt"

    return save


def test_a_network_is_built_again(save):
    path = save()
    network = build_network(path)
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), build_network(path).parameters(), strict=True))
    assert load_normalisation(path) == ((0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
    assert load_rule(path).background == "white"


@pytest.mark.parametrize(
    ("data", "model", "text"),
    [
        ({"image_size": 10**9}, {}, "its image_size is 1000000000"),
        ({"image_size": "32"}, {}, "its image_size is '32'"),
        ({"image_size": True}, {}, "its image_size is True"),
        ({"classes": "ab"}, {}, "its classes are no list of names"),
        ({"classes": ["a", 1]}, {}, "its classes are no list of names"),
        ({"mean": [0.5]}, {}, r"its mean is \[0.5\]"),
        ({"std": None}, {}, "its std is None"),
        ({"std": [0.5, 0.0, 0.5]}, {}, r"its std is \[0.5, 0.0, 0.5\]"),
        ({"mean": [0.5, float("nan"), 0.5]}, {}, r"its mean is \[0.5, nan, 0.5\]"),
        ({}, {"num_classes": torch.zeros(2)}, "it names 2 classes and has num_classes tensor.*"),
        ({}, {"num_classes": 10**9}, "it names 2 classes and has num_classes 1000000000"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made_of_it(save, data, model, text):
    with pytest.raises(InputError, match=rf"net\.ckpt is not a checkpoint of resnet-lab: {text}\."):
        load_checkpoint(save(data, **model))


@pytest.mark.parametrize(
    ("key", "value"), [("_class_path", "os.system"), ("_instantiator", "os.system"), ("depth", 10**6)]
)
def test_hyper_parameters_that_name_code_or_no_network(save, key, value):
    with pytest.raises(InputError, match=rf"net\.ckpt does not hold the network that it describes: .*{key}"):
        build_network(save(**{key: value}))


def test_many_classes_are_refused_before_a_network_of_as_many_is_made(save):
    names = ["a"] * 100_000
    with pytest.raises(InputError, match=r"does not hold the network that it describes: its weights are of 2 classes"):
        build_network(save(data={"classes": names}, num_classes=len(names)))


@pytest.mark.parametrize("rule", [{"value_range": 5}, {"background": [1]}])
def test_a_rule_that_is_none(save, rule):
    path = save(data=rule)
    with pytest.raises(InputError, match=r"net\.ckpt does not say how its images were decoded"):
        load_rule(path)
