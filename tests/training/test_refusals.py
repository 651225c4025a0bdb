"""What cannot be followed is refused by name."""

import re

import pytest
from jsonargparse import Namespace

from resnet_lab.errors import InputError
from resnet_lab.training.refusals import refuse_to_evaluate, refuse_to_fit

FIT = {"max_epochs": 10, "max_steps": -1}
EVALUATE = {
    "limit_val_batches": None,
    "limit_test_batches": None,
    "limit_predict_batches": None,
    "fast_dev_run": False,
    "overfit_batches": 0.0,
}


def test_the_defaults_pass():
    refuse_to_fit(Namespace(**FIT), None)
    for command in ("validate", "test", "predict"):
        refuse_to_evaluate(Namespace(**EVALUATE), command)


@pytest.mark.parametrize(
    ("change", "checkpoint", "text"),
    [
        ({}, "last.ckpt", "fit cannot go on from a checkpoint yet"),
        ({"max_epochs": 0}, None, "is 0; nothing would be trained."),
        ({"max_steps": 0}, None, "is 0; nothing would be trained."),
    ],
)
def test_fits_that_cannot_be(change, checkpoint, text):
    with pytest.raises(InputError, match=re.escape(text)):
        refuse_to_fit(Namespace(**{**FIT, **change}), checkpoint)


@pytest.mark.parametrize(
    ("command", "key"),
    [("validate", "limit_val_batches"), ("test", "limit_test_batches"), ("predict", "limit_predict_batches")],
)
def test_parts_of_a_split(command, key):
    for option in (key, "fast_dev_run", "overfit_batches"):
        with pytest.raises(
            InputError, match=rf"trainer\.{option} would score a part of the split under the name of the"
        ):
            refuse_to_evaluate(Namespace(**{**EVALUATE, option: 1}), command)
