"""Evaluation of a run's checkpoints by ``validate``, ``test`` and ``predict``, with what each prints and writes."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

from lightning.pytorch import Trainer

from resnet_lab.checkpoint.choice import choose_checkpoints
from resnet_lab.config.overrides import refuse_contradictions
from resnet_lab.config.own_config import arithmetic
from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.hardware import default_precision
from resnet_lab.model.classifier import Classifier
from resnet_lab.output import say
from resnet_lab.program import command_line
from resnet_lab.runs import Run
from resnet_lab.runs.digests import TEST_FILES, rewritten
from resnet_lab.training.console import choice_block, score_block, split_block
from resnet_lab.training.final_scores import score_split
from resnet_lab.training.predictions import CollectPredictions, Predictions, write_predictions, write_test_results
from resnet_lab.training.refusals import refuse_to_evaluate
from resnet_lab.training.request import Request
from resnet_lab.training.results_folder import check_output, results_folder
from resnet_lab.training.run_figures import ScoredSplit, draw_lost, draw_test
from resnet_lab.training.tensorboard_layout import show_test_accuracy


class Evaluation:
    """Evaluation of a run's checkpoints, or of a checkpoint from elsewhere.

    Args:
        request: Request of the command. The settings of its trainer are changed in place: limits of the run's own
            training are lifted, and the way in which it computed numbers is taken over.

    Raises:
        InputError: There is no such checkpoint, it contradicts the user's settings, or an option cannot be followed.
    """

    def __init__(self, request: Request) -> None:
        settings = request.settings
        self.request = request
        self.collector = CollectPredictions()
        configs = [Path(str(path)) for path in settings.config or []]
        self.choice = choose_checkpoints(
            request.checkpoint, configs, request.logs, settings.name, both=request.command == "test"
        )
        if request.command != "validate":
            check_output(settings.output, self.choice)
        own = self.choice.trainer
        refuse_to_evaluate(settings.trainer, request.command, own)
        if self.choice.run is not None:
            refuse_contradictions(request.given, self.choice.run.config_path)
        # For data without a training split. The classes of other data are compared with these in begin.
        settings.data.classes = settings.data.classes or list(next(iter(self.choice.trained.values())).classes)
        for key, value in arithmetic(own).items():
            if f"trainer.{key}" not in request.given:
                settings.trainer[key] = value
        settings.trainer.precision = (
            settings.trainer.precision or own.get("precision") or default_precision(settings.trainer.accelerator)
        )

    def begin(self, data: ImageFolderDataModule) -> None:
        """Check the checkpoints against config and data, take over their normalization, and print their names.

        Raises:
            InputError: A checkpoint is of another network, or of other classes or pixels.
        """
        for checkpoint in self.choice.trained.values():
            checkpoint.check_fits(model=self.request.settings.model, classes=data.classes, data=data.pixel_path)
        data.normalization = checkpoint.normalization
        say(choice_block(self.choice, data.folder.fingerprint))
        for doubt in data.folder.doubts:
            say(f"note    {doubt}")

    def validate(self, trainer: Trainer, model: Classifier, data: ImageFolderDataModule) -> None:
        """Score the chosen checkpoint on the validation split."""
        [(which, checkpoint)] = self.choice.trained.items()
        checkpoint.load_into(model)
        scores = score_split(trainer, model, data, "val")
        validated = self.collector.latest()
        say(split_block(which, scores, validated.scores(data.classes)))
        run = self.choice.run
        own = run is not None and which == "best" and data.folder.fingerprint == self.choice.fingerprint
        if trainer.is_global_zero and run is not None and own:
            draw_lost(run, self._scored(run, "val", data, validated))

    def test(self, trainer: Trainer, model: Classifier, data: ImageFolderDataModule, **options: Any) -> None:
        """Score the checkpoints on the held-out split and write figures and predictions.

        Args:
            trainer: What evaluates, with ``collector`` among its callbacks.
            model: The model; its weights are replaced.
            data: Its data.
            options: Further ones of ``Trainer.test``.
        """
        predictions: dict[str, Predictions] = {}
        for which, checkpoint in self.choice.trained.items():
            checkpoint.load_into(model)  # by hand, as with ckpt_path Lightning would read the file once more
            trainer.test(model, datamodule=data, **{**options, "ckpt_path": None, "verbose": False})
            predictions[which] = self.collector.latest()
        if not trainer.is_global_zero:
            return
        folder, run = self._results_folder(data), self.choice.run
        is_own = run is not None and self.request.settings.output is None and folder == run.path / "test"
        with rewritten(run, TEST_FILES) if run is not None and is_own else nullcontext():
            scores = write_test_results(folder, data.folder, predictions)
            if run is not None and is_own:
                show_test_accuracy(run, scores["best"]["accuracy"], run.status().best_epoch or 0)
        if run is not None and "best" in predictions:
            figures = (run.path if is_own else folder) / "figures"
            draw_test(figures, self._scored(run, "test", data, predictions["best"]), command_line("test", run.path))
        say(score_block(folder, scores))

    def predict(self, trainer: Trainer, model: Classifier, data: ImageFolderDataModule, **options: Any) -> None:
        """Write the predictions of the chosen checkpoint for the held-out split.

        Args:
            trainer: What evaluates, with ``collector`` among its callbacks.
            model: The model; its weights are replaced.
            data: Its data.
            options: Further ones of ``Trainer.predict``.
        """
        [(which, checkpoint)] = self.choice.trained.items()
        checkpoint.load_into(model)
        trainer.predict(model, datamodule=data, **{**options, "ckpt_path": None, "return_predictions": False})
        predictions = {which: self.collector.latest()}
        if trainer.is_global_zero:
            folder = self._results_folder(data)
            write_predictions(folder / "predictions.csv", data.folder, predictions)
            say(f"wrote   {folder}")

    def _scored(self, run: Run, split: str, data: ImageFolderDataModule, predictions: Predictions) -> ScoredSplit:
        residual, epoch = self.request.settings.model.residual, run.status().best_epoch or 0
        return ScoredSplit(run.label, residual, split, epoch, data, predictions)

    def _results_folder(self, data: ImageFolderDataModule) -> Path:
        return results_folder(
            self.request.command,
            self.choice,
            output=self.request.settings.output,
            fingerprint=data.folder.fingerprint,
            precision=self.request.settings.trainer.precision,
            requested=self.request.checkpoint,
        )
