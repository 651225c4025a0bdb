"""Refusals of Lightning's options that cannot work here, each by its name."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from lightning.pytorch import Callback
from lightning.pytorch.loggers import CSVLogger, Logger, TensorBoardLogger, WandbLogger

from resnet_lab.config.ranges import LENGTHS, check_length
from resnet_lab.errors import InputError
from resnet_lab.model.backbone import check_architecture
from resnet_lab.model.rung import RUNG_KEYS, Rung
from resnet_lab.suggestions import nearest
from resnet_lab.training.console import silence_wandb
from resnet_lab.training.option_messages import NO_CHECKPOINT


def refuse_network(model: Mapping[str, Any]) -> None:
    """Refuse a network that cannot exist, before data are read.

    Args:
        model: The config's ``model``.

    Raises:
        InputError: The network cannot exist (:func:`~resnet_lab.model.backbone.check_architecture`).
    """
    rung = Rung(**{key: model[key] for key in RUNG_KEYS})
    check_architecture(model["depth"], model["residual"], model["shortcut"], rung)


def refuse_to_fit(trainer: Any, requested_checkpoint: str | None) -> None:
    """Check the options of ``fit``.

    Args:
        trainer: The config's ``trainer``.
        requested_checkpoint: ``--ckpt_path``.

    Raises:
        InputError: An option that cannot be followed.
    """
    if requested_checkpoint:
        raise InputError(NO_CHECKPOINT)
    check_length({key: trainer[key] for key in LENGTHS})
    if trainer.accumulate_grad_batches < 1:
        raise InputError(f"trainer.accumulate_grad_batches is {trainer.accumulate_grad_batches}; it must be 1 or more.")


def refuse_to_share(trainer: Any, processes: int, device: str) -> None:
    """Check the options of a command with several processes.

    Args:
        trainer: The config's ``trainer``.
        processes: Number of processes.
        device: Device type of each process.

    Raises:
        InputError: An option that cannot be followed.
    """
    strategy = trainer.strategy
    name = strategy if isinstance(strategy, str) else f"{strategy.class_path} {strategy.get('init_args', '')}"
    if not re.match(r"(?i)auto$|ddp(_find_unused_parameters_\w+)?$|(\w+\.)*DDPStrategy\b", name) or re.search(
        "spawn|fork", name
    ):
        raise InputError(f"trainer.strategy is {name}; {processes} processes need ddp: give --trainer.strategy ddp.")
    if trainer.overfit_batches:
        raise InputError(f"trainer.overfit_batches is for one process, and there are {processes}: leave it out.")
    if trainer.sync_batchnorm and device == "cpu":
        raise InputError(
            "trainer.sync_batchnorm: torch has it for GPUs only, and these processes have none: leave it out."
        )


def refuse_monitors(callbacks: Iterable[Callback], measured: Collection[str]) -> None:
    """Refuse a callback of Lightning that watches an unknown metric, before an epoch is trained.

    Callbacks from elsewhere may log metrics of their own. With one of them, any name may be right.

    Args:
        callbacks: All callbacks of the trainer.
        measured: Tags of the metrics that are measured while training.

    Raises:
        InputError: The ``monitor`` of EarlyStopping, ModelCheckpoint or another callback is not measured.
    """
    callbacks = list(callbacks)
    if any(type(callback).__module__.split(".")[0] not in ("lightning", "resnet_lab") for callback in callbacks):
        return
    for callback in callbacks:
        monitor = getattr(callback, "monitor", None)
        if monitor and getattr(callback, "strict", True) and monitor not in measured:
            near = nearest(monitor, measured)
            hint = f"did you mean {near}?" if near else f"there is {', '.join(sorted(measured))}."
            raise InputError(f"{type(callback).__name__} watches {monitor}, which is not measured; {hint}")


def refuse_silent_services(loggers: Iterable[Logger]) -> None:
    """Refuse a logger whose service cannot be reached, before images are decoded and anything is trained.

    Each service is started here; Lightning would start it a little later. Loggers that write files are passed over.

    Args:
        loggers: All loggers of the trainer.

    Raises:
        InputError: A service does not start: nobody is logged in, or there is no connection.
    """
    for logger in loggers:
        if isinstance(logger, TensorBoardLogger | CSVLogger):
            continue
        if isinstance(logger, WandbLogger):
            silence_wandb()
        try:
            getattr(logger, "experiment", None)
        except Exception as error:  # each service has errors of its own
            said = " ".join(str(error).split()) or type(error).__name__
            alone = isinstance(logger, WandbLogger)
            way = "set its option offline (--trainer.logger.offline true)" if alone else "leave trainer.logger out"
            raise InputError(f"{type(logger).__name__} does not start: {said.rstrip('.')}. Or {way}.") from error


def refuse_to_evaluate(trainer: Any, command: str, own: Mapping[str, Any]) -> None:
    """Check the options of ``validate``, ``test`` or ``predict``, and lift the limits of the run's own config.

    Images are evaluated in the order of their classes, so a part of a split would be its first classes.

    Args:
        trainer: The config's ``trainer``; changed in place.
        command: The command's name.
        own: ``trainer`` of the run's config. Its limits were meant for training, so they do not limit an evaluation.

    Raises:
        InputError: An option that cannot be followed.
    """
    limit = f"limit_{'val' if command == 'validate' else command}_batches"
    for key, without in ((limit, None), ("fast_dev_run", False), ("overfit_batches", 0.0)):
        value = trainer[key]
        if value is None or (key != limit and not value):
            continue
        if own.get(key) != value:
            raise InputError(f"trainer.{key} limits what is scored, and scores are of whole splits: leave it out.")
        trainer[key] = without
