"""Formats of an exported network: their files and packages; readable without torch."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from resnet_lab.errors import InputError


@dataclass(frozen=True)
class ExportFormat:
    """One format.

    Attributes:
        name: Word after ``--format``.
        file: Name of the file in the folder of the export.
        writers: Packages beside torch that write and check it, by the name of import, which is also that on PyPI.
        readers: Packages that read it without resnet-lab, by the name on PyPI.
    """

    name: str
    file: str
    writers: tuple[str, ...]
    readers: tuple[str, ...]

    @property
    def suffix(self) -> str:
        """Ending of the file."""
        return Path(self.file).suffix


FORMATS = {
    made.name: made
    for made in (
        ExportFormat("onnx", "model.onnx", ("onnx", "onnxscript", "onnxruntime"), ("onnxruntime", "numpy", "pillow")),
        ExportFormat("torch-export", "model.pt2", (), ("torch", "torchvision", "pillow")),
        ExportFormat(
            "safetensors", "model.safetensors", ("safetensors",), ("safetensors", "torch", "torchvision", "pillow")
        ),
    )
}
"""All formats, by name."""


def format_of(path: Path) -> ExportFormat | None:
    """Return the format of a file by its ending; None for another file, such as a checkpoint.

    >>> format_of(Path("model.PT2")).name
    'torch-export'
    """
    return next((known for known in FORMATS.values() if known.suffix == path.suffix.lower()), None)


def check_installed(formats: Sequence[ExportFormat]) -> None:
    """Refuse formats whose packages are not installed.

    Raises:
        InputError: A package is missing. The message says how to install it.
    """
    for wanted in formats:
        missing = [package for package in wanted.writers if find_spec(package) is None]
        if missing:
            raise InputError(
                f"The format {wanted.name} needs {' and '.join(missing)} (the extra export): "
                f"pip install {' '.join(missing)}"
            )
