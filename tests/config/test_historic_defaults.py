"""What an old run did is what the keys that came later do by default."""

import inspect
from pathlib import Path

import yaml

from resnet_lab.config.historic_defaults import LATER, with_later_keys
from resnet_lab.config.overrides import flat
from resnet_lab.config.result_neutral_keys import HARMLESS
from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.model.classifier import Classifier

REFERENCE = Path(__file__).parents[2] / "lightning_logs" / "reference"


def config_of(name):
    return flat(yaml.safe_load((REFERENCE / name / "version_0" / "config.yaml").read_text()))


def test_they_are_what_the_oldest_run_lacks_of_the_newest():
    old, new = config_of("resnet34"), config_of("resnet110")
    assert new.keys() - old.keys() - HARMLESS == LATER.keys()


def test_the_values_are_the_defaults_of_the_code():
    for group, kind in {"data": ImageFolderDataModule, "model": Classifier}.items():
        parameters = inspect.signature(kind).parameters
        for key in (key for key in LATER if key.startswith(f"{group}.")):
            assert parameters[key.removeprefix(f"{group}.")].default == LATER[key]


def test_what_a_run_has_stays():
    own = {"data.augment": "none", "name": "plain34"}
    assert with_later_keys(own) == {**LATER, **own}
