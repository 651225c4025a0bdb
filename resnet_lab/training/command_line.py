"""``fit``, ``validate``, ``test`` and ``predict``: LightningCLI, with a run folder behind every fit."""

import glob
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from jsonargparse.typing import NonNegativeInt, PositiveInt
from lightning.fabric.plugins.environments.cluster_environment import ClusterEnvironment
from lightning.fabric.plugins.environments.slurm import SLURMEnvironment
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.callbacks import Checkpoint, ProgressBar
from lightning.pytorch.cli import ArgsType, LightningArgumentParser, LightningCLI
from lightning.pytorch.loggers import TensorBoardLogger
from torch._dynamo.exc import BackendCompilerFailed  # where torch documents it
from typing_extensions import override

from resnet_lab import runs
from resnet_lab.allocator import Allocator, return_to_system
from resnet_lab.checkpoint.choice import Choice, check_checkpoint, choose_checkpoints
from resnet_lab.checkpoint.loading import load_normalisation, load_weights
from resnet_lab.checkpoint.saver import BestAndLast
from resnet_lab.checkpoint.states import newest_whole_state, remove_states
from resnet_lab.checkpoint.writing import BackgroundCheckpointIO
from resnet_lab.configs import shipped_configs
from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.diagnostics.callbacks import diagnostics_callbacks
from resnet_lab.errors import InputError, RunError, plain_message, printable
from resnet_lab.model.classifier import Classifier, DivergenceError
from resnet_lab.model.history import EpochHistory
from resnet_lab.training.ending import EndTogether
from resnet_lab.training.exact_trainer import ExactTrainer
from resnet_lab.training.failures import explained
from resnet_lab.training.final_scores import NO_STRAY_CHECKPOINTS, final_scores, score_split, unlimited_trainer
from resnet_lab.training.given import given_settings, refuse_contradictions
from resnet_lab.training.hardware import allow_tf32, default_precision
from resnet_lab.training.parser import FindConfig, Parser, explain, explain_failure
from resnet_lab.training.predictions import CollectPredictions, Predictions, write_predictions, write_test_results
from resnet_lab.training.progress import progress_display
from resnet_lab.training.record import SaveRunConfig, arm, recorded, run_facts, speed_facts
from resnet_lab.training.refusals import refuse_monitors, refuse_to_evaluate, refuse_to_fit, refuse_to_share
from resnet_lab.training.results_folder import check_output, results_folder
from resnet_lab.training.resumption import (
    AUTO,
    NothingToResumeError,
    changed_facts,
    newest_run,
    refuse_finished,
    refuse_other_config,
    refuse_other_facts,
    remove_events,
    resumable_run,
    with_config_of_run,
)
from resnet_lab.training.screen import choice_block, end_block, quieten, score_block, split_line, start_block
from resnet_lab.training.several_processes import (
    ProcessesNeededError,
    adopt_launched,
    first_does,
    first_speaks,
    meet,
    process_number,
)
from resnet_lab.training.signals import exit_by_signal
from resnet_lab.training.supervisor import command_of, end_with_supervisor, supervise
from resnet_lab.training.tensorboard_layout import TensorBoardLayout, hyper_parameters, show_test_accuracy


def run_command(arguments: list[str]) -> int:
    """Run ``fit``, ``validate``, ``test`` or ``predict`` with its options and return the exit code.

    Raises:
        InputError: The options, the config, the data or the checkpoint cannot be used.
        RunError: A run could not go on.
        SystemExit: After Ctrl-C or SIGTERM.
    """
    quieten()
    end_with_supervisor()
    try:
        with first_speaks():
            return _run_process(arguments)
    except ProcessesNeededError as needed:
        count = needed.count
    return supervise(command_of(arguments), count)


def _run_process(arguments: list[str]) -> int:
    try:
        arguments = with_config_of_run(arguments) if arguments[0] == "fit" else arguments
        return _run_lightning(arguments)
    except NothingToResumeError as finished:
        print(finished)
        return 0
    except (InputError, RunError) as error:
        if process_number() == 0:
            raise
        kind = InputError if isinstance(error, InputError) else RunError
        raise kind(f"process {process_number() + 1}: {plain_message(error)}") from error


def _run_lightning(arguments: list[str]) -> int:
    recipe = glob.escape(str(shipped_configs() / "recipe.yaml"))
    parser_kwargs: dict[str, Any] = {
        command: {"default_config_files": [recipe], "prog": f"resnet-lab {command}", "allow_abbrev": False}
        for command in LightningCLI.subcommands()
    }
    parser_kwargs["predict"]["description"] = (
        "Write a run's predictions for the held-out split. Single images: resnet-lab predict --data.images PATH... "
        "(with --help, its options)."
    )
    with exit_by_signal():
        try:
            ExperimentCLI(
                Classifier,
                ImageFolderDataModule,
                save_config_callback=SaveRunConfig,
                trainer_class=ExactTrainer,
                parser_class=Parser,
                parser_kwargs={"prog": "resnet-lab", "allow_abbrev": False, **parser_kwargs},
                auto_configure_optimizers=False,
                load_from_checkpoint_support=False,  # its hyper-parameters name code to run on loading
                args=arguments,
            )
        except (InputError, RunError):
            raise
        except BackendCompilerFailed as error:
            cause = str(error).strip().partition("\n")[0]
            raise RunError(f"torch.compile cannot make the network ({cause}); leave --compile out.") from error
        except (RuntimeError, OSError) as error:
            if (better := explained(error)) is error:
                raise
            raise better from error
    return 0


class ExperimentCLI(LightningCLI):
    """LightningCLI over one experiment: fixed model and data classes, a named run, no untrained scores."""

    run: runs.Run
    resumed: runs.Run | None = None
    choice: Choice
    trainer: Trainer

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.command_parsers: list[LightningArgumentParser] = []
        super().__init__(*args, **kwargs)

    @property
    def settings(self) -> Any:
        """The resolved config of the command."""
        return self.config[self.config.subcommand]

    @property
    def logs(self) -> Path:
        """The folder of all runs: ``--logs``, or where Lightning would have it."""
        return self.settings.logs or Path(self.settings.trainer.default_root_dir or ".") / runs.LOGS

    # -- from arguments to a config

    @override
    def init_parser(self, **kwargs: Any) -> LightningArgumentParser:
        parser = self.parser_class(**kwargs)
        parser.add_argument("-c", "--config", action=FindConfig, help="Config file: a path or a bare name.")
        return parser

    @override
    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        self.command_parsers.append(parser)
        parser.add_argument("--name", type=str, required=True, help="Name of the run: its folder under the logs.")
        parser.add_argument("--logs", type=Path | None, help="Folder of all runs (default: lightning_logs).")
        parser.add_argument(
            "--allocator", type=Allocator, default="auto", help="Memory allocator; it changes speed, never a bit."
        )
        parser.add_argument(
            "--compile", type=bool, default=False, help="Whether torch.compile makes the network; bits differ."
        )
        parser.link_arguments("seed_everything", "data.seed", compute_fn=int)
        parser.add_argument(
            "--checkpoint.every_n_steps",
            type=PositiveInt,
            default=100,
            help="Optimizer steps between two states, within an epoch, that a fit can be resumed from.",
        )
        parser.add_argument(
            "--diagnostics.every_n_steps",
            type=NonNegativeInt,
            default=50,
            help="Optimizer steps between two looks at gradients, updates, responses and dead ReLUs, from the first "
            "of each epoch; 0 for none. No bit of the training changes.",
        )
        if parser.prog.endswith(" fit"):
            parser.add_argument(
                "--resume", type=str | None, help="Go on with an unfinished run: its folder, or auto, the newest one."
            )
        if parser.prog.endswith((" test", " predict")):
            parser.add_argument("--output", type=Path | None, help="Folder of the results, in place of the run's own.")
        for fact in ("num_classes", "class_counts"):
            parser.link_arguments(f"data.{fact}", f"model.{fact}", apply_on="instantiate")

    @override
    def parse_arguments(self, parser: LightningArgumentParser, args: ArgsType) -> None:
        assert isinstance(args, list)
        self.given = given_settings(args)
        try:
            self.config = parser.parse_args(args)
        except InputError as error:
            keys = {key for command in self.command_parsers for key in command.get_defaults().keys()}  # noqa: SIM118
            raise InputError(explain(str(error), keys)) from error
        settings = self.settings
        if settings.allocator == "system":  # in a config, which nobody had read when the process was started
            return_to_system()
        runs.check_name(settings.name)
        if settings.seed_everything is False:
            raise InputError("seed_everything is false, but the arms share weights and batches by seed: give a number.")
        self.seed_is_drawn = settings.seed_everything is True
        if self.seed_is_drawn:
            settings.seed_everything = secrets.randbelow(2**32)
        if not 0 <= settings.seed_everything < 2**32:
            raise InputError(f"seed_everything is {settings.seed_everything}; it must lie between 0 and {2**32 - 1}.")
        settings.data.seed = settings.seed_everything
        # Taken out of LightningCLI's hands: it would let the checkpoint override the config (2.6, _parse_ckpt_path).
        self.requested_checkpoint, settings.ckpt_path = settings.ckpt_path, None

    # -- from the config to objects

    @override
    def before_instantiate_classes(self) -> None:
        settings = self.settings
        adopt_launched(settings.trainer, self.given)
        if self.subcommand == "fit":
            refuse_to_fit(settings.trainer, self.requested_checkpoint)
            settings.trainer.precision = settings.trainer.precision or default_precision(settings.trainer.accelerator)
            self.resumed = self._run_to_resume()
        else:
            self.save_config_callback = None
            configs = [Path(str(path)) for path in settings.config or []]
            self.choice = choose_checkpoints(
                self.requested_checkpoint, configs, self.logs, settings.name, both=self.subcommand == "test"
            )
            if self.subcommand != "validate":
                check_output(settings.output, self.choice)
            own = self.choice.trainer
            refuse_to_evaluate(settings.trainer, str(self.subcommand), own)
            if self.choice.run is not None:
                refuse_contradictions(self.given, self.choice.run)
            settings.trainer.precision = (
                settings.trainer.precision or own.get("precision") or default_precision(settings.trainer.accelerator)
            )

    def _run_to_resume(self) -> runs.Run | None:
        settings = self.settings
        requested, settings.resume = settings.resume, None  # no part of what the run is
        if not requested:
            return None
        if requested == AUTO:
            run = newest_run(self.logs, settings.name, None if self.seed_is_drawn else settings.seed_everything)
            if run is not None and self.seed_is_drawn:
                settings.seed_everything = settings.data.seed = run.status()["seed"]
        else:
            run = resumable_run(Path(requested))
        if run is not None:
            [parser] = [parser for parser in self.command_parsers if parser.prog.endswith(" fit")]
            refuse_other_config(run, yaml.safe_load(parser.dump(settings, skip_unset=False)))
            refuse_finished(run)
        return run

    @override
    def instantiate_classes(self) -> None:
        try:
            super().instantiate_classes()
        except InputError:
            raise
        except ValueError as error:  # jsonargparse wraps what a logger or callback of the config raises
            raise InputError(explain_failure(str(error))) from error

    @override
    def instantiate_trainer(self, **kwargs: Any) -> Trainer:
        self.meeting = self._meet()
        self.ending = EndTogether()
        # Lightning (2.6) would shuffle once more for a strategy of several processes; the order is keyed here.
        kwargs["use_distributed_sampler"] = False
        if self.subcommand != "fit":
            self.collector = CollectPredictions()
            self.trainer_defaults["callbacks"] = [self.collector, *self._display(), self.ending]
            # A checkpoint callback in a run's own config does no harm here, but must not be forbidden either.
            return self._trainer(logger=False, enable_checkpointing=self._given(Checkpoint), **kwargs)
        if self.settings.trainer.fast_dev_run:
            self.trainer_defaults["callbacks"] = [*self._display(), self.ending]
            self.save_config_callback = None
            return self._trainer(logger=False, enable_checkpointing=False, **kwargs)
        self.run = run = first_does(self.meeting, self._claim)
        try:
            self.history = EpochHistory(run.metrics_path if self.meeting.is_global_zero else None)
            self.saver = BestAndLast(run, self.history, self.settings.checkpoint.every_n_steps)
            diagnostics = diagnostics_callbacks(self.settings.diagnostics.every_n_steps, run.diagnostics_path)
            layout = TensorBoardLayout(hyper_parameters(self.settings.as_dict(), arm(self.settings.model)))
            self.trainer_defaults["callbacks"] = [
                *(self.history, *diagnostics, *self._display(self.history), layout, self.saver, self.ending)
            ]
            self.save_config_kwargs = {"path": run.config_path}
            if self.settings.trainer.logger in (None, True):
                # Named apart, so that a run folder that was moved is resumed where it is now.
                parent = run.path.absolute().parent
                kwargs["logger"] = TensorBoardLogger(
                    str(parent.parent), parent.name, run.path.name, default_hp_metric=False
                )
            kwargs |= {"default_root_dir": run.path, "plugins": [*self._plugins, BackgroundCheckpointIO()]}
            trainer = self._trainer(**kwargs)
            refuse_monitors(trainer.callbacks, self.model.training_tags)  # type: ignore[attr-defined]
            return trainer
        except BaseException:
            self._release(run)
            raise

    def _meet(self) -> Trainer:
        """Return a trainer that trains nothing, in the company of all processes of the command.

        The real one needs the run folder, which the first process claims for all.
        """
        given = self.config_init[self.subcommand].trainer
        with _explained():
            meeting = Trainer(
                **{key: given[key] for key in ("accelerator", "devices", "num_nodes")},
                strategy=deepcopy(given.strategy),
                plugins=list(self._environments),
                logger=False,
                enable_checkpointing=False,
                enable_progress_bar=False,
                enable_model_summary=False,
            )
            if (count := meeting.world_size) > 1:
                refuse_to_share(self.settings.trainer, count, meeting.strategy.root_device.type)
                if self.seed_is_drawn:
                    raise InputError(f"seed_everything is true, and {count} processes would draw one each: give it.")
                self.datamodule.refuse_too_many(count, self.subcommand)
            meet(meeting)
        return meeting

    def _claim(self) -> runs.Run:
        run = self.resumed or runs.claim_run(self.logs, self.settings.name)
        try:
            self.lock = runs.lock_run(run)
            if self.resumed is not None:
                refuse_finished(run)  # while the lock was waited for
        except BaseException:
            self._release(run)
            raise
        return run

    def _release(self, run: runs.Run) -> None:
        if self.resumed is None and self.meeting.is_global_zero:
            runs.release_run(run)

    @property
    def _environments(self) -> list[ClusterEnvironment]:
        return [plugin for plugin in self._plugins if isinstance(plugin, ClusterEnvironment)]

    @property
    def _plugins(self) -> list[Any]:
        plugins = self.config_init[self.subcommand].trainer.plugins or []
        plugins = plugins if isinstance(plugins, list) else [plugins]
        if SLURMEnvironment.detect() and not any(isinstance(plugin, ClusterEnvironment) for plugin in plugins):
            # Lightning's own requeue writes a checkpoint wherever it is; here SIGUSR1 is an orderly end.
            plugins = [*plugins, SLURMEnvironment(auto_requeue=False)]
        return plugins

    def _trainer(self, **kwargs: Any) -> Trainer:
        with _explained():
            trainer = super().instantiate_trainer(**{"default_root_dir": NO_STRAY_CHECKPOINTS, **kwargs})
        allow_tf32(trainer.strategy.root_device)
        return trainer

    def _display(self, history: EpochHistory | None = None) -> list[Callback]:
        """Return our progress display, unless the user wants none or gave one."""
        unwanted = self.settings.trainer.enable_progress_bar is False or self._given(ProgressBar)
        return [] if unwanted else [progress_display(history)]

    def _given(self, kind: type[Callback]) -> bool:
        """Say whether the config names a callback of this kind."""
        return any(isinstance(callback, kind) for callback in self.config_init[self.subcommand].trainer.callbacks or [])

    @override
    def after_instantiate_classes(self) -> None:
        if self.settings.compile:
            self.model.backbone.compile()
        if self.subcommand != "fit":
            for path in self.choice.checkpoints.values():
                check_checkpoint(
                    path,
                    model=self.settings.model,
                    classes=self.datamodule.classes,
                    data=self.datamodule.pixel_path,
                )
            self.datamodule.normalisation = load_normalisation(path)
            print(choice_block(self.choice, self.datamodule.folder.fingerprint), flush=True)

    # -- the commands

    def fit(self, model: Classifier, datamodule: ImageFolderDataModule, **_: Any) -> None:
        """Train, then score the last and the best checkpoint with the evaluation transform."""
        if self.settings.trainer.fast_dev_run:
            self.trainer.fit(model, datamodule=datamodule)
            print("fast_dev_run: every step was taken once, and nothing was written.")
            return
        try:
            self._fit(model, datamodule)
        finally:
            if self.trainer.is_global_zero:
                runs.unlock_run(self.run, self.lock)
        if self.trainer.is_global_zero:
            print(end_block(self.run))

    def _fit(self, model: Classifier, datamodule: ImageFolderDataModule) -> None:
        first = self.trainer.is_global_zero
        datamodule.setup("fit")  # decodes once, so that what follows is training alone
        facts, state, resumption = first_does(self.trainer, partial(self._begin, model, datamodule))
        collector = CollectPredictions()
        scorer = unlimited_trainer(self.settings.trainer, self._environments, self._display(), collector, self.ending)
        progress = partial(self._progress, facts)
        record = recorded(self.run, facts, progress, lambda: self.ending.heard, resumption) if first else nullcontext()
        with record:
            self._train(model, datamodule, state)
            best = None if self.saver.best_epoch == self.history.epochs else self.run.checkpoints["best"]
            scores = final_scores(scorer, model, datamodule, best)
            if first:
                runs.write_json(self.run.path / "final" / "metrics.json", scores)
                remove_states(self.run)
        loggers = [logger for logger in self.trainer.loggers if isinstance(logger, TensorBoardLogger)]
        predictions = collector.latest() if loggers else None
        for logger in loggers if first else ():
            from resnet_lab.training.figures import show_validation  # matplotlib would slow every start

            assert predictions is not None
            epoch = self.saver.best_epoch or 0
            show_validation(Path(logger.log_dir), self.run.name, epoch, datamodule, predictions)

    def _begin(
        self, model: Classifier, datamodule: ImageFolderDataModule
    ) -> tuple[dict[str, Any], Path | None, dict[str, Any] | None]:
        """Say what is about to run, and return its facts and what :meth:`_state` returns."""
        facts = run_facts(self.settings, model, datamodule, self.trainer)
        state, resumption = self._state(facts)
        print(start_block(self.run, facts, datamodule.folder, datamodule.pixels.reason, resumption), flush=True)
        return facts, state, resumption

    def _state(self, facts: Mapping[str, Any]) -> tuple[Path | None, dict[str, Any] | None]:
        """Return the checkpoint to go on from, if there is one, and what ``status.json`` is to say of it."""
        if self.resumed is None:
            return None, None
        refuse_other_facts(self.run, facts)
        found = newest_whole_state(self.run, lambda text: print(f"note    {text}", file=sys.stderr))
        remove_events(self.run)
        path, content = found or (None, {"epoch": 0, "global_step": 0})
        return path, {
            "epoch": content["epoch"] + 1,
            "step": content["global_step"],
            **changed_facts(self.run.status(), facts),
        }

    def _train(self, model: Classifier, datamodule: ImageFolderDataModule, state: Path | None) -> None:
        try:
            self.trainer.fit(model, datamodule=datamodule, ckpt_path=state, weights_only=True)
        except MisconfigurationException as error:
            raise InputError(str(error)) from error
        except DivergenceError as error:
            files = ", ".join(printable(path) for path in datamodule.training_files(error.epoch, error.batch))
            raise RunError(f"{error} The checkpoint before it is kept. The images of the batch: {files}") from error
        except ValueError as error:
            if "val_check_interval" not in str(error):
                raise
            raise InputError(f"trainer.{str(error).strip().replace('`', '')}") from error

    def _progress(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Say what ``status.json`` adds when the run ends, however it ends."""
        if self.resumed is not None and not self.history.epochs and not self.history.clock.images:
            return {}  # it ended before its state was restored
        return {
            "epochs": self.history.epochs,
            "best_epoch": self.saver.best_epoch,
            "seconds_before": self.history.seconds_before,
            **speed_facts(self.history, facts),
        }

    def validate(self, model: Classifier, datamodule: ImageFolderDataModule, **_: Any) -> None:
        """Score the chosen checkpoint on the validation split."""
        [(which, path)] = self.choice.checkpoints.items()
        load_weights(model, path)
        print(split_line(which, "val", score_split(self.trainer, model, datamodule, "val")))

    def test(self, model: Classifier, datamodule: ImageFolderDataModule, **kwargs: Any) -> None:
        """Score the checkpoints on the held-out split and write figures and predictions."""
        predictions: dict[str, Predictions] = {}
        for which, path in self.choice.checkpoints.items():
            options = {**kwargs, "ckpt_path": path, "weights_only": True, "verbose": False}
            self.trainer.test(model, datamodule=datamodule, **options)
            predictions[which] = self.collector.latest()
        if not self.trainer.is_global_zero:
            return
        folder = self._results_folder("test", datamodule)
        scores = write_test_results(folder, datamodule.folder, predictions)
        print(score_block(folder, scores))
        run = self.choice.run
        if run is not None and self.settings.output is None and folder == run.path / "test":
            show_test_accuracy(run, scores["best"]["accuracy"], run.status()["best_epoch"])

    def predict(self, model: Classifier, datamodule: ImageFolderDataModule, **kwargs: Any) -> None:
        """Write the predictions of the chosen checkpoint for the held-out split."""
        [(which, path)] = self.choice.checkpoints.items()
        options = {**kwargs, "ckpt_path": path, "weights_only": True, "return_predictions": False}
        self.trainer.predict(model, datamodule=datamodule, **options)
        predictions = {which: self.collector.latest()}
        if self.trainer.is_global_zero:
            folder = self._results_folder("predict", datamodule)
            write_predictions(folder / "predictions.csv", datamodule.folder, predictions)
            print(f"wrote   {folder}")

    def _results_folder(self, kind: str, datamodule: ImageFolderDataModule) -> Path:
        return results_folder(
            kind,
            self.choice,
            output=self.settings.output,
            fingerprint=datamodule.folder.fingerprint,
            precision=self.settings.trainer.precision,
            requested=self.requested_checkpoint,
        )


@contextmanager
def _explained() -> Iterator[None]:
    """Tell what Lightning does not take as a mistake in the config."""
    try:
        yield
    except InputError:
        raise
    except (ImportError, MisconfigurationException, TypeError, ValueError) as error:
        raise InputError(f"The trainer cannot be made: {error}") from error
