"""Folder of an export: its name, and refusal to replace what is in it; readable without torch."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from resnet_lab.errors import InputError
from resnet_lab.export.formats import ExportFormat
from resnet_lab.files import read_text
from resnet_lab.runs import Run

CARD = "README.md"
_SIGNATURE = "\n<!-- written by resnet-lab export, {digest} -->\n"


def export_folder(run: Run, which: str) -> Path:
    """Return the folder of the files of a checkpoint, ``best`` or ``last``.

    >>> export_folder(Run(Path("version_0")), "best").name, export_folder(Run(Path("version_0")), "last").name
    ('exported', 'exported-last')
    """
    return run.path / ("exported" if which == "best" else f"exported-{which}")


def signed(card: str) -> str:
    """Return the text of a model card with a last line that tells an edited card from one that was only written."""
    return card + _SIGNATURE.format(digest=hashlib.sha256(card.encode()).hexdigest())


def is_unedited(text: str) -> bool:
    """Return whether a model card is as :func:`signed` returned it.

    >>> is_unedited(signed("# Card")), is_unedited(signed("# Card") + "a word"), is_unedited("# Card")
    (True, False, False)
    """
    card, _, _ = text.rpartition(_SIGNATURE.partition("{")[0])
    return text == signed(card)


def refuse_to_replace(folder: Path, formats: Sequence[ExportFormat]) -> None:
    """Refuse an export that would replace a file, or a model card that somebody has edited.

    Args:
        folder: The folder of the export.
        formats: The formats that are written.

    Raises:
        InputError: Such a file exists.
    """
    for wanted in formats:
        if (folder / wanted.file).exists():
            raise InputError(f"{folder / wanted.file} exists: remove it, or replace it with --overwrite.")
    card = folder / CARD
    try:
        edited = card.exists() and not is_unedited(read_text(card))
    except UnicodeDecodeError:
        edited = True
    if edited:
        raise InputError(f"{card} was edited by hand: move it away, or replace it with --overwrite.")
