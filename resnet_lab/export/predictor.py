"""Predictions from Python: a trained network, from wherever it lies, and photographs in whatever form."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor

from resnet_lab.checkpoint.trained_checkpoint import TrainedCheckpoint
from resnet_lab.data.decode import decode
from resnet_lab.data.pixels import evaluation_transform, resized
from resnet_lab.data.rgb import DecodeRule, to_rgb
from resnet_lab.data.unlabeled_images import UnlabeledImages
from resnet_lab.errors import InputError, printable
from resnet_lab.export.description import NetworkDescription, describe
from resnet_lab.export.formats import format_of
from resnet_lab.export.network_files import Logits, onnx_devices, read_network
from resnet_lab.hardware import default_precision, device_type_of, factor_dtype
from resnet_lab.runs import LOGS, Run, run_of_checkpoint
from resnet_lab.runs.resolve import run_to_evaluate

Photograph = str | os.PathLike[str] | Image.Image | NDArray[np.uint8] | Tensor
"""One photograph, see :meth:`Predictor.predict`."""
_DEVICES = ("auto", "cpu", "gpu", "cuda", "mps")


@dataclass(frozen=True)
class Prediction:
    """Answer of a network for one photograph.

    Attributes:
        label: The most probable class.
        probabilities: Probability of each class, in the order of the network's outputs.
    """

    label: str
    probabilities: Mapping[str, float]

    @property
    def probability(self) -> float:
        """Probability of the most probable class."""
        return self.probabilities[self.label]


class Predictor:
    """Trained network that classifies photographs.

    Attributes:
        description: Classes, image size, normalization, architecture and origin of the network.
        device: Device that computes.
    """

    def __init__(self, description: NetworkDescription, logits: Logits, device: torch.device) -> None:
        self.description = description
        self.device = device
        self._logits = logits
        self._crop: Callable[[Tensor], Tensor] = evaluation_transform(description.image_size)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names, in the order of the network's outputs."""
        return self.description.classes

    @overload  # a path is text, and so iterable, but never several photographs
    def predict(self, photographs: Photograph, *, batch_size: int = 32) -> Prediction: ...  # type: ignore[overload-overlap]
    @overload
    def predict(self, photographs: Iterable[Photograph], *, batch_size: int = 32) -> list[Prediction]: ...
    def predict(
        self, photographs: Photograph | Iterable[Photograph], *, batch_size: int = 32
    ) -> Prediction | list[Prediction]:
        """Classify one photograph, or several.

        A photograph is the path of an image file, a Pillow image, a numpy array of uint8 ``(H, W)``, ``(H, W, 3)`` or
        ``(H, W, 4)``, or a tensor of uint8 ``(1, H, W)`` or ``(3, H, W)``. It has any size: it is resized and cropped
        as in evaluation.

        Args:
            photographs: One photograph, or a list, a generator, an array or a tensor of them.
            batch_size: Photographs that the network takes at once.

        Returns:
            One prediction for one photograph, else a list in the same order.

        Raises:
            InputError: A file cannot be read, or something is no photograph.
        """
        if batch_size < 1:
            raise InputError(f"batch_size is {batch_size}; it must be 1 or more.")
        if _is_one(photographs):
            return self.classify([self._pixels(photographs)])[0]
        assert isinstance(photographs, Iterable)
        found: list[Prediction] = []
        waiting: list[Tensor] = []
        for photograph in photographs:
            waiting.append(self._pixels(photograph))
            if len(waiting) == batch_size:
                found += self.classify(waiting)
                waiting = []
        return found + (self.classify(waiting) if waiting else [])

    def predict_files(
        self, paths: Sequence[Path], *, batch_size: int
    ) -> tuple[list[tuple[Path, Prediction]], dict[Path, str]]:
        """Classify image files. A file that cannot be decoded ends nothing.

        Args:
            paths: The image files.
            batch_size: Images that the network takes at once.

        Returns:
            Each file that was decoded, with its prediction; and the others, each with the reason.
        """
        dataset = UnlabeledImages(paths, self.description.image_size, self.description.rule)
        found: list[Prediction] = []
        for start in range(0, len(paths), batch_size):
            found += self.classify([dataset[k][0] for k in range(start, min(start + batch_size, len(paths)))])
        decoded = [(path, one) for path, one in zip(paths, found, strict=True) if path not in dataset.unreadable]
        return decoded, dataset.unreadable

    def _pixels(self, photograph: Any) -> Tensor:
        """Return the pixels that the network sees, uint8 ``(3, S, S)``."""
        rule = self.description.rule
        return self._crop(resized(_decoded(photograph, rule), self.description.image_size, rule))

    def classify(self, pixels: Sequence[Tensor]) -> list[Prediction]:
        """Return the predictions for one batch of what the network sees, each uint8 ``(3, S, S)``."""
        with torch.inference_mode():
            images = self.description.normalization(torch.stack(list(pixels)).to(self.device))
            probabilities = self._logits(images).double().softmax(dim=1).tolist()
        named = [dict(zip(self.classes, values, strict=True)) for values in probabilities]
        return [Prediction(max(values, key=values.__getitem__), values) for values in named]


def load(
    source: str | os.PathLike[str],
    *,
    device: str | torch.device = "auto",
    checkpoint: str = "best",
    logs: str | os.PathLike[str] = LOGS,
) -> Predictor:
    """Load a trained network for predictions.

    ``resnet_lab.load("plain34").predict("photo.jpg").label`` is the class of one photograph.

    Args:
        source: The name of runs (the newest finished one is taken), a run folder, a checkpoint file, or a file of
            ``resnet-lab export``. A run computes in the precision of its training, a file of an export in float32.
        device: ``auto``, ``cpu``, ``gpu``, ``cuda`` or ``mps``, as Lightning's ``accelerator``.
        checkpoint: Checkpoint of a run, ``best`` or ``last``.
        logs: Folder of all runs.

    Raises:
        InputError: There is no such run or file, it cannot be read, or there is no such device here.
    """
    if source is None or not os.fspath(source):
        raise InputError("The source is empty: give the name of runs, a run folder, a checkpoint or a file of export.")
    chosen = _device(str(device))
    path = Path(source)
    if format_of(path) is not None:
        if str(device) == "auto" and path.suffix.lower() == ".onnx" and chosen.type not in onnx_devices():
            chosen = torch.device("cpu")
        return Predictor(*read_network(path, chosen), chosen)
    if path.is_file() or path.suffix == ".ckpt":
        run, which = run_of_checkpoint(path), path.stem
    else:
        if checkpoint not in ("best", "last"):
            raise InputError(f"checkpoint {checkpoint} is not known: give best or last.")
        run, which = run_to_evaluate(os.fspath(source), Path(logs)), checkpoint
        path = run.checkpoints[which]
    trained = TrainedCheckpoint.read(path)
    with torch.random.fork_rng(devices=[]):  # the network draws initial weights
        network = trained.network().backbone.eval()
    description = describe(trained, _network_name(trained, run), run.label if run else None, which)
    return Predictor(description, _in_precision(network, _precision(run), chosen), chosen)


def _network_name(trained: TrainedCheckpoint, run: Run | None) -> str:
    return run.status().arm if run else f"{'ResNet' if trained.hyper_parameters['residual'] else 'Plain'} network"


def _precision(run: Run | None) -> str:
    """Return the precision of a run, in which ``predict`` computes too; the machine's default outside a run."""
    own = run.config()["trainer"]["precision"] if run and run.config_path.exists() else None
    return str(own or default_precision("auto"))


def _in_precision(network: torch.nn.Module, precision: str, device: torch.device) -> Logits:
    """Return a network as a function that computes in a precision of Lightning."""
    kind = precision.partition("-")[2]
    dtype = factor_dtype(precision)
    if dtype is None or kind not in ("true", "mixed"):
        raise InputError(f"The precision {precision} of this run is known to Lightning alone: export the run first.")
    own = dtype if kind == "true" else torch.float32
    network = network.to(device).to(own)

    def context() -> AbstractContextManager[Any]:
        return torch.autocast(device.type, dtype=dtype) if kind == "mixed" else nullcontext()

    def logits(images: Tensor) -> Tensor:
        with context():
            found: Tensor = network(images.to(own).contiguous(memory_format=torch.channels_last))
        return found.float()

    return logits


def _device(word: str) -> torch.device:
    """Return the device that one of Lightning's words means."""
    if word not in _DEVICES:
        raise InputError(f"device {word} is not known: give one of {', '.join(_DEVICES)}.")
    kind = device_type_of(word)
    if kind == "cpu" and word not in ("auto", "cpu"):
        raise InputError(
            f"device {word} is not there on this machine, or torch was built without it: give auto or cpu."
        )
    return torch.device(kind)


def _is_one(photographs: Any) -> bool:
    """Return whether something is one photograph. An array or tensor of four dimensions holds several."""
    if isinstance(photographs, np.ndarray | Tensor):
        return photographs.ndim < 4
    return isinstance(photographs, str | os.PathLike | Image.Image) or not isinstance(photographs, Iterable)


def _decoded(photograph: Any, rule: DecodeRule) -> Image.Image:
    """Return a photograph as 8-bit RGB."""
    if isinstance(photograph, str | os.PathLike):
        path = Path(photograph)
        if path.is_dir():
            raise InputError(
                f"{printable(path)} is a folder: give the image files in it, for example its glob('*.jpg')."
            )
        if not path.exists():
            raise InputError(f"There is no file {printable(path)}.")
        return decode(path, rule)
    if isinstance(photograph, Tensor):
        if photograph.ndim != 3 or photograph.shape[0] not in (1, 3):
            raise InputError(
                f"A tensor of shape {tuple(photograph.shape)} is no photograph: give (3, H, W) or (1, H, W)."
            )
        photograph = photograph.detach().cpu().permute(1, 2, 0).squeeze(2).numpy()
    if isinstance(photograph, np.ndarray):
        photograph = _from_array(photograph)
    if not isinstance(photograph, Image.Image):
        raise InputError(
            f"An object of type {type(photograph).__name__} is no photograph: give a path, a Pillow image, an array or "
            "a tensor."
        )
    try:
        upright = ImageOps.exif_transpose(photograph)
        return to_rgb(upright, upright.mode, rule)
    except (OSError, ValueError) as error:
        raise InputError(f"The image cannot be used: {error}") from error


def _from_array(values: NDArray[Any]) -> Image.Image:
    if values.dtype != np.uint8:
        raise InputError(
            f"An array or tensor of {values.dtype} is not clear about its range: give uint8, from 0 to 255 (of floats "
            "from 0 to 1: (255 * x).round())."
        )
    if not (values.ndim == 2 or (values.ndim == 3 and values.shape[2] in (3, 4))) or not values.size:
        raise InputError(f"An array of shape {values.shape} is no photograph: give (H, W), (H, W, 3) or (H, W, 4).")
    return Image.fromarray(np.ascontiguousarray(values))
