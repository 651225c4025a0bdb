"""Command of resnet-lab: its name, help, options, and the function that runs it."""

import argparse
import shutil
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from resnet_lab.commands.options import OptionParser


def no_options(_: OptionParser) -> None:
    """Add no option."""


@dataclass(frozen=True)
class Command:
    """A command of resnet-lab, as the help page, the option parser and the completion script need it.

    Attributes:
        name: The word after ``resnet-lab``.
        summary: One line for the list of commands.
        run: Takes the words after the command and returns the exit code. It imports heavy libraries when it is called.
        add_options: Adds the options of the command to a parser.
        add_completions: Adds, for completion only, options that the command's own parser does not read.
        position: Place on the help page; the smallest comes first.
        description: The paragraph at the top of the command's own help; ``summary`` unless given.
        epilog: The last lines of the command's own help, such as examples; lines stay as they are written.
        usage: The usage line; that of argparse unless given.
        computes: Whether the command trains or evaluates networks, which another memory allocator makes faster.
    """

    name: str
    summary: str
    run: Callable[[list[str]], int]
    add_options: Callable[[OptionParser], None] = no_options
    add_completions: Callable[[OptionParser], None] = no_options
    position: int = 1000
    description: str | None = None
    epilog: str | None = None
    usage: str | None = None
    computes: bool = False

    def parse(self, arguments: Sequence[str]) -> Any:
        """Return the options on a command line, as a namespace.

        Raises:
            InputError: An option is not known, lacks a value, or has a wrong one.
        """
        return self.parser().parse_args(arguments)

    def parser(self) -> OptionParser:
        """Return the parser of the command's own options."""
        parser = OptionParser(
            prog=f"resnet-lab {self.name}",
            usage=self.usage,
            description=filled(self.description or f"{self.summary[0].upper()}{self.summary[1:]}."),
            epilog=self.epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self.add_options(parser)
        return parser


def filled(text: str) -> str:
    """Return a paragraph as lines that the terminal has room for; no option is broken at a hyphen."""
    width = shutil.get_terminal_size().columns - 2
    return textwrap.fill(text, width, break_on_hyphens=False, break_long_words=False)
