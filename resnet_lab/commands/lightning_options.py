"""Options of the commands that Lightning's command line reads: ``fit``, ``validate``, ``test`` and ``predict``."""

import inspect
import types
import typing
from collections.abc import Iterator
from typing import Any

from resnet_lab.allocator import Allocator
from resnet_lab.commands.options import OptionParser

_PLAIN = (
    *("--config", "--name", "--logs", "--seed_everything", "--ckpt_path"),
    *("--checkpoint.every_n_steps", "--diagnostics.every_n_steps"),
)
_FROM_THE_DATA = {"model.num_classes", "model.class_counts", "model.classes", "data.seed"}  # no user gives these


def lightning_options() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each option that takes a value, with its choices if it has any.

    They come from the signatures of the classes. A script from LightningCLI's own parser is too large to load.
    """
    from lightning.pytorch import Trainer

    from resnet_lab.data.module import ImageFolderDataModule
    from resnet_lab.model.classifier import Classifier

    yield from ((option, ()) for option in _PLAIN)
    yield from (("--allocator", typing.get_args(Allocator)), ("--compile", ("true", "false")))
    for group, kind in (("model", Classifier), ("data", ImageFolderDataModule), ("trainer", Trainer)):
        for name, parameter in inspect.signature(kind).parameters.items():
            if f"{group}.{name}" not in _FROM_THE_DATA:
                yield f"--{group}.{name}", _choices(parameter.annotation)


def add_lightning_options(parser: OptionParser, *further: str, only_grouped: bool = False) -> None:
    """Add the options of Lightning's command line to a parser, for completion.

    Options that the parser already has are skipped.

    Args:
        parser: The parser.
        further: Options that only this command has.
        only_grouped: Add only ``--GROUP.KEY`` options, which ``study`` sets in its cells; no ``--print_config``.
    """
    for option, choices in [*lightning_options(), *((option, ()) for option in further)]:
        if option not in parser.options and ("." in option or not only_grouped):
            parser.add_argument(option).choices = choices or None
    if not only_grouped:
        parser.add_argument("--print_config", action="store_true")


def _choices(annotation: Any) -> tuple[str, ...]:
    if annotation is bool:
        return ("true", "false")
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):  # the words among other values
        return tuple(word for kind in typing.get_args(annotation) if kind is not bool for word in _choices(kind))
    return tuple(map(str, typing.get_args(annotation))) if typing.get_origin(annotation) is typing.Literal else ()
