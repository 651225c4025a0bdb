"""SIGTERM while a trainer works: all processes of a run end after the same batch."""

import signal
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.utilities.exceptions import SIGTERMException
from typing_extensions import override

from resnet_lab.training.exact_trainer import ExactTrainer


class EndTogether(Callback):
    """Note SIGTERM, and act on it where all processes of a run are at the same batch.

    Lightning (2.6) notes the signal too, and acts on it in the training loop and mostly in evaluation. Of several
    processes it hears the first one only, and tells the others from within the signal handler: a broadcast between two
    collectives, which may meet another one there. So the handler is replaced while a trainer works, and after each
    batch the processes ask each other.

    One of these can serve several trainers in turn: what one did not get to, the next one does.
    """

    def __init__(self) -> None:
        self.heard = False
        """Whether this process was sent SIGTERM."""
        self._asked_batches = 0

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
        if isinstance(trainer, ExactTrainer) and trainer.is_to_end:
            raise SIGTERMException
        self._evaluate(trainer, trainer.num_val_batches)

    @override
    def on_test_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._evaluate(trainer, trainer.num_test_batches)

    @override
    def on_predict_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._evaluate(trainer, trainer.num_predict_batches)

    @override
    def on_validation_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int, *_: Any, **__: Any
    ) -> None:
        if batch_idx < self._asked_batches and self._agree(trainer):
            raise SIGTERMException

    @override
    def on_test_batch_end(self, *arguments: Any, **named: Any) -> None:
        self.on_validation_batch_end(*arguments, **named)

    @override
    def on_predict_batch_end(self, *arguments: Any, **named: Any) -> None:
        self.on_validation_batch_end(*arguments, **named)

    def _listen(self) -> None:
        signal.signal(signal.SIGTERM, self._hear)  # until the trainer puts back what it found

    def _hear(self, *_: Any) -> None:
        self.heard = True

    def _evaluate(self, trainer: Trainer, batches: Any) -> None:
        """Listen, and find out after how many batches all can ask: one process may have a batch more than another."""
        self._listen()
        mine = torch.tensor(int(sum(batches)), device=trainer.strategy.root_device)
        self._asked_batches = int(trainer.strategy.reduce(mine, reduce_op="min"))

    def _agree(self, trainer: Trainer) -> bool:
        """Say whether any process is to end; all call this at the same place, and hear the same."""
        to_end = trainer.strategy.reduce_boolean_decision(self.heard or trainer.received_sigterm, all=False)
        if isinstance(trainer, ExactTrainer):
            trainer.is_to_end = to_end
        return to_end
