"""What a checkpoint of this package says: checked, and plain values only."""

import math
from pathlib import Path
from typing import Any

from torch.nn import Module

from resnet_lab.checkpoint.reading import read_checkpoint
from resnet_lab.data.normalization import Normalization
from resnet_lab.data.rgb import DecodeRule
from resnet_lab.errors import InputError
from resnet_lab.model.classifier import Classifier

ARCHITECTURE = ("depth", "residual", "shortcut")
PIXELS = {"normalize": "imagenet", "background": "white", "value_range": None}
"""What the pixels go through, and what it was in checkpoints that do not say."""
_LARGEST_IMAGE = 8192
_UNFIT = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What values of a wrong kind end in."""


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint of this package; it cannot make code run.

    Raises:
        InputError: The file is missing, damaged, altered, not one of this package's, or says what cannot be.
    """
    checkpoint = read_checkpoint(path)
    data, model = checkpoint.get("ImageFolderDataModule"), checkpoint.get("hyper_parameters")
    if (
        not isinstance(data, dict)
        or not isinstance(model, dict)
        or not {*ARCHITECTURE} <= model.keys()
        or not {"classes", "image_size", "mean", "std", "fingerprint"} <= data.keys()
    ):
        raise InputError(f"{path} is not a checkpoint of resnet-lab: it does not say what it was trained on.")
    if wrong := _impossible(data, model):
        raise InputError(f"{path} is not a checkpoint of resnet-lab: {wrong}.")
    checkpoint["ImageFolderDataModule"] = PIXELS | data
    return checkpoint


def _impossible(data: dict[str, Any], model: dict[str, Any]) -> str | None:
    """Say which value cannot be; a size is believed only where it is one that a fit could have had."""
    classes, size = data["classes"], data["image_size"]
    if not isinstance(classes, list) or not all(isinstance(name, str) for name in classes):
        return "its classes are no list of names"
    if type(size) is not int or not 1 <= size <= _LARGEST_IMAGE:
        return f"its image_size is {size!r}"
    num_classes = model.get("num_classes", len(classes))
    if type(num_classes) is not int or num_classes != len(classes):
        return f"it names {len(classes)} classes and has num_classes {num_classes!r}"
    for key, least in (("mean", -math.inf), ("std", 0.0)):
        values = data[key]
        if (
            not isinstance(values, list)
            or [type(v) for v in values] != [float] * 3
            or not all(v > least for v in values)
        ):
            return f"its {key} is {values!r}"
    return None


def build_network(path: Path) -> Classifier:
    """Build the network that a checkpoint describes, from plain values, and give it its weights.

    Raises:
        InputError: As :func:`load_checkpoint`; or the weights are not those of the network described.
    """
    content = load_checkpoint(path)
    try:
        outputs = len(content["state_dict"]["backbone.fc.weight"])
        if outputs != len(content["ImageFolderDataModule"]["classes"]):  # before so many are allocated
            raise ValueError(f"its weights are of {outputs} classes")
        model = Classifier(**content["hyper_parameters"])
        model.load_state_dict(content["state_dict"])
    except _UNFIT as error:
        raise InputError(f"{path} does not hold the network that it describes: {error}") from error
    return model


def load_normalisation(path: Path) -> Normalization:
    """Return the mean and deviation that a checkpoint was trained with.

    Raises:
        InputError: As :func:`load_checkpoint`.
    """
    data = load_checkpoint(path)["ImageFolderDataModule"]
    return Normalization(tuple(data["mean"]), tuple(data["std"]))


def load_rule(path: Path) -> DecodeRule:
    """Return the rule by which a checkpoint's images were decoded.

    Raises:
        InputError: As :func:`load_checkpoint`.
    """
    data = load_checkpoint(path)["ImageFolderDataModule"]
    try:
        return DecodeRule(data["background"], data["value_range"] and tuple(data["value_range"]))
    except _UNFIT as error:
        raise InputError(f"{path} does not say how its images were decoded: {error}") from error


def load_weights(model: Module, path: Path) -> None:
    """Give ``model`` the weights of a checkpoint.

    Raises:
        InputError: The file cannot be read, or its weights are those of another network.
    """
    try:
        model.load_state_dict(load_checkpoint(path)["state_dict"])
    except _UNFIT as error:
        raise InputError(f"{path} does not hold the weights of this network: {error}") from error
