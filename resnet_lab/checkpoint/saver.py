"""Checkpoints of a fit: the best epoch, the last epoch, and the states from which it can be resumed."""

import math
from typing import Any

import lightning.pytorch as pl
from lightning.pytorch.callbacks import Checkpoint
from typing_extensions import override

from resnet_lab.checkpoint.states import state_path
from resnet_lab.model.history import EpochHistory
from resnet_lab.runs import Run


class BestAndLast(Checkpoint):
    """Write ``last.ckpt`` after every epoch and ``best.ckpt`` after every epoch that is better than all before it.

    The best epoch has the highest ``val/accuracy``; the lower ``val/loss`` decides between equal ones, then the earlier
    epoch. ModelCheckpoint of Lightning (2.6) has no second criterion, and its ``save_last`` skips epochs that are not
    among the best. An epoch without validation is the best one only until an epoch is validated.

    A state for resuming the run is saved after every epoch, every ``every_n_steps`` optimizer steps, and after SIGTERM.
    Lightning (2.6) resumes a fit exactly from two places only, so states are saved only there: at the end of an epoch,
    and after a batch with an optimizer step that is followed by the next batch, not by a validation or the end of the
    epoch or of the training.

    The trainer needs :class:`BackgroundCheckpointIO`, which writes the files.

    Args:
        run: The run folder.
        history: Metrics of each epoch. The metrics that Lightning keeps can be those of an earlier validation.
        every_n_steps: Optimizer steps between two states within an epoch.
    """

    def __init__(self, run: Run, history: EpochHistory, every_n_steps: int) -> None:
        self.run = run
        self.history = history
        self.every_n_steps = every_n_steps
        self.best: dict[str, float] | None = None
        self._stopped = False
        self._step = 0
        self._batches = 0

    @override
    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._step = trainer.global_step
        loop = trainer.fit_loop
        if loop.restarted_on_epoch_end:
            # With max_steps, Lightning (2.6) takes a finished epoch for an unfinished one and would end it again. The
            # setter of the fit loop itself keeps ``restarting`` true with max_steps; the batches follow the epoch loop.
            loop.reset_restart_stage()
            loop.epoch_loop.restarting = False
            loop.epoch_progress.increment_completed()
        if self._batches and trainer.train_dataloader is not None:
            # Lightning (2.6) loses the state of the loader if the number of steps is asked for before the restart, as
            # the schedule does. No batch has been fetched yet.
            trainer.train_dataloader.load_state_dict({"batches": self._batches})
        if self._stopped:  # by early stopping; Lightning would train for one more epoch
            trainer.should_stop = True

    @override
    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self._batches = batch_idx + 1
        stepped, self._step = trainer.global_step != self._step, trainer.global_step
        due = trainer.global_step % self.every_n_steps == 0 or trainer.received_sigterm
        if stepped and due and not _ends_something(trainer, batch_idx + 1):
            trainer.save_checkpoint(state_path(self.run, trainer.global_step))

    @override
    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        row = self.history.rows[-1]
        score = {
            "epoch": row["epoch"],
            "accuracy": row.get("val/accuracy", math.nan),
            "loss": row.get("val/loss", math.nan),
        }
        is_best = self.best is None or _rank(score) > _rank(self.best) or _unmeasured(self.best)
        if is_best:
            self.best = score
        self._stopped, self._batches = trainer.should_stop, 0
        also = [self.run.checkpoints[which] for which in (["last", "best"] if is_best else ["last"])]
        trainer.save_checkpoint(state_path(self.run, trainer.global_step), storage_options=also)

    @property
    def best_epoch(self) -> int | None:
        """Epoch of the best checkpoint, from 1; None before there is one."""
        return int(self.best["epoch"]) if self.best else None

    @override
    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best, "stopped": self._stopped, "batches": self._batches}

    @override
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.best = state_dict["best"]
        self._stopped = state_dict["stopped"]
        self._batches = state_dict["batches"]


def _ends_something(trainer: pl.Trainer, batches: int) -> bool:
    """Return whether anything but the next batch follows after ``batches`` batches of an epoch."""
    last = batches >= trainer.num_training_batches or trainer.global_step == trainer.max_steps
    interval: Any = trainer.val_check_batch
    # Counted over the whole training if check_val_every_n_epoch is None, as in Lightning's loop.
    counted = batches if trainer.check_val_every_n_epoch is not None else trainer.fit_loop.total_batch_idx + 1
    validates = bool(interval) and not math.isinf(interval) and counted % interval == 0
    return last or validates or trainer.should_stop


def _unmeasured(score: dict[str, float]) -> bool:
    return math.isnan(score["accuracy"])


def _rank(score: dict[str, float]) -> tuple[float, float]:
    """Return a key that orders scores: higher accuracy is better, then lower loss; NaN is worst."""
    accuracy, loss = score["accuracy"], score["loss"]
    return (-math.inf if math.isnan(accuracy) else accuracy, -math.inf if math.isnan(loss) else -loss)
