"""``fit``, ``validate``, ``test`` and ``predict``: LightningCLI, with a run folder behind every fit."""

import glob
import secrets
from pathlib import Path
from typing import Any, cast

import torch
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.cli import ArgsType, LightningArgumentParser, LightningCLI, SaveConfigCallback
from lightning.pytorch.loggers import TensorBoardLogger
from torch import Tensor
from typing_extensions import override

from resnet_lab import runs
from resnet_lab.configs import shipped_configs
from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.errors import InputError
from resnet_lab.model.classifier import Classifier
from resnet_lab.training.checkpoint_choice import check_checkpoint, find_checkpoints
from resnet_lab.training.checkpoints import BestAndLast
from resnet_lab.training.final_scores import final_scores
from resnet_lab.training.hardware import default_precision
from resnet_lab.training.history import EpochHistory
from resnet_lab.training.parser import FindConfig, Parser
from resnet_lab.training.predictions import CollectPredictions, Predictions, write_predictions, write_test_results
from resnet_lab.training.record import recorded, run_facts
from resnet_lab.training.screen import end_block, score_block, start_block


def run_command(arguments: list[str]) -> int:
    """Run ``fit``, ``validate``, ``test`` or ``predict`` with its options and return the exit code.

    Raises:
        InputError: The options, the config, the data or the checkpoint cannot be used.
    """
    recipe = glob.escape(str(shipped_configs() / "recipe.yaml"))
    parser_kwargs: dict[str, Any] = {
        command: {"default_config_files": [recipe], "prog": f"resnet-lab {command}", "allow_abbrev": False}
        for command in LightningCLI.subcommands()
    }
    ExperimentCLI(
        Classifier,
        ImageFolderDataModule,
        save_config_callback=SaveRunConfig,
        parser_class=Parser,
        parser_kwargs={"prog": "resnet-lab", "allow_abbrev": False, **parser_kwargs},
        auto_configure_optimizers=False,
        load_from_checkpoint_support=False,  # its hyper-parameters name code to run on loading
        args=arguments,
    )
    return 0


class SaveRunConfig(SaveConfigCallback):
    """Write the resolved config into the run folder."""

    def __init__(self, parser: LightningArgumentParser, config: Any, path: Path) -> None:
        super().__init__(parser, config, save_to_log_dir=False)
        self.path = path

    @override
    def save_config(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        if stage == "fit":
            runs.write_text(self.path, self.parser.dump(self.config, skip_none=False))


class ExperimentCLI(LightningCLI):
    """LightningCLI over one experiment: fixed model and data classes, a named run, no untrained scores."""

    run: runs.Run
    checkpoints: dict[str, Path]
    trainer: Trainer

    @override
    def init_parser(self, **kwargs: Any) -> LightningArgumentParser:
        parser = self.parser_class(**kwargs)
        parser.add_argument("-c", "--config", action=FindConfig, help="Config file: a path or a bare name.")
        return parser

    @override
    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        parser.add_argument("--name", type=str, required=True, help="Name of the run: its folder under the logs.")
        parser.link_arguments("seed_everything", "data.seed", compute_fn=int)
        parser.link_arguments("data.num_classes", "model.num_classes", apply_on="instantiate")

    @override
    def parse_arguments(self, parser: LightningArgumentParser, args: ArgsType) -> None:
        assert isinstance(args, list)
        self.config = parser.parse_args(args)
        config = self.config[self.config.subcommand]
        runs.check_name(config.name)
        if config.seed_everything is False:
            raise InputError("seed_everything is false, but the arms share weights and batches by seed: give a number.")
        if config.seed_everything is True:
            config.seed_everything = secrets.randbelow(2**32)
        if not 0 <= config.seed_everything < 2**32:
            raise InputError(f"seed_everything is {config.seed_everything}; it must lie between 0 and {2**32 - 1}.")
        config.data.seed = config.seed_everything
        # Taken out of LightningCLI's hands: it would let the checkpoint override the config (2.6, _parse_ckpt_path).
        self.requested_checkpoint, config.ckpt_path = config.ckpt_path, None

    @override
    def before_instantiate_classes(self) -> None:
        config = self.config[self.subcommand]
        if self.subcommand == "fit":
            if self.requested_checkpoint:
                raise InputError("fit cannot go on from a checkpoint yet; leave --ckpt_path out to start a new run.")
        else:
            self.save_config_callback = None
            self.run, self.checkpoints = find_checkpoints(
                self.requested_checkpoint, self._logs(), config.name, both=self.subcommand == "test"
            )
            if config.trainer.precision is None:
                config.trainer.precision = self.run.config()["trainer"]["precision"]
        if config.trainer.precision is None:
            config.trainer.precision = default_precision(_device_type(config.trainer.accelerator))

    @override
    def instantiate_classes(self) -> None:
        try:
            super().instantiate_classes()
        except MisconfigurationException as error:
            raise InputError(str(error)) from error
        if self.trainer.world_size > 1:
            # Each process would claim a run folder of its own and see all the images.
            if self.subcommand == "fit":
                runs.release_run(self.run)
            raise InputError(f"trainer.devices and num_nodes make {self.trainer.world_size} processes; use one device.")

    @override
    def instantiate_trainer(self, **kwargs: Any) -> Trainer:
        if self.subcommand != "fit":
            self.collector = CollectPredictions()
            self.trainer_defaults["callbacks"] = [self.collector]
            return super().instantiate_trainer(logger=False, enable_checkpointing=False, **kwargs)
        self.run = run = runs.claim_run(self._logs(), self.config.fit.name)
        self.history = EpochHistory(run.metrics_path)
        self.saver = BestAndLast(run.checkpoints)
        self.trainer_defaults["callbacks"] = [self.history, self.saver]
        self.save_config_kwargs = {"path": run.config_path}
        if self.config.fit.trainer.logger in (None, True):
            kwargs["logger"] = TensorBoardLogger(str(self._logs()), run.name, run.version, default_hp_metric=False)
        try:
            return super().instantiate_trainer(**kwargs)
        except BaseException:
            runs.release_run(run)
            raise

    @override
    def after_instantiate_classes(self) -> None:
        if self.subcommand != "fit":
            for path in self.checkpoints.values():
                check_checkpoint(
                    path,
                    model=self.config[self.subcommand].model,
                    classes=self.datamodule.classes,
                    image_size=self.datamodule.image_size,
                )

    def fit(self, model: Classifier, datamodule: ImageFolderDataModule, **_: Any) -> None:
        """Train, then score the last and the best checkpoint with the evaluation transform."""
        facts = run_facts(self.config.fit, model, datamodule, self.trainer)
        print(start_block(self.run, facts), flush=True)
        with recorded(self.run, facts, self._progress):
            self.trainer.fit(model, datamodule=datamodule)
            last_is_best = self.saver.best_epoch == self.history.epochs
            best = None if last_is_best else self.run.checkpoints["best"]
            scores = final_scores(self.trainer, model, datamodule, best)
            runs.write_json(self.run.path / "final" / "metrics.json", scores)
        print(end_block(self.run))

    def validate(self, model: Classifier, datamodule: ImageFolderDataModule, **kwargs: Any) -> None:
        """Score the chosen checkpoint on the validation split."""
        self._announce()
        [path] = self.checkpoints.values()
        self.trainer.validate(model, datamodule=datamodule, **{**kwargs, "ckpt_path": path, "weights_only": True})

    def test(self, model: Classifier, datamodule: ImageFolderDataModule, **kwargs: Any) -> None:
        """Score the checkpoints on the held-out split and write figures and predictions."""
        self._announce()
        predictions: dict[str, Predictions] = {}
        for which, path in self.checkpoints.items():
            options = {**kwargs, "ckpt_path": path, "weights_only": True, "verbose": False}
            self.trainer.test(model, datamodule=datamodule, **options)
            predictions[which] = self.collector.take()
        folder = self._results_folder("test", datamodule)
        scores = write_test_results(folder, datamodule.folder, predictions)
        print(score_block(folder, scores))

    def predict(self, model: Classifier, datamodule: ImageFolderDataModule, **kwargs: Any) -> None:
        """Write the predictions of the chosen checkpoint for the held-out split."""
        self._announce()
        [(which, path)] = self.checkpoints.items()
        options = {**kwargs, "ckpt_path": path, "weights_only": True, "return_predictions": True}
        batches = cast(list[Tensor], self.trainer.predict(model, datamodule=datamodule, **options))
        labels = torch.tensor(datamodule.folder.labels("test"))
        folder = self._results_folder("predict", datamodule)
        predictions = {which: Predictions(torch.cat(batches), labels)}
        write_predictions(folder / "predictions.csv", datamodule.folder, predictions)
        print(f"wrote   {folder}")

    def _logs(self) -> Path:
        return Path(self.config[self.subcommand].trainer.default_root_dir or ".") / runs.LOGS

    def _progress(self) -> dict[str, Any]:
        """Say what ``status.json`` adds when the run ends, however it ends."""
        return {
            "epochs": self.history.epochs,
            "best_epoch": self.saver.best_epoch,
            "images_per_second": self.history.images_per_second,
        }

    def _announce(self) -> None:
        files = ", ".join(path.name for path in self.checkpoints.values())
        print(f"run     {self.run.path} ({files})", flush=True)

    def _results_folder(self, kind: str, datamodule: ImageFolderDataModule) -> Path:
        """Name the folder for results: a run's own ``test/`` is never overwritten by other data or one checkpoint."""
        parts = [kind]
        if datamodule.folder.fingerprint != self.run.status()["fingerprint"]:
            parts.append(datamodule.folder.fingerprint[:8])
        if self.requested_checkpoint:
            parts.append(next(iter(self.checkpoints)))
        return self.run.path / "-".join(parts)


def _device_type(accelerator: str) -> str:
    """Return the device type that Lightning will choose for ``trainer.accelerator``."""
    if accelerator in ("auto", "gpu", "cuda") and torch.cuda.is_available():
        return "cuda"
    if accelerator in ("auto", "gpu", "mps") and torch.backends.mps.is_available():
        return "mps"
    return "cpu"
