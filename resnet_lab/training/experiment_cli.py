"""LightningCLI of the experiment: fixed model and data classes, a named run, and no scores of untrained weights."""

from functools import partial
from pathlib import Path
from typing import Any

from jsonargparse.typing import NonNegativeInt, PositiveInt
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.callbacks import Checkpoint
from lightning.pytorch.cli import ArgsType, LightningArgumentParser, LightningCLI
from typing_extensions import override

from resnet_lab.allocator import Allocator
from resnet_lab.checkpoint.start_source import StartSource, find_source
from resnet_lab.checkpoint.start_weights import start_from, weights_file
from resnet_lab.config.overrides import given_settings
from resnet_lab.config.safe_yaml import parse_yaml
from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.distributed.process_group import adopt_world_size, rank_zero_first
from resnet_lab.errors import InputError
from resnet_lab.hardware import allow_tf32, default_precision
from resnet_lab.model.classifier import Classifier
from resnet_lab.output import say
from resnet_lab.runs import Run
from resnet_lab.training.claimed_run import ClaimedRun
from resnet_lab.training.evaluation import Evaluation
from resnet_lab.training.fit import Fit
from resnet_lab.training.parser import GROUP_TITLES, FindConfig, explain, explain_failure
from resnet_lab.training.refusals import refuse_monitors, refuse_network, refuse_silent_services, refuse_to_fit
from resnet_lab.training.request import Request, make_request
from resnet_lab.training.resumption import run_of_request
from resnet_lab.training.trainers import NO_STRAY_CHECKPOINTS, Trainers, mistakes_explained


class ExperimentCLI(LightningCLI):
    """LightningCLI, with a :class:`Fit` behind ``fit`` and an :class:`Evaluation` behind the other commands.

    The methods stand in the order in which LightningCLI calls them.
    """

    request: Request
    resumed: Run | None
    source: StartSource | None = None
    evaluation: Evaluation
    fitting: Fit
    trainer: Trainer

    def __init__(self, *args: Any, command: str, **kwargs: Any) -> None:
        self.command = command
        self.command_parsers: dict[str, LightningArgumentParser] = {}
        super().__init__(*args, **kwargs)

    # -- from arguments to a config

    @override
    def subcommands(self) -> dict[str, set[str]]:  # type: ignore[override]  # a static method there
        """Return the one command that is carried out: the parsers of all four take as long as a small epoch.

        A fit has its two options of Lightning's method as options of its own, with a help text of its own.
        """
        skipped = LightningCLI.subcommands()[self.command]
        return {self.command: skipped | {"ckpt_path", "weights_only"} if self.command == "fit" else skipped}

    @override
    def init_parser(self, **kwargs: Any) -> LightningArgumentParser:
        parser = self.parser_class(**kwargs)
        parser.add_argument(
            "-c", "--config", action=FindConfig, help="Config: a path, or a bare name such as plain34.yaml."
        )
        return parser

    @override
    def add_default_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        parser.add_argument(
            "--seed_everything",
            type=bool | int,
            default=self.seed_everything_default,
            help="Key of the initial weights, of the order in each epoch, and of each augmentation. With true, a key "
            "is drawn.",
        )

    @override
    def add_core_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        super().add_core_arguments_to_parser(parser)
        assert parser.groups is not None
        for group, title in GROUP_TITLES.items():
            parser.groups[group].title = title

    @override
    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        command = parser.prog.rpartition(" ")[2]
        self.command_parsers[command] = parser
        parser.add_argument("--name", type=str, required=True, help="Name of the run, and of its folder in --logs.")
        parser.add_argument("--logs", type=Path | None, help="Folder of all runs (default: lightning_logs).")
        parser.add_argument(
            "--allocator",
            type=Allocator,
            default="auto",
            help="Memory allocator. It changes the speed and no bit of a result.",
        )
        parser.add_argument(
            "--compile",
            type=bool,
            default=False,
            help="Compile the network by torch.compile. The last bits of results then differ.",
        )
        parser.link_arguments("seed_everything", "data.seed", compute_fn=int)
        parser.add_argument(
            "--checkpoint.every_n_steps",
            type=PositiveInt,
            default=100,
            help="Number of optimizer steps after which a state is saved, from which a fit can be resumed.",
        )
        parser.add_argument(
            "--diagnostics.every_n_steps",
            type=NonNegativeInt,
            default=50,
            help="Number of optimizer steps after which the network is measured (docs/diagnostics.md); 0 for never. No "
            "bit of the training changes.",
        )
        if command == "fit":
            parser.add_argument(
                "--resume",
                type=str | None,
                help="Resume an unfinished run: a run folder, or a name for its newest unfinished run. With auto, "
                "resume the newest run with the config's name and seed, or start one if there is none.",
            )
            parser.add_argument(
                "--test_after",
                type=bool,
                default=False,
                help="Test the run when it is finished, as resnet-lab test does. Only for a run of one process.",
            )
            parser.add_argument(
                "--ckpt_path", type=str | Path | None, help="Refused: a fit resumes a run, by --resume, and no file."
            )
            parser.add_argument(
                "--weights_only", type=bool | None, help="Not used: a checkpoint is always read as data alone."
            )
        if command in ("test", "predict"):
            parser.add_argument("--output", type=Path | None, help="Folder of the results, in place of the run's own.")
        for fact in ("num_classes", "class_counts", "classes"):
            parser.link_arguments(f"data.{fact}", f"model.{fact}", apply_on="instantiate")

    @override
    def parse_arguments(self, parser: LightningArgumentParser, args: ArgsType) -> None:
        assert isinstance(args, list)
        given = given_settings(args)
        try:
            self.config = parser.parse_args(args)
        except InputError as error:
            parsers = self.command_parsers.values()
            keys = {key for command in parsers for key in command.get_defaults().keys()}  # noqa: SIM118
            raise InputError(explain(str(error), keys)) from error
        self.request = make_request(args, self.config[self.config.subcommand], given)

    # -- from the config to objects

    @override
    def before_instantiate_classes(self) -> None:
        trainer = self.request.settings.trainer
        refuse_network(self.request.settings.model)
        adopt_world_size(trainer, self.request.given)
        if self.subcommand == "fit":
            refuse_to_fit(trainer, self.request.checkpoint)
            if self.request.settings.data.classes:
                raise InputError(
                    "data.classes is for data without a training split; a fit finds the classes: leave it out."
                )
            trainer.precision = trainer.precision or default_precision(trainer.accelerator)
            self.resumed = run_of_request(self.request, self._resolved)
            self.source = None if self.resumed is not None else self._source(self.request.settings)
        else:
            self.save_config_callback = None
            self.evaluation = Evaluation(self.request)

    def _source(self, settings: Any) -> StartSource | None:
        word = settings.model.init_from
        return find_source(word, self.request.logs, settings.seed_everything, settings.model) if word else None

    def _resolved(self) -> dict[str, Any]:
        text = self.command_parsers["fit"].dump(self.request.settings, skip_unset=False)
        return dict(parse_yaml(text))

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
        settings = self.request.settings
        trainers = Trainers(self.request, self.config_init[self.subcommand].trainer)
        group = trainers.init_group(self.datamodule)
        start = self._start(group)
        # With several processes Lightning (2.6) would shuffle again; the keyed order must stay.
        kwargs["use_distributed_sampler"] = False
        if self.subcommand != "fit":
            callbacks = [self.evaluation.collector, *trainers.display(), trainers.shutdown]
            # A checkpoint callback in the run's own config does no harm, so Lightning must not forbid it.
            may_checkpoint = trainers.has_callback(Checkpoint)
            return self._trainer(callbacks, logger=False, enable_checkpointing=may_checkpoint, **kwargs)
        if settings.trainer.fast_dev_run:
            self.save_config_callback = None
            callbacks = [*trainers.display(), trainers.shutdown]
            return self._trainer(callbacks, logger=False, enable_checkpointing=False, **kwargs)
        claim = ClaimedRun(group, self.request.logs, settings.name, self.resumed)
        with claim.released_on_failure():
            self.fitting = Fit(settings, claim, trainers, start)
            self.save_config_kwargs = {"path": claim.run.config_path}
            trainer = self._trainer(self.fitting.callbacks(), **self.fitting.trainer_options(), **kwargs)
            refuse_monitors(trainer.callbacks, self.model.training_tags)  # type: ignore[attr-defined]
            refuse_silent_services(trainer.loggers)
        return trainer

    def _start(self, group: Trainer) -> dict[str, Any] | None:
        """Give the model of a new run the trained weights that it starts from; return what ``status.json`` says."""
        if self.source is None:
            return None
        file = rank_zero_first(group, partial(weights_file, self.source, self.request.settings.model.depth))
        return start_from(self.model, self.source, file, self.datamodule.classes)

    def _trainer(self, callbacks: list[Callback], **kwargs: Any) -> Trainer:
        self.trainer_defaults["callbacks"] = callbacks
        with mistakes_explained():
            trainer = super().instantiate_trainer(**{"default_root_dir": NO_STRAY_CHECKPOINTS, **kwargs})
        allow_tf32(trainer.strategy.root_device)
        return trainer

    @override
    def after_instantiate_classes(self) -> None:
        if self.request.settings.compile:
            self.model.backbone.compile()
        if self.subcommand != "fit":
            self.evaluation.begin(self.datamodule)

    @property
    def to_test(self) -> Run | None:
        """The run that is finished and is to be tested by this process; None if there is none."""
        if (
            self.subcommand != "fit"
            or not self.request.settings.test_after
            or self.request.settings.trainer.fast_dev_run
        ):
            return None
        return self.fitting.run if self.trainer.world_size == 1 else None

    # -- the commands

    def fit(self, model: Classifier, datamodule: ImageFolderDataModule, **_: Any) -> None:
        """Carry out a :class:`Fit`, or try every step once with ``fast_dev_run``."""
        if self.request.settings.trainer.fast_dev_run:
            self.trainer.fit(model, datamodule=datamodule)
            say("fast_dev_run: every step was taken once, and nothing was written.")
        else:
            self.fitting.carry_out(self.trainer, model, datamodule)

    def validate(self, model: Classifier, datamodule: ImageFolderDataModule, **_: Any) -> None:
        """Score the chosen checkpoint on the validation split."""
        self.evaluation.validate(self.trainer, model, datamodule)

    def test(self, model: Classifier, datamodule: ImageFolderDataModule, **kwargs: Any) -> None:
        """Score the checkpoints on the held-out split and write figures and predictions."""
        self.evaluation.test(self.trainer, model, datamodule, **kwargs)

    def predict(self, model: Classifier, datamodule: ImageFolderDataModule, **kwargs: Any) -> None:
        """Write the predictions of the chosen checkpoint for the held-out split."""
        self.evaluation.predict(self.trainer, model, datamodule, **kwargs)
