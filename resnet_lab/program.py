"""Command line of ``resnet-lab``: as a user types it, and as this program starts itself once more."""

import os
import shlex
import sys
from importlib.machinery import PathFinder
from pathlib import Path

from resnet_lab.errors import printable

_PACKAGE = Path(__file__).parent

PROGRAM = (sys.executable, "-P", "-m", "resnet_lab")
"""``resnet-lab`` of this installation. ``-P`` keeps the working folder, and a script there, off the imports."""


def command_line(*words: object) -> str:
    r"""Return a command of ``resnet-lab`` for the user to paste into a shell, with quotes where the shell needs them.

    >>> command_line("test", Path("my runs/plain34"))
    "resnet-lab test 'my runs/plain34'"
    """
    return " ".join(["resnet-lab", *(quoted(str(word)) for word in words)])


def quoted(word: str) -> str:
    r"""Return a word as a shell reads it, in characters that a terminal shows: other bytes in the escapes of bash.

    >>> print(quoted("my photos"), quoted("it's\x1b"))
    'my photos' $'it\x27s\x1b'
    """
    if printable(word) == word:
        return shlex.quote(word)
    return f"$'{''.join(map(_escaped, word))}'"


def _escaped(character: str) -> str:
    if character not in "\\'" and printable(character) == character:
        return character
    surrogates = "surrogateescape" if "\udc80" <= character <= "\udcff" else "surrogatepass"
    return "".join(f"\\x{byte:02x}" for byte in character.encode(errors=surrogates))


def keep_working_folder_out(folder: str | None = None) -> None:
    """Keep scripts of the user in the working folder from standing for modules of the same name, such as ``random``.

    All processes that this one starts leave the working folder off their imports, those of a data loader too.

    Args:
        folder: The working folder, if it was taken off the imports of this process. If this package lies there and is
            not installed, the folder comes back, as the last one.
    """
    os.environ["PYTHONSAFEPATH"] = "1"
    if folder is None:
        return
    found = PathFinder.find_spec(_PACKAGE.name, sys.path)
    if found is None or found.origin != str(_PACKAGE / "__init__.py"):
        sys.path.append(folder)
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (os.environ.get("PYTHONPATH"), folder)))
