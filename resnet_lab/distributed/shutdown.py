"""Shutdown by SIGTERM: all ranks of a run stop after the same batch."""

import signal
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.utilities.exceptions import SIGTERMException
from typing_extensions import override

from resnet_lab.signal_handlers import set_handlers


class StoppableTrainer(Trainer):
    """Lightning's Trainer with a flag that :class:`SynchronizedShutdown` sets on all ranks after the same batch.

    Lightning, and callbacks, see the flag as ``received_sigterm``.
    """

    is_shutting_down = False

    @property
    @override
    def received_sigterm(self) -> bool:
        """Whether the trainer is to stop."""
        return super().received_sigterm or self.is_shutting_down


class SynchronizedShutdown(Callback):
    """Note SIGTERM, and stop where all ranks of a run are at the same batch.

    Lightning (2.6) notes the signal too. It stops the training loop, and most evaluations. Of several ranks it listens
    on rank zero only, and tells the others from within the signal handler: a broadcast between two collectives, which
    may meet another collective there. So this callback replaces the handler while a trainer works, and after each batch
    the ranks ask each other.

    One callback can serve several trainers in turn: a signal that one trainer did not act on stops the next one.
    """

    def __init__(self) -> None:
        self.received_sigterm = False
        """Whether this process was sent SIGTERM."""
        self._shared_batches = 0

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._listen()

    @override
    def on_train_batch_end(self, trainer: Trainer, *_: Any, **__: Any) -> None:
        self._agree(trainer)

    @override
    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._agree(trainer)

    @override
    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if isinstance(trainer, StoppableTrainer) and trainer.is_shutting_down:
            raise SIGTERMException
        self._begin_evaluation(trainer, trainer.num_val_batches)

    @override
    def on_test_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._begin_evaluation(trainer, trainer.num_test_batches)

    @override
    def on_predict_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._begin_evaluation(trainer, trainer.num_predict_batches)

    @override
    def on_validation_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int, *_: Any, **__: Any
    ) -> None:
        if batch_idx < self._shared_batches and self._agree(trainer):
            raise SIGTERMException

    @override
    def on_test_batch_end(self, *arguments: Any, **named: Any) -> None:
        self.on_validation_batch_end(*arguments, **named)

    @override
    def on_predict_batch_end(self, *arguments: Any, **named: Any) -> None:
        self.on_validation_batch_end(*arguments, **named)

    def _listen(self) -> None:
        set_handlers({signal.SIGTERM: self._receive})  # until the trainer puts back the handler that it found

    def _receive(self, *_: Any) -> None:
        self.received_sigterm = True

    def _begin_evaluation(self, trainer: Trainer, batches: Any) -> None:
        """Listen, and find the number of batches that every rank has: one rank may have a batch more than another."""
        self._listen()
        own = torch.tensor(int(sum(batches)), device=trainer.strategy.root_device)
        self._shared_batches = int(trainer.strategy.reduce(own, reduce_op="min"))

    def _agree(self, trainer: Trainer) -> bool:
        """Return whether any rank received SIGTERM. All ranks call this at the same batch and get the same answer."""
        stop = trainer.strategy.reduce_boolean_decision(self.received_sigterm or trainer.received_sigterm, all=False)
        if isinstance(trainer, StoppableTrainer):
            trainer.is_shutting_down = stop
        return stop
