"""Description of an exported network, which lies in its file: classes, pixels, architecture and origin."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from resnet_lab.checkpoint.trained_checkpoint import TrainedCheckpoint
from resnet_lab.data.normalization import Normalization
from resnet_lab.data.rgb import DecodeRule, short_side
from resnet_lab.errors import InputError
from resnet_lab.model.rung import RUNG_KEYS

KEY = "resnet_lab"
"""Key of the metadata of a file under which the description lies, as JSON."""
_FORMAT = 1
_UNFIT = (AttributeError, LookupError, TypeError, ValueError)
_PIXELS = {
    "input": "images: float32 (batch, 3, image_size, image_size), RGB, (value / 255 - mean) / std",
    "output": "logits: float32 (batch, classes); softmax gives probabilities",
    "resize": "bilinear with antialiasing, the short side to short_side, the long side rounded down; then the center "
    "crop of image_size",
}
"""Meaning of the numbers, for a reader of the metadata."""


@dataclass(frozen=True)
class NetworkDescription:
    """What a user of an exported network needs beside its weights.

    Attributes:
        network: Name of the network, such as ``ResNet-34``.
        classes: Class names, in the order of the outputs.
        image_size: Side in pixels of the square that the network sees.
        short_side: Short side in pixels to which a photograph is resized before the crop.
        mean: Mean per channel, on the scale of 0 to 1.
        std: Standard deviation per channel.
        decode: ``background``, ``value_range`` and ``color`` of :class:`DecodeRule`: treatment of transparency, deep
            gray and color profiles.
        architecture: Arguments of :class:`~resnet_lab.model.backbone.ResNet`.
        origin: Origin of the weights: ``run``, ``checkpoint``, ``epoch``, ``checksum`` and ``data`` (the fingerprint).
    """

    network: str
    classes: tuple[str, ...]
    image_size: int
    short_side: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    decode: Mapping[str, Any]
    architecture: Mapping[str, Any]
    origin: Mapping[str, Any]

    @property
    def normalization(self) -> Normalization:
        """Mean and standard deviation, as a function of uint8 images."""
        return Normalization(tuple(self.mean), tuple(self.std))

    @property
    def rule(self) -> DecodeRule:
        """Choices in decoding, and the short side."""
        value_range = self.decode["value_range"]
        return DecodeRule(
            self.decode["background"], value_range and tuple(value_range), self.decode["color"], self.short_side
        )

    def as_json(self) -> str:
        """Return the description as JSON."""
        return json.dumps({"format": _FORMAT, **asdict(self), **_PIXELS}, ensure_ascii=False)


def describe(checkpoint: TrainedCheckpoint, network: str, run: str | None, which: str) -> NetworkDescription:
    """Return the description of the network of a checkpoint.

    Args:
        checkpoint: The checkpoint.
        network: Name of the network.
        run: Name and version of its run; None for a checkpoint outside a run folder.
        which: ``best``, ``last`` or the name of the file.
    """
    hyper_parameters = checkpoint.hyper_parameters
    architecture = ("depth", "residual", "shortcut", *RUNG_KEYS)
    pixels = checkpoint.pixel_path
    return NetworkDescription(
        network=network,
        classes=checkpoint.classes,
        image_size=checkpoint.image_size,
        short_side=short_side(checkpoint.image_size, checkpoint.rule),
        mean=checkpoint.normalization.mean,
        std=checkpoint.normalization.std,
        decode={key: pixels[key] for key in ("background", "value_range", "color")},
        architecture={
            **{key: hyper_parameters[key] for key in architecture if key in hyper_parameters},
            "num_classes": len(checkpoint.classes),
        },
        origin={
            "run": run,
            "checkpoint": which,
            "epoch": checkpoint.epoch,
            "checksum": checkpoint.checksum,
            "data": checkpoint.fingerprint,
        },
    )


def parse_description(text: str | None, path: object) -> NetworkDescription:
    """Return the description in the metadata of a file.

    Args:
        text: The JSON text; None if the file has none.
        path: The file, for the message.

    Raises:
        InputError: The file is no export of this package, or of a newer version.
    """
    if text is None:
        raise InputError(f"{path} is no export of resnet-lab: its metadata have no key {KEY}.")
    try:
        content = json.loads(text)
        if content["format"] > _FORMAT:
            raise InputError(f"{path} has format {content['format']}; this resnet-lab reads up to {_FORMAT}.")
        values = {key: content[key] for key in NetworkDescription.__dataclass_fields__}
        found = NetworkDescription(
            **values | {key: tuple(values[key]) for key in ("classes", "mean", "std")},
        )
        fits = (
            all(isinstance(name, str) for name in found.classes)
            and found.architecture["num_classes"] == len(found.classes) > 0
            and found.short_side >= found.image_size > 0
            and len([float(number) for number in (*found.mean, *found.std)]) == 6
        )
        if not fits or not isinstance(found.rule, DecodeRule):
            raise ValueError("its values do not fit together")
    except InputError:
        raise
    except _UNFIT as error:
        raise InputError(f"{path} is no export of resnet-lab: its description cannot be used ({error!r}).") from error
    return found
