"""Trainers of one command, and what they share: devices, plugins, progress display, shutdown."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

from lightning.fabric.plugins.environments.cluster_environment import ClusterEnvironment
from lightning.fabric.plugins.environments.slurm import SLURMEnvironment
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.callbacks import ProgressBar

from resnet_lab.data.module import ImageFolderDataModule
from resnet_lab.distributed.process_group import init_group
from resnet_lab.distributed.shutdown import SynchronizedShutdown
from resnet_lab.errors import InputError
from resnet_lab.model.history import EpochHistory
from resnet_lab.training.progress import progress_display
from resnet_lab.training.refusals import refuse_to_share
from resnet_lab.training.request import Request

NO_STRAY_CHECKPOINTS = Path(__file__).parent
"""Root folder of trainers that write nothing. On SLURM, Lightning (2.6) loads any ``hpc_ckpt_*`` in a root folder."""


class Trainers:
    """Settings that the trainers of one command share, and the trainers that LightningCLI does not make.

    Args:
        request: The request of the user.
        made: The config's ``trainer``, with objects for its strategy, plugins and callbacks.
    """

    def __init__(self, request: Request, made: Any) -> None:
        self.request = request
        self.made = made
        self.settings = request.settings.trainer
        self.plugins = _plugins(made.plugins)
        self.shutdown = SynchronizedShutdown()

    @property
    def environments(self) -> list[ClusterEnvironment]:
        """The cluster environment, where Lightning does not find it by itself."""
        return [plugin for plugin in self.plugins if isinstance(plugin, ClusterEnvironment)]

    def display(self, history: EpochHistory | None = None) -> list[Callback]:
        """Return this package's progress display, unless the user wants none or gave one."""
        unwanted = self.settings.enable_progress_bar is False or self.has_callback(ProgressBar)
        return [] if unwanted else [progress_display(history)]

    def has_callback(self, kind: type[Callback]) -> bool:
        """Return whether the config names a callback of this kind."""
        return any(isinstance(callback, kind) for callback in self.made.callbacks or [])

    def init_group(self, data: ImageFolderDataModule) -> Trainer:
        """Connect all ranks of the command, and return a trainer that trains nothing.

        The trainer of the fit is made later: it needs the run folder, which rank zero claims for all ranks.

        Args:
            data: The data that the ranks share.

        Raises:
            InputError: The command cannot run with so many ranks.
            LauncherNeededError: The ranks have to be started first.
        """
        with mistakes_explained():
            trainer = Trainer(
                **{key: self.made[key] for key in ("accelerator", "devices", "num_nodes")},
                strategy=deepcopy(self.made.strategy),
                plugins=list(self.environments),
                logger=False,
                enable_checkpointing=False,
                enable_progress_bar=False,
                enable_model_summary=False,
            )
            if (count := trainer.world_size) > 1:
                refuse_to_share(self.settings, count, trainer.strategy.root_device.type)
                if self.request.seed_is_drawn:
                    raise InputError(
                        f"seed_everything is true, and {count} processes would draw different seeds: give a number."
                    )
                data.refuse_too_many_processes(count, self.request.command)
            init_group(trainer)
        return trainer

    def unlimited(self, callback: Callback) -> Trainer:
        """Return a trainer on the same devices, in the same precision, without the limits and callbacks of a fit.

        Args:
            callback: Its only callback, besides the progress display and the shutdown.
        """
        display = self.display()
        kept = ("accelerator", "devices", "num_nodes", "precision", "deterministic")
        return Trainer(
            **{key: self.settings[key] for key in kept},
            plugins=list(self.environments),
            use_distributed_sampler=False,  # it would pad
            default_root_dir=NO_STRAY_CHECKPOINTS,
            callbacks=[*display, callback, self.shutdown],
            enable_progress_bar=bool(display),
            logger=False,
            enable_checkpointing=False,
            enable_model_summary=False,
        )


def _plugins(given: Any) -> list[Any]:
    plugins = given or []
    plugins = plugins if isinstance(plugins, list) else [plugins]
    if SLURMEnvironment.detect() and not any(isinstance(plugin, ClusterEnvironment) for plugin in plugins):
        # Lightning's own requeue writes a checkpoint wherever it is; here SIGUSR1 is an orderly shutdown.
        plugins = [*plugins, SLURMEnvironment(auto_requeue=False)]
    return plugins


@contextmanager
def mistakes_explained() -> Iterator[None]:
    """Raise what Lightning refuses as an :class:`InputError`: the config is wrong."""
    try:
        yield
    except InputError:
        raise
    except (ImportError, MisconfigurationException, TypeError, ValueError) as error:
        raise InputError(f"The trainer cannot be made: {error}") from error
