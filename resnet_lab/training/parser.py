"""How the command line is read: configs by bare name, errors as one paragraph."""

from typing import Any, NoReturn

import jsonargparse
from lightning.pytorch.cli import LightningArgumentParser

from resnet_lab.configs import find_config
from resnet_lab.errors import InputError


class FindConfig(jsonargparse.ActionConfigFile):  # type: ignore[misc, name-defined]
    """``--config NAME``: a path, or the bare name of a config in ``configs/`` or of the package."""

    def __call__(self, parser: Any, cfg: Any, values: Any, option_string: str | None = None) -> None:
        """Read the config that ``values`` names over what was read before."""
        path = find_config(values)
        try:
            super().__call__(parser, cfg, str(path), option_string)
        except (TypeError, KeyError, InputError) as error:
            raise InputError(f"{path} cannot be used: {' '.join(str(error).split())}") from error


class Parser(LightningArgumentParser):
    """A parser that raises :class:`InputError` instead of printing a hundred lines of usage."""

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Raise the message as an :class:`InputError`."""
        raise InputError(" ".join(message.split())) from ex
