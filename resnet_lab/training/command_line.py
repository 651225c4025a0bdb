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
from resnet_lab.training.checkpoint_check import check_checkpoint
from resnet_lab.training.checkpoints import BestAndLast
from resnet_lab.training.hardware import default_precision, describe_hardware, describe_software, git_commit
from resnet_lab.training.history import EpochHistory
from resnet_lab.training.parser import FindConfig, Parser
from resnet_lab.training.predictions import CollectPredictions, Predictions, write_predictions
from resnet_lab.training.record import recorded
from resnet_lab.training.scores import score
from resnet_lab.training.start_block import end_block, start_block


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
            self.run, self.checkpoints = _find_checkpoints(
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
        facts = self._facts(model, datamodule)
        print(start_block(self.run, facts), flush=True)
        with recorded(self.run, facts, self._progress):
            self.trainer.fit(model, datamodule=datamodule)
            runs.write_json(self.run.path / "final" / "metrics.json", self._final_metrics(model, datamodule))
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
        scores = {which: score(p.log_probabilities, p.labels, datamodule.classes) for which, p in predictions.items()}
        folder = self._results_folder("test", datamodule)
        headline = next(iter(scores))
        runs.write_json(
            folder / "metrics.json",
            {"headline": headline, "fingerprint": datamodule.folder.fingerprint, **scores},
        )
        self._write_predictions(folder, datamodule, predictions)
        for which, figures in scores.items():
            print(
                f"{which}    accuracy {figures['accuracy']:.4f}, balanced {figures['balanced_accuracy']:.4f}, "
                f"loss {figures['loss']:.4f}, calibration error {figures['calibration_error']:.4f}; "
                f"{figures['n']} images"
            )
        print(f"wrote   {folder}")

    def predict(self, model: Classifier, datamodule: ImageFolderDataModule, **kwargs: Any) -> None:
        """Write the predictions of the chosen checkpoint for the held-out split."""
        self._announce()
        [(which, path)] = self.checkpoints.items()
        options = {**kwargs, "ckpt_path": path, "weights_only": True, "return_predictions": True}
        batches = cast(list[Tensor], self.trainer.predict(model, datamodule=datamodule, **options))
        log_probabilities = torch.cat(batches)
        labels = torch.tensor(datamodule.folder.labels("test")[: len(log_probabilities)])
        folder = self._results_folder("predict", datamodule)
        self._write_predictions(folder, datamodule, {which: Predictions(log_probabilities, labels)})
        print(f"wrote   {folder}")

    def _logs(self) -> Path:
        return Path(self.config[self.subcommand].trainer.default_root_dir or ".") / runs.LOGS

    def _facts(self, model: Classifier, datamodule: ImageFolderDataModule) -> dict[str, Any]:
        """Collect what ``status.json`` says of a run from its start on."""
        config = self.config.fit
        return {
            "name": config.name,
            "arm": f"{'ResNet' if config.model.residual else 'Plain'}-{config.model.depth}",
            "parameters": sum(parameter.numel() for parameter in model.backbone.parameters()),
            "seed": config.seed_everything,
            "root": datamodule.root,
            "classes": list(datamodule.classes),
            "split_sizes": datamodule.folder.sizes,
            "fingerprint": datamodule.folder.fingerprint,
            "max_epochs": self.trainer.max_epochs,
            "precision": config.trainer.precision,
            "threads": torch.get_num_threads(),
            "workers": datamodule.num_workers,
            "hardware": describe_hardware(self.trainer.strategy.root_device),
            "versions": describe_software(),
            "git_commit": git_commit(),
        }

    def _progress(self) -> dict[str, Any]:
        """Say what ``status.json`` adds when the run ends, however it ends."""
        return {
            "epochs": self.history.epochs,
            "best_epoch": self.saver.best_epoch,
            "images_per_second": self.history.images_per_second,
        }

    def _final_metrics(self, model: Classifier, datamodule: ImageFolderDataModule) -> dict[str, Any]:
        """Score train and val with the evaluation transform: the claim of degradation is about training error."""
        final = {"last": self._evaluate(model, datamodule)}
        if self.saver.best_epoch == self.history.epochs:
            return final | {"best": final["last"]}
        # Not by ckpt_path: that would set the callbacks back to the best epoch as well.
        best = torch.load(self.run.checkpoints["best"], map_location="cpu", weights_only=True)
        model.load_state_dict(best["state_dict"])
        return final | {"best": self._evaluate(model, datamodule)}

    def _evaluate(self, model: Classifier, datamodule: ImageFolderDataModule) -> dict[str, Any]:
        """Score the weights that the model has now, on train and val, with the evaluation transform."""
        scores = {}
        for split in ("train", "val"):
            self.trainer.validate(model, datamodule.evaluation_dataloader(split), verbose=False)
            metrics = self.trainer.callback_metrics
            scores[split] = {figure: float(metrics[f"val/{figure}"]) for figure in ("accuracy", "loss")}
        return scores

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

    def _write_predictions(
        self, folder: Path, datamodule: ImageFolderDataModule, predictions: dict[str, Predictions]
    ) -> None:
        root = datamodule.folder.root
        images = [item.path.relative_to(root).as_posix() for item in datamodule.folder.splits["test"]]
        write_predictions(folder / "predictions.csv", images, datamodule.classes, predictions)


def _find_checkpoints(requested: str | None, logs: Path, name: str, *, both: bool) -> tuple[runs.Run, dict[str, Path]]:
    """Find the run and the checkpoints that an evaluation speaks of, the headline first.

    Args:
        requested: ``--ckpt_path``: a file in a run folder, or ``best`` or ``last`` of the newest finished run; without
            it that run's best.
        logs: The folder of all runs.
        name: The config's name.
        both: Without ``requested``, both best and last.
    """
    if requested and requested not in ("best", "last"):
        path = Path(requested)
        if not path.is_file():
            raise InputError(f"There is no checkpoint {path}.")
        run = runs.run_of_checkpoint(path)
        if run is None:
            raise InputError(f"{path} is not in the checkpoints/ of a run folder, so results would have no home.")
        return run, {path.stem: path}
    newest = runs.newest_finished(logs, name)
    if newest is None:
        raise InputError(
            f"There is no finished run of {name} in {logs}, and untrained weights are not scored. "
            f"First run: resnet-lab fit --config {name}.yaml"
        )
    wanted = [requested] if requested else ["best", "last"] if both else ["best"]
    return newest, {which: newest.checkpoints[which] for which in wanted}


def _device_type(accelerator: str) -> str:
    """Return the device type that Lightning will choose for ``trainer.accelerator``."""
    if accelerator in ("auto", "gpu", "cuda") and torch.cuda.is_available():
        return "cuda"
    if accelerator in ("auto", "gpu", "mps") and torch.backends.mps.is_available():
        return "mps"
    return "cpu"
