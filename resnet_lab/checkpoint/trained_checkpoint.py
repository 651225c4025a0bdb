"""Trained checkpoint: one file, read and checked once, for everything that uses it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch.nn import Module

from resnet_lab.checkpoint.reading import read_checkpoint
from resnet_lab.config.historic_defaults import LATER
from resnet_lab.data.normalization import Normalization
from resnet_lab.data.rgb import DecodeRule
from resnet_lab.errors import InputError
from resnet_lab.model.classifier import Classifier
from resnet_lab.runs.start import network_settings

_ARCHITECTURE = ("depth", "residual", "shortcut")
_LATER_PIXELS = {key: LATER[f"data.{key}"] for key in ("normalize", "background", "value_range", "color", "short_side")}
"""Treatment of pixels by versions that did not record it in the checkpoint."""
_LARGEST_IMAGE = 8192
_UNFIT = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""Errors that values of a wrong kind end in."""


@dataclass(frozen=True, eq=False)
class TrainedCheckpoint:
    """Content of a checkpoint of this package.

    Attributes:
        path: The file.
        hyper_parameters: Arguments of :class:`Classifier`.
        classes: Class names, in order.
        pixel_path: ``image_size``, ``normalize`` and the keys of the rule, as the data module names them.
        normalization: Mean and standard deviation of each channel.
        rule: How image files were decoded.
        fingerprint: Fingerprint of the data.
        epoch: Epochs of training done; None in a file that does not say.
        checksum: SHA-256 of the content; None in a file of version 0.1.
        weights: State of the model.
    """

    path: Path
    hyper_parameters: Mapping[str, Any]
    classes: tuple[str, ...]
    pixel_path: Mapping[str, Any]
    normalization: Normalization
    rule: DecodeRule
    fingerprint: str
    epoch: int | None
    checksum: str | None
    weights: Mapping[str, Any] = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> "TrainedCheckpoint":
        """Read a file, once. Nothing in it runs.

        Raises:
            InputError: The file is missing, damaged, altered, not of this package, or holds impossible values.
        """
        content = read_checkpoint(path)
        data, model = content.get("ImageFolderDataModule"), content.get("hyper_parameters")
        if (
            not isinstance(data, dict)
            or not isinstance(model, dict)
            or not {*_ARCHITECTURE} <= model.keys()
            or not {"classes", "image_size", "mean", "std", "fingerprint"} <= data.keys()
        ):
            raise InputError(f"{path} is not a checkpoint of resnet-lab: it does not say what it was trained on.")
        if wrong := _impossible(data, model):
            raise InputError(f"{path} is not a checkpoint of resnet-lab: {wrong}.")
        pixels = {"image_size": data["image_size"]} | {key: data.get(key, old) for key, old in _LATER_PIXELS.items()}
        try:
            rule = DecodeRule.of_options(pixels)
        except _UNFIT as error:
            raise InputError(f"{path} does not say how its images were decoded: {error}") from error
        epoch = content.get("epoch")
        return cls(
            path=path,
            hyper_parameters=model,
            classes=tuple(data["classes"]),
            pixel_path=pixels,
            normalization=Normalization(tuple(data["mean"]), tuple(data["std"])),
            rule=rule,
            fingerprint=str(data["fingerprint"]),
            epoch=epoch + 1 if type(epoch) is int else None,
            checksum=content.get("checksum"),
            weights=content.get("state_dict", {}),
        )

    @property
    def image_size(self) -> int:
        """Side of an image in pixels."""
        return int(self.pixel_path["image_size"])

    def network(self) -> Classifier:
        """Build the network from the hyper-parameters, with the weights of the checkpoint.

        Raises:
            InputError: The hyper-parameters describe no network, or one that the weights do not fit.
        """
        try:
            outputs = len(self.weights["backbone.fc.weight"])
            if outputs != len(self.classes):  # checked before memory for so many classes is taken
                raise ValueError(f"its weights are of {outputs} classes")
            model = Classifier(**self.hyper_parameters)
            model.load_state_dict(self.weights)
        except _UNFIT as error:
            raise InputError(f"{self.path} does not hold the network that it describes: {error}") from error
        return model

    def load_into(self, model: Module) -> None:
        """Replace the weights of a model by those of the checkpoint.

        Raises:
            InputError: The weights are those of another network.
        """
        try:
            model.load_state_dict(self.weights)
        except _UNFIT as error:
            raise InputError(f"{self.path} does not hold the weights of this network: {error}") from error

    def check_fits(self, *, model: Mapping[str, Any], classes: Sequence[str], data: Mapping[str, Any]) -> None:
        """Compare the checkpoint with the config that it is used under.

        Stock LightningCLI (2.6) would silently lay the hyper-parameters of the checkpoint over the config and the
        command line, and so score a residual network under the name of a plain one.

        Args:
            model: ``depth``, ``residual`` and the keys of the shortcut, of the config.
            classes: Class names of the data, in order.
            data: ``image_size``, ``normalize`` and the keys of the rule of the config.

        Raises:
            InputError: They differ; every difference is named.
        """
        found = network_settings(self.hyper_parameters) | {"classes": list(self.classes)}
        wanted = network_settings(model) | {"classes": list(classes)}
        for key, value in self.pixel_path.items():
            found[key], wanted[key] = value, data[key]
        if not (found["residual"] or wanted["residual"]):
            found["shortcut"] = wanted["shortcut"]  # without effect in a plain network
        differences = [
            f"{key} is {found[key]} there and {wanted[key]} here" for key in wanted if found[key] != wanted[key]
        ]
        if differences:
            raise InputError(
                f"{self.path} does not fit the config: {'; '.join(differences)}. "
                "Give the config that the run was made with: config.yaml in its run folder."
            )


def _impossible(data: Mapping[str, Any], model: Mapping[str, Any]) -> str | None:
    """Return which value is impossible. A size is believed only if a fit could have had it."""
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
