"""Options that cannot be followed are refused by name."""

import re
from dataclasses import asdict

import pytest
from jsonargparse import Namespace
from lightning.pytorch import Callback
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, Logger, TensorBoardLogger

from resnet_lab.errors import InputError
from resnet_lab.model.rung import Rung
from resnet_lab.training.refusals import (
    refuse_monitors,
    refuse_network,
    refuse_silent_services,
    refuse_to_evaluate,
    refuse_to_fit,
)

FIT = {"max_epochs": 10, "max_steps": -1, "limit_train_batches": None, "accumulate_grad_batches": 1}
EVALUATE = {
    "limit_val_batches": None,
    "limit_test_batches": None,
    "limit_predict_batches": None,
    "fast_dev_run": False,
    "overfit_batches": 0.0,
}


NETWORK = {"depth": 34, "residual": True, "shortcut": "A", **asdict(Rung())}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"depth": 35}, "depth 35 is not known"),
        ({"depth": 50, "init": "dirac"}, "init dirac is not defined for the bottlenecks"),
        ({"residual": False, "shortcut_weight": 0.5}, "shortcut_weight needs a shortcut"),
        ({"shortcut": "B", "norm_bias": 2.0}, "norm_bias needs shortcut A, not B"),
    ],
)
def test_networks_that_cannot_exist(change, text):
    refuse_network(Namespace(**NETWORK))
    with pytest.raises(InputError, match=re.escape(text)):
        refuse_network(Namespace(**{**NETWORK, **change}))


def test_the_defaults_pass():
    refuse_to_fit(Namespace(**FIT), None)
    for command in ("validate", "test", "predict"):
        refuse_to_evaluate(Namespace(**EVALUATE), command, EVALUATE)


@pytest.mark.parametrize(
    ("change", "checkpoint", "text"),
    [
        ({}, "last.ckpt", "fit goes on with a run, not with a checkpoint: give --resume RUN_FOLDER, or --resume auto."),
        ({"max_epochs": 0}, None, "trainer.max_epochs is 0, so nothing would be trained: give 1 or more."),
        ({"max_steps": 0}, None, "trainer.max_steps is 0, so nothing would be trained: give 1 or more."),
        ({"accumulate_grad_batches": 0}, None, "trainer.accumulate_grad_batches is 0; it must be 1 or more."),
        (
            {"limit_train_batches": 0.0},
            None,
            "trainer.limit_train_batches is 0, so nothing would be trained: give 1 or more.",
        ),
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
    for option, value in ((key, 1), (key, 0), (key, 0.0), (key, 0.5), ("fast_dev_run", True), ("overfit_batches", 1)):
        given = {**EVALUATE, option: value}
        with pytest.raises(
            InputError, match=rf"trainer\.{option} limits what is scored, and scores are of whole splits"
        ):
            refuse_to_evaluate(Namespace(**given), command, EVALUATE)
        lifted = Namespace(**given)
        refuse_to_evaluate(lifted, command, given)  # it stands in the run's own config
        assert lifted == Namespace(**EVALUATE)


@pytest.mark.parametrize(
    ("callback", "text"),
    [
        (EarlyStopping("val_loss"), "EarlyStopping watches val_loss, which is not measured; did you mean val/loss?"),
        (ModelCheckpoint(monitor="zzz"), "ModelCheckpoint watches zzz, which is not measured; there is train/loss, "),
    ],
)
def test_a_callback_that_watches_what_is_not_measured(callback, text):
    with pytest.raises(InputError, match=re.escape(text)):
        refuse_monitors([callback], ["train/loss", "val/loss"])


def test_callbacks_that_may_watch_what_they_do():
    measured = ["train/loss", "val/loss"]
    refuse_monitors([EarlyStopping("val/loss"), ModelCheckpoint(), EarlyStopping("zzz", strict=False)], measured)
    somebody_elses = type("Logs", (Callback,), {"__module__": "elsewhere"})()
    refuse_monitors([EarlyStopping("their/metric"), somebody_elses], measured)


class NoServer(Logger):
    """A logger of a service that nobody has logged in to."""

    name = version = None

    @property
    def experiment(self) -> object:
        raise LookupError("No API key\nconfigured. Use `serve login`.")

    def log_metrics(self, metrics, step=None) -> None:
        raise AssertionError("no metric is logged")

    def log_hyperparams(self, *args, **kwargs) -> None:
        raise AssertionError("no hyper-parameter is logged")


def test_a_service_that_does_not_start_is_one_line(tmp_path):
    refuse_silent_services([TensorBoardLogger(tmp_path / "tb"), CSVLogger(tmp_path / "csv")])
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError) as error:
        refuse_silent_services([NoServer()])
    assert str(error.value) == (
        "NoServer does not start: No API key configured. Use `serve login`. Or leave trainer.logger out."
    )
