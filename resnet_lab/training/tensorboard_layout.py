"""What TensorBoard shows besides single scalars: charts of two curves, and a table of runs to sort."""

from collections.abc import Mapping
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.loggers import TensorBoardLogger
from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams
from typing_extensions import override

from resnet_lab.runs import Run

TEST_TAG = "test/accuracy"
_CHARTS = {
    "accuracy": {"train and val": ["Multiline", ["train/accuracy", "val/accuracy"]]},
    "loss": {"train and val": ["Multiline", ["train/loss", "val/loss"]]},
}
_TABLE = (TEST_TAG, "val/accuracy", "val/loss", "train/accuracy", "train/loss")


class TensorBoardLayout(Callback):
    """Lay out TensorBoard for a run: its Custom Scalars and its row in HPARAMS.

    HPARAMS shows the last value of scalars that are there anyway, so nothing is logged twice; ``test/accuracy`` comes
    from :func:`show_test_accuracy`, once the run is tested.

    Args:
        hyper_parameters: Plain values by key: the columns of the table.
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
        # The values of the second argument are not written: it only names the scalars that the table shows.
        summaries = hparams(dict(self.hyper_parameters), dict.fromkeys(_TABLE, 0.0))  # type: ignore[no-untyped-call]
        for writer in _writers(trainer):
            file_writer: Any = writer.file_writer
            for summary in summaries:
                file_writer.add_summary(summary)


def hyper_parameters(config: Mapping[str, Any], arm: str) -> dict[str, Any]:
    """Return the recipe's keys as a flat mapping, ``arm`` as text: TensorBoard shows booleans as 0 and 1.

    Args:
        config: The resolved config of ``fit``.
        arm: Name of the network.
    """
    model, data, trainer = config["model"], config["data"], config["trainer"]
    return {
        "arm": arm,
        "seed": config["seed_everything"],
        **{key: model[key] for key in ("shortcut", "lr", "weight_decay", "label_smoothing", "warmup_epochs")},
        **{key: model[key] for key in ("class_weights", "precise_bn")},
        **{key: data[key] for key in ("root", "batch_size", "image_size", "augment", "normalize")},
        **{key: trainer[key] for key in ("max_epochs", "precision")},
    }


def show_test_accuracy(run: Run, accuracy: float, epoch: int) -> None:
    """Add a run's test accuracy to its folder as a scalar, for TensorBoard's table to sort by; once, if repeated.

    A run that TensorBoard knows nothing of stays so.
    """
    if not any(run.path.glob("events.out.tfevents.*")):
        return
    for earlier in run.path.glob("events.out.tfevents.*.test"):
        earlier.unlink()
    with SummaryWriter(str(run.path), filename_suffix=".test") as writer:
        writer.add_scalar(TEST_TAG, accuracy, epoch)


def _writers(trainer: Trainer) -> list[SummaryWriter]:
    if not trainer.is_global_zero:  # the others have none
        return []
    return [logger.experiment for logger in trainer.loggers if isinstance(logger, TensorBoardLogger)]
