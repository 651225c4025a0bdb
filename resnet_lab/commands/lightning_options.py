"""Options of the commands that Lightning's command line reads: ``fit``, ``validate``, ``test`` and ``predict``."""

from collections.abc import Iterator

from resnet_lab.commands.options import OptionParser
from resnet_lab.config.keys import FROM_THE_DATA, keys_of


def lightning_options(command: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each option of a command that takes a value, with its choices if it has any.

    They come from the source of the classes. A script from LightningCLI's own parser is too large to load.
    """
    yield "--config", ()
    for key, values in keys_of(command).items():
        if key not in FROM_THE_DATA:
            yield f"--{key}", ("true", "false") if values.kind == "bool" else values.choices


def add_lightning_options(parser: OptionParser, command: str, *, only_grouped: bool = False) -> None:
    """Add the options of Lightning's command line to a parser, for completion.

    Options that the parser already has are skipped.

    Args:
        parser: The parser.
        command: ``fit``, ``validate``, ``test`` or ``predict``.
        only_grouped: Add only ``--GROUP.KEY`` options, which ``study`` sets in its cells; no ``--print_config``.
    """
    for option, choices in lightning_options(command):
        if option not in parser.options and ("." in option or not only_grouped):
            parser.add_argument(option).choices = choices or None
    if not only_grouped:
        parser.add_argument("--print_config", action="store_true")
