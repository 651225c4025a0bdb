"""One batch is not all batches."""

import inspect
from typing import Optional, Union

import pytest
from lightning.pytorch import Trainer
from lightning.pytorch.cli import LightningArgumentParser

from resnet_lab.training.exact_trainer import ExactTrainer


@pytest.mark.parametrize(
    "option", ["limit_train_batches", "limit_val_batches", "limit_test_batches", "overfit_batches"]
)
@pytest.mark.parametrize("value", [1, 1.0, 0.5, 2])
def test_integers_stay_integers(option, value):
    for floats_first in (float | int, Union[float, int], float | int | None, Optional[Union[float, int]]):  # noqa: UP007, UP045
        Optional[floats_first]  # noqa: UP045
    parser = LightningArgumentParser()
    parser.add_lightning_class_args(ExactTrainer, "trainer")
    read = parser.parse_args([f"--trainer.{option}={value}"]).trainer[option]
    assert (type(read), read) == (type(value), value)


def test_defaults_are_lightnings_and_no_option_is_lost():
    own, theirs = (inspect.signature(kind).parameters for kind in (ExactTrainer, Trainer))
    for name in own.keys() - {"args", "kwargs", "self"}:
        assert own[name].default == theirs[name].default
    parsers = []
    for kind in (ExactTrainer, Trainer):
        parser = LightningArgumentParser()
        parser.add_lightning_class_args(kind, "trainer")
        parsers.append(dict(parser.get_defaults().trainer.__dict__))
    assert parsers[0] == parsers[1]


def test_it_trains_as_many_batches_as_it_is_told():
    options = {"logger": False, "enable_checkpointing": False, "accelerator": "cpu"}
    assert ExactTrainer(limit_train_batches=1, **options).limit_train_batches == 1
    assert ExactTrainer(overfit_batches=3, **options).overfit_batches == 3
