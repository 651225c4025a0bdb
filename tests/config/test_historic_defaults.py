"""A key that a config did not always have is known by what runs without it did."""

import inspect

import pytest
import yaml

from resnet_lab.cli import main
from resnet_lab.config.flatten import flatten
from resnet_lab.config.historic_defaults import LATER, with_later_keys
from resnet_lab.config.result_neutral_keys import RESULT_NEUTRAL
from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.model.classifier import Classifier

# Never to be added to: every config that was ever written has these keys.
FIRST_FORMAT = {
    *("name", "seed_everything"),
    *(f"data.{key}" for key in ("batch_size", "image_size", "num_workers", "root")),
    *(f"model.{key}" for key in ("depth", "label_smoothing", "lr", "residual", "shortcut", "warmup_epochs")),
    "model.weight_decay",
}
LINKED = {
    "data.seed",
    "model.num_classes",
    "model.class_counts",
    "model.classes",
}  # follow from other keys; no config has them
CLASSES = {"data": ImageFolderDataModule, "model": Classifier}


def signature_keys():
    return {f"{group}.{key}" for group, kind in CLASSES.items() for key in inspect.signature(kind).parameters}


@pytest.fixture(scope="module")
def config():
    """Everything that ``fit`` takes, but for Lightning's own options."""
    with pytest.MonkeyPatch.context() as patch:
        printed = []
        patch.setattr("sys.stdout.write", printed.append)
        with pytest.raises(SystemExit):
            main(["fit", "--config", "plain34.yaml", "--print_config"])
    keys = flatten(yaml.safe_load("".join(printed)))
    return {key: value for key, value in keys.items() if not key.startswith("trainer.")}


def test_every_key_is_of_the_first_format_or_known_with_its_historic_value(config):
    """Who adds a key that changes a run adds it to LATER, and one that changes no bit to RESULT_NEUTRAL."""
    keys = signature_keys() | config.keys()
    assert keys - LINKED - FIRST_FORMAT - RESULT_NEUTRAL == LATER.keys()


def test_no_key_of_the_first_format_is_gone(config):
    assert config.keys() >= FIRST_FORMAT


def test_the_values_are_the_defaults_of_the_code(config):
    for key, value in LATER.items():
        group, _, name = key.rpartition(".")
        default = inspect.signature(CLASSES[group]).parameters[name].default if group else config[key]
        assert default == value, key


def test_what_a_run_has_stays():
    own = {"data.augment": "none", "name": "plain34"}
    assert with_later_keys(own) == {**LATER, **own}
