"""Request of a command: its resolved settings, completed, and the settings that the user named."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resnet_lab.allocator import return_to_system
from resnet_lab.errors import InputError
from resnet_lab.runs import check_name, logs_folder
from resnet_lab.runs.network_name import name_of_run


@dataclass(frozen=True)
class Request:
    """Request of one command.

    Attributes:
        command: ``fit``, ``validate``, ``test`` or ``predict``.
        settings: The resolved config of the command.
        given: The settings that the user named, as ``group.key``.
        checkpoint: ``--ckpt_path``.
        seed_is_drawn: Whether the seed was drawn at random.
    """

    command: str
    settings: Any
    given: Mapping[str, Any]
    checkpoint: str | None
    seed_is_drawn: bool

    @property
    def logs(self) -> Path:
        """The folder of all runs."""
        return logs_folder(self.settings.logs, self.settings.trainer.default_root_dir)


def make_request(arguments: Sequence[str], settings: Any, given: Mapping[str, Any]) -> Request:
    """Check the name and the seed, and draw the seed where the user wants a random one.

    Args:
        arguments: The command line, with the command as its first word.
        settings: Its resolved config; changed in place.
        given: The settings that the user named.

    Raises:
        InputError: The name cannot name a folder, or the seed cannot be used.
    """
    if settings.allocator == "system":  # a config may say so, and no config was read when the process started
        return_to_system()
    check_name(settings.name)
    if settings.seed_everything is False:
        raise InputError("seed_everything is false, but the arms share weights and batches by seed: give a number.")
    seed_is_drawn = settings.seed_everything is True
    if seed_is_drawn:
        settings.seed_everything = secrets.randbelow(2**32)
    if not 0 <= settings.seed_everything < 2**32:
        raise InputError(f"seed_everything is {settings.seed_everything}; it must lie between 0 and {2**32 - 1}.")
    settings.data.seed = settings.seed_everything
    # LightningCLI must not see the checkpoint: its hyper-parameters would override the config (2.6, _parse_ckpt_path).
    checkpoint, settings.ckpt_path = settings.ckpt_path, None
    request = Request(arguments[0], settings, given, checkpoint, seed_is_drawn)
    settings.name = name_of_run(
        arguments,
        settings.name,
        residual=settings.model.residual,
        depth=settings.model.depth,
        logs=request.logs,
        seed=None if seed_is_drawn or request.command != "fit" else settings.seed_everything,
    )
    return request
