"""The options of our own commands: argparse, with errors of one paragraph and the option that was probably meant."""

import argparse
import re
from functools import partial
from typing import Any, NoReturn

from typing_extensions import override

from resnet_lab.errors import InputError
from resnet_lab.suggestions import nearest_key


class OptionParser(argparse.ArgumentParser):
    """An ``ArgumentParser`` without abbreviated options that raises :class:`InputError` in place of printing usage."""

    def __init__(self, *args: Any, options: list[str] | None = None, **kwargs: Any) -> None:
        self.options = [] if options is None else options
        super().__init__(*args, **{"allow_abbrev": False, **kwargs})

    @override
    def add_argument(self, *names: Any, **kwargs: Any) -> argparse.Action:
        action = super().add_argument(*names, **kwargs)
        self.options += action.option_strings
        return action

    @override
    def add_subparsers(self, **kwargs: Any) -> Any:
        # argparse has the outermost parser complain of what an inner one does not know.
        return super().add_subparsers(**{"parser_class": partial(OptionParser, options=self.options), **kwargs})

    @override
    def error(self, message: str) -> NoReturn:
        if match := re.fullmatch(r"unrecognized arguments: (-[^\s=]+).*", message, re.DOTALL):
            # An option of another command is known here, and yet not the one that was meant.
            known = [option.lstrip("-") for option in self.options if option != match[1]]
            message = f"There is no option {match[1]}{nearest_key(match[1].lstrip('-'), known, prefix='--')}"
        raise InputError(message)
