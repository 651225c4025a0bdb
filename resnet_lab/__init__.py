"""resnet-lab: Plain-34 against ResNet-34 as a controlled experiment."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resnet_lab.data.module import ImageFolderDataModule
    from resnet_lab.export.predictor import load
    from resnet_lab.model.backbone import ResNet
    from resnet_lab.model.classifier import Classifier

    __version__: str

__all__ = ["Classifier", "ImageFolderDataModule", "ResNet", "load"]

_HOMES = {
    "Classifier": "resnet_lab.model.classifier",
    "ImageFolderDataModule": "resnet_lab.data.module",
    "ResNet": "resnet_lab.model.backbone",
    "load": "resnet_lab.export.predictor",
}


def __getattr__(name: str) -> Any:
    """Resolve the public names on first use, so that importing the package does not import torch."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name == "__version__":
        return import_module("importlib.metadata").version("resnet-lab")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
