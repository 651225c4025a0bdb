"""Entry of ``fit``, ``validate``, ``test`` and ``predict``: from the command line to an exit code."""

import glob
from typing import Any

from torch._dynamo.exc import BackendCompilerFailed  # where torch documents it

from resnet_lab.config.find import shipped_configs
from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.distributed.launcher import command_of, end_with_launcher, launch
from resnet_lab.distributed.process_group import LauncherNeededError, destroy_group, rank, rank_zero_output
from resnet_lab.distributed.signals import exit_by_signal
from resnet_lab.errors import InputError, NothingToResumeError, RunError, plain_message
from resnet_lab.model.classifier import Classifier
from resnet_lab.output import remark, say
from resnet_lab.runs import Run
from resnet_lab.training.console import silence_lightning
from resnet_lab.training.error_messages import explained
from resnet_lab.training.exact_trainer import ExactTrainer
from resnet_lab.training.experiment_cli import ExperimentCLI
from resnet_lab.training.parser import Parser
from resnet_lab.training.record import SaveRunConfig
from resnet_lab.training.run_argument import new_spelling, with_config_of_run

_FIT = """Train an arm, score it, and write its run folder. Start with: resnet-lab fit --config plain34.yaml. Each
option below can also stand in a config, as GROUP: {KEY: VALUE}. Values come from configs/recipe.yaml, then from each
--config, then from the command line; the last one wins."""


def run_command(arguments: list[str]) -> int:
    """Run ``fit``, ``validate``, ``test`` or ``predict`` with its options and return the exit code.

    Raises:
        InputError: The options, the config, the data or the checkpoint cannot be used.
        RunError: A run failed.
        SystemExit: After Ctrl-C or SIGTERM.
    """
    silence_lightning()
    end_with_launcher()
    try:
        with rank_zero_output():
            return _run_process(arguments)
    except LauncherNeededError as needed:
        count = needed.count
    return launch(command_of(arguments), count)


def _run_process(arguments: list[str]) -> int:
    try:
        fitted = _run_lightning(with_config_of_run(arguments))
        if fitted is not None:  # by its folder alone, so that the scores are those of a process of its own
            _run_lightning(with_config_of_run(["test", str(fitted.path)]))
        if (new := new_spelling(arguments)) is not None and rank() == 0:
            remark(f"note    --config of a run: write {new} instead")
        return 0
    except NothingToResumeError as finished:
        say(str(finished))
        return 0
    except (InputError, RunError) as error:
        if rank() == 0:
            raise
        kind = InputError if isinstance(error, InputError) else RunError
        raise kind(f"process {rank() + 1}: {plain_message(error)}") from error


def _run_lightning(arguments: list[str]) -> Run | None:
    """Carry out one command. Return the run that it has finished and that is to be tested next, or None."""
    recipe = glob.escape(str(shipped_configs() / "recipe.yaml"))
    command = arguments[0]
    parser_kwargs: dict[str, Any] = {
        "default_config_files": [recipe],
        "prog": f"resnet-lab {command}",
        "usage": f"resnet-lab {command} --config NAME.yaml [--GROUP.KEY VALUE ...]",
        "description": _FIT,
        "allow_abbrev": False,
    }
    with exit_by_signal():
        try:
            done = ExperimentCLI(
                Classifier,
                ImageFolderDataModule,
                save_config_callback=SaveRunConfig,
                trainer_class=ExactTrainer,
                parser_class=Parser,
                parser_kwargs={"prog": "resnet-lab", "allow_abbrev": False, command: parser_kwargs},
                command=command,
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
        destroy_group()
        return done.to_test
