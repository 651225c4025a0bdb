"""Start weights of a fit: trained weights from a checkpoint, a file of weights or torchvision, put into a network."""

import hashlib
import http.client
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from resnet_lab.checkpoint.content import checksum, overstated
from resnet_lab.checkpoint.reading import read_checkpoint
from resnet_lab.checkpoint.start_source import StartSource
from resnet_lab.checkpoint.trained_checkpoint import TrainedCheckpoint
from resnet_lab.data.torchvision_sets import answered_within
from resnet_lab.errors import InputError, printable
from resnet_lab.model.classifier import Classifier
from resnet_lab.runs.start import other_network, training_settings
from resnet_lab.runs.status import Start

_HEAD = "fc"
_PREFIX = "backbone."
_DESCRIPTION = "resnet_lab"
"""Key of the metadata under which an exported file has its description, as JSON."""
_COUNTER = "num_batches_tracked"
"""Number of batches that a BatchNorm has seen. Older files lack it, and it changes no result."""
_SECONDS = 10
"""Seconds without an answer or a byte after which a download is given up."""
_RECIPE = "IMAGENET1K_V1"
"""torchvision's first weights: one recipe for all depths. Depths 18 and 34 have no other."""


@dataclass(frozen=True)
class _Weights:
    """Weights of a file by the names of :class:`ResNet`, which are torchvision's; and its classes, if it says them."""

    file: Path
    tensors: Mapping[str, Tensor]
    classes: tuple[str, ...] | None = None
    epoch: int | None = None


def weights_file(source: StartSource, depth: int) -> Path:
    """Return the file of the weights; those of torchvision are downloaded once.

    Args:
        source: The source.
        depth: Depth of the network.

    Raises:
        InputError: The file cannot be downloaded.
    """
    return source.file or _of_torchvision(depth)


def start_from(model: Classifier, source: StartSource, file: Path, classes: Sequence[str]) -> dict[str, Any]:
    """Give a network the weights of a source, with the statistics of BatchNorm.

    The head is taken if the source names the same classes in the same order. Otherwise it stays as it was drawn, by the
    seed of the fit.

    Args:
        model: The model, with the weights that were drawn for the fit.
        source: The source.
        file: Its file (:func:`weights_file`).
        classes: Class names of the fit, in order.

    Returns:
        The fields of :class:`~resnet_lab.runs.status.Start` in plain types, and ``epoch`` of the source, if known.

    Raises:
        InputError: The file cannot be read, or holds other weights than those of the network.
    """
    weights = _read(file, model)
    taken = _take(model, weights, with_head=weights.classes == tuple(classes))
    found: dict[str, Any] = {
        "kind": source.kind,
        "source": source.word,
        "file": str(file.absolute()),
        "weights_sha256": checksum(dict(sorted(weights.tensors.items()))),
        "taken": taken,
        "new": [name for name, _ in model.backbone.named_children() if name == _HEAD and name not in taken],
    }
    if source.run is None:
        return found
    status = source.run.status()
    return found | {
        "run": source.run.label,
        "checkpoint": file.stem if file.parent.name == "checkpoints" else file.name,
        "epoch": weights.epoch,
        "seed": status.seed,
        "root": status.root,
        "fingerprint": status.fingerprint,
        "settings_sha256": training_settings(source.run),
    }


def start_again(model: Classifier, start: Start) -> None:
    """Give a network the weights that a run started from, once more.

    Args:
        model: The model, with the weights that were drawn for the run.
        start: The record of the run.

    Raises:
        InputError: The file is gone, or holds other weights.
    """
    file = Path(start.file)
    if not file.is_file():
        raise InputError(f"This run started from the weights in {printable(file)}, which is gone: put it back.")
    weights = _read(file, model)
    if checksum(dict(sorted(weights.tensors.items()))) != start.weights_sha256:
        raise InputError(
            f"This run started from the weights in {printable(file)}, which holds other weights now: put the file back."
        )
    _take(model, weights, with_head=_HEAD in start.taken)


def start_line(start: Mapping[str, Any]) -> str:
    """Return one line on what a network was given, and what is new.

    Args:
        start: From :func:`start_from`.
    """
    of = f"{start['run']}, {start['checkpoint']} checkpoint" if start["kind"] == "run" else start["source"]
    epoch = f" of epoch {start['epoch']}" if start.get("epoch") else ""
    head = "the head fc is new, as the classes are others or not named" if start["new"] else "also the head fc"
    return f"weights {printable(of)}{epoch} (SHA-256 {start['weights_sha256'][:12]}): every layer is taken, {head}"


def _take(model: Classifier, weights: _Weights, *, with_head: bool) -> list[str]:
    """Copy weights into the network of a model and return the names of the parts that were taken.

    Raises:
        InputError: The weights are those of another network. The network is then as it was.
    """
    wanted = {
        name: tensor
        for name, tensor in model.backbone.state_dict().items()
        if with_head or name.partition(".")[0] != _HEAD
    }
    offered = {name: t for name, t in weights.tensors.items() if with_head or name.partition(".")[0] != _HEAD}
    _refuse_other_names(weights.file, wanted, offered)
    for name, tensor in offered.items():
        if tensor.shape != wanted[name].shape:
            raise InputError(
                f"{printable(weights.file)} is of a network of another width or depth: {name} is "
                f"{tuple(tensor.shape)} there and {tuple(wanted[name].shape)} here."
            )
        if not tensor.isfinite().all():
            raise InputError(
                f"{printable(weights.file)} holds values in {name} that are no numbers: take another file."
            )
    with torch.no_grad():
        for name, tensor in offered.items():
            wanted[name].copy_(tensor)
    model.needs_start = False
    return list(dict.fromkeys(name.partition(".")[0] for name in wanted))


def _refuse_other_names(file: Path, wanted: Mapping[str, Tensor], offered: Mapping[str, Tensor]) -> None:
    lacking = [name for name in wanted if name not in offered and not name.endswith(_COUNTER)]
    foreign = [name for name in offered if name not in wanted]
    if not lacking and not foreign:
        return
    said = f"it lacks {lacking[0]}" if lacking else f"it has {printable(foreign[0])}, which this network has not"
    way_out = "give the depth and the shortcut that it has, or a file with torchvision's names"
    if any(".downsample." in name for name in (*lacking, *foreign)):
        way_out = "projections (downsample) are of shortcut B and C, and shortcut A and plain networks have none"
    raise InputError(f"{printable(file)} is of another network: {said}; {way_out}.")


def _read(file: Path, model: Classifier) -> _Weights:
    """Return the weights of a file. Nothing in it runs.

    Raises:
        InputError: The file is damaged, holds no weights, or is a checkpoint of another network.
    """
    if file.suffix == ".safetensors":
        return _read_safetensors(file, model)
    content = read_checkpoint(file) if zipfile.is_zipfile(file) else _read_old(file)
    if {"state_dict", "hyper_parameters"} <= content.keys():
        return _of_checkpoint(TrainedCheckpoint.read(file), model)
    return _Weights(file, _tensors(file, content))


def _of_checkpoint(trained: TrainedCheckpoint, model: Classifier) -> _Weights:
    if other := other_network(trained.hyper_parameters, model.hparams):
        raise _of_another_network(trained.path, other)
    return _Weights(trained.path, _tensors(trained.path, trained.weights), trained.classes, trained.epoch)


def _of_another_network(file: Path, other: Sequence[str]) -> InputError:
    return InputError(f"{printable(file)} is of another network: {'; '.join(other)}.")


def _read_old(file: Path) -> dict[str, Any]:
    """Return the content of a file that torch wrote before 2020, which is no zip archive."""
    try:
        content = torch.load(file, map_location="cpu", weights_only=True)
        refused = overstated(content, file.stat().st_size)
    except MemoryError:
        raise
    except Exception as error:  # torch.load raises half a dozen kinds on a damaged file
        raise InputError(f"{printable(file)} cannot be read: it is truncated, or holds no weights.") from error
    if refused is not None or not isinstance(content, dict):
        raise InputError(f"{printable(file)} is not loaded: {refused or 'it holds no weights by name'}.")
    return content


def _read_safetensors(file: Path, model: Classifier) -> _Weights:
    try:
        from safetensors import SafetensorError, safe_open
    except ImportError as error:
        raise InputError(
            f"{printable(file)} needs the package safetensors: pip install 'resnet-lab[export]'."
        ) from error
    try:
        with safe_open(file, framework="pt") as opened:
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 (it is no mapping)
            metadata = opened.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise InputError(
            f"{printable(file)} cannot be read ({error}): it is truncated or no safetensors file."
        ) from error
    try:  # the description that an export of this package has
        described = json.loads(metadata.get(_DESCRIPTION, "{}"))
        classes, architecture = described.get("classes"), described.get("architecture", model.hparams)
        other = other_network({"shortcut": "A", **architecture}, model.hparams)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise InputError(f"{printable(file)} has a description that cannot be used ({error!r}).") from error
    if other:
        raise _of_another_network(file, other)
    return _Weights(file, _tensors(file, tensors), tuple(classes) if isinstance(classes, list) else None)


def _tensors(file: Path, content: Mapping[Any, Any]) -> dict[str, Tensor]:
    """Return the tensors of a network by the names of :class:`ResNet`."""
    tensors = {
        name.removeprefix(_PREFIX): tensor
        for name, tensor in content.items()
        if isinstance(name, str) and isinstance(tensor, Tensor)
    }
    if not tensors or len(tensors) < len(content):
        raise InputError(
            f"{printable(file)} holds no weights by name: give a state dict, such as torch.save(net.state_dict())."
        )
    return tensors


def _of_torchvision(depth: int) -> Path:
    """Return the file of torchvision's weights, in the folder where torchvision keeps it; it is downloaded once."""
    url = _torchvision_url(depth)
    target = Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2]
    by_hand = f"fetch {url} and put it at {printable(target)}"
    if not target.is_file():
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with answered_within(_SECONDS):
                torch.hub.download_url_to_file(url, str(target), progress=False)
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = " ".join(str(error).split())
            raise InputError(f"torchvision's weights cannot be downloaded ({reason}): {by_hand}.") from error
    if not _has_sum_of_its_name(target):
        raise InputError(f"{printable(target)} is damaged, its SHA-256 is not that of its name: remove it, {by_hand}.")
    return target


def _torchvision_url(depth: int) -> str:
    from torchvision.models import get_weight

    return str(get_weight(f"ResNet{depth}_Weights.{_RECIPE}").url)


def _has_sum_of_its_name(file: Path) -> bool:
    """Return whether the SHA-256 of a file begins with the digits in its name, such as ``resnet34-b627a593.pth``."""
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return digest.startswith(file.stem.rpartition("-")[2])
