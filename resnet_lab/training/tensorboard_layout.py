"""TensorBoard layout of a run: charts of two curves, and a sortable table of hyper-parameters."""

from collections.abc import Mapping
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.loggers import TensorBoardLogger
from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams
from typing_extensions import override

from resnet_lab.config.result_neutral_keys import RESULT_NEUTRAL
from resnet_lab.runs import Run

TEST_TAG = "test/accuracy"
_CHARTS = {
    "accuracy": {"train and val": ["Multiline", ["train/accuracy", "val/accuracy"]]},
    "loss": {"train and val": ["Multiline", ["train/loss", "val/loss"]]},
}
_TABLE = (TEST_TAG, "val/accuracy", "val/loss", "train/accuracy", "train/loss")
# TensorBoard shows five columns at first, by the alphabet; these are not worth one.
_RARE = {"data.background", "data.color", "model.decay_on"}
_WITHOUT_COLUMN = (RESULT_NEUTRAL - {"data.root"}) | {"model.depth", "model.residual", "data.seed"} | _RARE


class TensorBoardLayout(Callback):
    """Write the layout of a run: its charts in CUSTOM SCALARS and its row in HPARAMS.

    HPARAMS shows the last value of scalars that are logged in any case, so nothing is logged twice.
    :func:`show_test_accuracy` adds ``test/accuracy`` when the run is tested.

    Args:
        hyper_parameters: Numbers, text and booleans by key: one column of the table each.
    """

    def __init__(self, hyper_parameters: Mapping[str, Any]) -> None:
        self.hyper_parameters = hyper_parameters

    # Not on_train_start and on_train_end: Lightning (2.6) skips both when what it resumes has no epoch left to train.
    @override
    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        for writer in _writers(trainer):
            writer.add_custom_scalars(_CHARTS)

    @override
    def on_fit_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        # The second argument only names the scalars that the table shows. Its values are not written.
        summaries = hparams(dict(self.hyper_parameters), dict.fromkeys(_TABLE, 0.0))  # type: ignore[no-untyped-call]
        for writer in _writers(trainer):
            file_writer: Any = writer.file_writer
            for summary in summaries:
                file_writer.add_summary(summary)


def hyper_parameters(config: Mapping[str, Any], arm: str) -> dict[str, Any]:
    """Return the hyper-parameters of a fit as a flat mapping: one column of the table each.

    The keys are those of ``model`` and ``data``, which the command line takes from the signatures of the classes. Only
    numbers, text, booleans and mappings (class weights) have a column. Keys that change no result have none, except for
    the data folder.

    Args:
        config: The resolved config of ``fit``.
        arm: Name of the network. It stands for depth and ``residual``, as TensorBoard shows booleans as 0 and 1.
    """
    trainer = config["trainer"]
    return {
        "arm": arm,
        "seed": config["seed_everything"],
        **{
            key: str(value) if isinstance(value, dict) else value
            for group in ("model", "data")
            for key, value in config[group].items()
            if f"{group}.{key}" not in _WITHOUT_COLUMN and isinstance(value, str | int | float | dict)
        },
        **{key: trainer[key] for key in ("max_epochs", "precision")},
    }


def show_test_accuracy(run: Run, accuracy: float, epoch: int) -> None:
    """Add the test accuracy of a run to its folder as a scalar, so that the table of TensorBoard can be sorted by it.

    A second test replaces the scalar of the first. A run without event files gets none.
    """
    if not any(run.path.glob("events.out.tfevents.*")):
        return
    for earlier in run.path.glob("events.out.tfevents.*.test"):
        earlier.unlink()
    with SummaryWriter(str(run.path), filename_suffix=".test") as writer:
        writer.add_scalar(TEST_TAG, accuracy, epoch)


def _writers(trainer: Trainer) -> list[SummaryWriter]:
    if not trainer.is_global_zero:  # other ranks have no writers
        return []
    return [logger.experiment for logger in trainer.loggers if isinstance(logger, TensorBoardLogger)]
