"""Fit of one run: training in its run folder, final scores, and a record that is correct however the fit ends."""

from collections.abc import Mapping
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.loggers import TensorBoardLogger

from resnet_lab.checkpoint.saver import BestAndLast
from resnet_lab.checkpoint.start_weights import start_again
from resnet_lab.checkpoint.states import remove_states
from resnet_lab.checkpoint.writing import BackgroundCheckpointIO
from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.diagnostics.callbacks import diagnostics_callbacks
from resnet_lab.distributed.process_group import rank_zero_first
from resnet_lab.errors import DivergenceError, InputError, RunError, printable
from resnet_lab.files import write_json
from resnet_lab.model.classifier import Classifier
from resnet_lab.model.history import EpochHistory
from resnet_lab.output import say
from resnet_lab.training.claimed_run import ClaimedRun
from resnet_lab.training.console import end_block, start_block
from resnet_lab.training.final_scores import final_scores
from resnet_lab.training.predictions import CollectPredictions, Predictions
from resnet_lab.training.record import arm, recorded, run_facts, speed_facts
from resnet_lab.training.resumption import state_to_go_on_from
from resnet_lab.training.run_figures import ScoredSplit, draw_curves, draw_fit
from resnet_lab.training.tensorboard_layout import TensorBoardLayout, hyper_parameters
from resnet_lab.training.trainers import Trainers


class Fit:
    """One fit, in the run folder that it has claimed.

    LightningCLI makes its trainer, from :meth:`callbacks` and :meth:`trainer_options`.

    Args:
        settings: The resolved config of ``fit``.
        claim: The claimed run folder.
        trainers: The shared parts of the command's trainers.
        start: The trained weights that a new run starts from, for ``status.json``; None if they were drawn.
    """

    def __init__(
        self, settings: Any, claim: ClaimedRun, trainers: Trainers, start: Mapping[str, Any] | None = None
    ) -> None:
        self.settings = settings
        self.claim = claim
        self.trainers = trainers
        self.start = start
        self.run = claim.run
        self.history = EpochHistory(self.run.metrics_path if claim.is_first else None)
        self.saver = BestAndLast(self.run, self.history, settings.checkpoint.every_n_steps)

    def callbacks(self) -> list[Callback]:
        """Return the callbacks of the training, without those of the config."""
        return [
            self.history,
            *diagnostics_callbacks(self.settings.diagnostics.every_n_steps, self.run.diagnostics_path),
            *self.trainers.display(self.history),
            TensorBoardLayout(hyper_parameters(self.settings.as_dict(), arm(self.settings.model))),
            self.saver,
            self.trainers.shutdown,
        ]

    def trainer_options(self) -> dict[str, Any]:
        """Return the trainer's options for writing into the run folder."""
        options: dict[str, Any] = {
            "default_root_dir": self.run.path,
            "plugins": [*self.trainers.plugins, BackgroundCheckpointIO()],
        }
        if self.settings.trainer.logger in (None, True):
            # Three separate parts, so that a moved run folder is resumed at its new place.
            parent = self.run.path.absolute().parent
            options["logger"] = TensorBoardLogger(
                str(parent.parent), parent.name, self.run.path.name, default_hp_metric=False
            )
        return options

    def carry_out(self, trainer: Trainer, model: Classifier, data: ImageFolderDataModule) -> None:
        """Train, then score the last and the best checkpoint with the evaluation transform.

        Raises:
            InputError: An option of the config cannot be followed.
            RunError: The training diverged.
            SystemExit: After an interruption.
        """
        try:
            validated = self._train_and_score(trainer, model, data)
        except RunError:  # it diverged
            if trainer.is_global_zero:
                draw_curves(self.run)
            raise
        finally:
            self.claim.unlock()
        if trainer.is_global_zero:
            tested_next = self.settings.test_after and trainer.world_size == 1
            say(end_block(self.run, validated.scores(data.classes), test_follows=tested_next))

    def _train_and_score(self, trainer: Trainer, model: Classifier, data: ImageFolderDataModule) -> Predictions:
        """Return the predictions of the best checkpoint for the validation split."""
        first = trainer.is_global_zero
        data.setup("fit")  # decodes all images here, so that the recorded time is of training alone
        facts, state, resumption = rank_zero_first(trainer, partial(self._begin, trainer, model, data))
        if state is None and resumption is not None and (start := self.run.status().init_from):
            start_again(model, start)  # a run that was killed before its first state begins anew
        collector = CollectPredictions()
        scorer = self.trainers.unlimited(collector)
        progress, shutdown = partial(self._progress, facts), self.trainers.shutdown
        record = (
            recorded(self.run, facts, progress, lambda: shutdown.received_sigterm, resumption)
            if first
            else nullcontext()
        )
        with record:
            _train(trainer, model, data, state)
            best = None if self.saver.best_epoch == self.history.epochs else self.run.checkpoints["best"]
            scores = final_scores(scorer, model, data, best)
            validated = collector.latest()  # a collective: every rank calls it
            if first:  # the pictures come first: a finished run is never resumed, so a kill would cost them
                self._draw(trainer, data, validated)
                write_json(self.run.path / "final" / "metrics.json", scores)
                remove_states(self.run)
        return validated

    def _begin(
        self, trainer: Trainer, model: Classifier, data: ImageFolderDataModule
    ) -> tuple[dict[str, Any], Path | None, dict[str, Any] | None]:
        """Print the start block. Return the facts, and for a resumed run its state and the changes since it stopped."""
        facts = {**run_facts(self.settings, model, data, trainer), "init_from": self.start}
        state, resumption = (None, None) if self.claim.is_new else state_to_go_on_from(self.run, facts)
        say(start_block(self.run, facts, data.folder, data.pixels.reason, resumption))
        return facts, state, resumption

    def _progress(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the facts that ``status.json`` gets at the end of the run, however it ends."""
        if not self.claim.is_new and not self.history.epochs and not self.history.clock.images:
            return {}  # a resumed run that ended before its state was restored
        return {
            "epochs": self.history.epochs,
            "best_epoch": self.saver.best_epoch,
            "seconds_before": self.history.seconds_before,
            **speed_facts(self.history, facts),
        }

    def _draw(self, trainer: Trainer, data: ImageFolderDataModule, validated: Predictions) -> None:
        residual, epoch = self.settings.model.residual, self.saver.best_epoch or 0
        split = ScoredSplit(self.run.label, residual, "val", epoch, data, validated)
        loggers = [logger for logger in trainer.loggers if isinstance(logger, TensorBoardLogger)]
        draw_fit(self.run, split, [Path(logger.log_dir) for logger in loggers])


def _train(trainer: Trainer, model: Classifier, data: ImageFolderDataModule, state: Path | None) -> None:
    try:
        trainer.fit(model, datamodule=data, ckpt_path=state, weights_only=True)
    except MisconfigurationException as error:
        raise InputError(str(error)) from error
    except DivergenceError as error:
        files = ", ".join(printable(path) for path in data.training_files(error.epoch, error.batch))
        raise RunError(f"{error} The checkpoint before it is kept. The images of the batch: {files}") from error
    except ValueError as error:
        if "val_check_interval" not in str(error):
            raise
        raise InputError(f"trainer.{str(error).strip().replace('`', '')}") from error
