"""Status of a run: the typed content of ``status.json``, which training writes and everything else reads."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin

from resnet_lab.errors import InputError

_Record = TypeVar("_Record", bound="Facts")
_SOURCE = "_source"
"""Attribute with the file that a record was read from."""
_KINDS = {str: "text", int: "whole number", float: "number", bool: "truth value", tuple: "list"}


class MissingFactError(InputError, AttributeError):
    """A fact of a run that its ``status.json`` does not have, because it is foreign or was written halfway."""


class Facts:
    """Part of a ``status.json``. Reading a fact that the file lacks raises :class:`MissingFactError`."""

    if not TYPE_CHECKING:  # mypy would believe every name

        def __getattr__(self, name: str) -> Any:
            if name not in {field.name for field in fields(self)}:
                raise AttributeError(name)
            path = vars(self).get(_SOURCE, "status.json")
            raise MissingFactError(
                f"{path} is damaged or foreign: it lacks {name}. Put the original file back, or leave the run out."
            )


@dataclass(frozen=True, kw_only=True)
class Hardware(Facts):
    """Machine that a run was trained on.

    Attributes:
        device: Type of the device in torch: ``cpu``, ``cuda`` or ``mps``.
        processor: Model name of the processor.
        instructions: Those of the instruction sets AVX2, AVX512-BF16 and AMX-BF16 that the processor has.
        cores: Number of processor cores that the process could use; None if the system does not tell.
        system: Operating system with its version.
        accelerator: Model name of the GPU; None without CUDA.
    """

    device: str
    processor: str
    instructions: tuple[str, ...]
    cores: int | None
    system: str | None = None
    accelerator: str | None = None


@dataclass(frozen=True, kw_only=True)
class RecordedPlan(Facts):
    """Plan of the study that started a run, fixed before the run.

    Attributes:
        study: Name of the study.
        digest: sha256 of its parsed plan, in hexadecimal digits.
    """

    study: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class Start(Facts):
    """Trained weights that a run started from (``model.init_from``).

    Attributes:
        kind: ``run``, ``file`` or ``torchvision``.
        source: Value of ``model.init_from``.
        file: The file that was read.
        weights_sha256: SHA-256 of the weights and of the statistics of BatchNorm by name, in hexadecimal digits.
        taken: Parts of the network that were taken, such as ``layer1`` and ``fc``.
        new: Parts that were drawn as without trained weights.
        run: Name and version of the source, if it is a run; as all that follow.
        checkpoint: ``best`` or ``last``, or the name of another file of the run.
        seed: Seed of the source.
        root: ``data.root`` of the source.
        fingerprint: Fingerprint of its data.
        settings_sha256: SHA-256 of the settings of its training, without network, name and seed.
    """

    kind: str
    source: str
    file: str
    weights_sha256: str
    taken: tuple[str, ...]
    new: tuple[str, ...]
    run: str | None = None
    checkpoint: str | None = None
    seed: int | None = None
    root: str | None = None
    fingerprint: str | None = None
    settings_sha256: str | None = None


@dataclass(frozen=True, kw_only=True)
class Resumption(Facts):
    """One resumption of a run: where it went on, and what had changed since the run began. None means no change.

    Attributes:
        at: Time in UTC, ISO 8601.
        epoch: First epoch of the resumed process; epochs count from 1.
        step: Number of optimizer steps done before.
        threads: As in :class:`Status`.
        hardware: As in :class:`Status`.
        versions: As in :class:`Status`.
        git_commit: As in :class:`Status`.
    """

    at: str
    epoch: int
    step: int
    threads: int | None = None
    hardware: Hardware | None = None
    versions: Mapping[str, str] | None = None
    git_commit: str | None = None


@dataclass(frozen=True, kw_only=True)
class Status(Facts):
    """Content of ``status.json`` (docs/run-folder.md).

    Every finished run has the fields without a default. Most are written at the start. ``epochs``, ``best_epoch``,
    ``wall_seconds``, the speed and the peak memory are written at the end, whatever ends the run. A status that is read
    from a file has only the attributes that the file has, and the defaults of the others: reading an attribute without
    a default raises :class:`MissingFactError` if the file lacks it. A default says what is known of a run that was
    written before the field existed.

    Attributes:
        format: Version of the format of the run folder.
        status: ``running``, ``finished``, ``diverged``, ``failed`` or ``interrupted``; None in a file that does not say
            it.
        started: Start of the run in UTC, ISO 8601.
        ended: End of its last process in UTC, ISO 8601.
        error: Type and message of the error of a failed or diverged run.
        resumed: The resumptions, the latest last.
        name: Name of the run.
        arm: Name of the network, such as ``Plain-34``.
        parameters: Number of parameters.
        seed: The seed.
        root: ``data.root``.
        classes: Names of the classes, in the order of their indices.
        split_sizes: Number of images per split: ``train``, ``val``, ``test``.
        class_counts: Number of images per split and class, in the order of ``classes``; None if not recorded.
        fingerprint: SHA-256 of images, labels and split, in hexadecimal digits.
        skipped: Images left out because they cannot be used, each with the reason; None if not recorded.
        leaks: Number of contents in two splits or under two labels; None if not recorded.
        max_epochs: Number of epochs planned; not positive, or None, without a plan.
        precision: Lightning's ``trainer.precision``.
        threads: Number of threads of torch per process.
        workers: Number of data-loader workers per process.
        processes: World size. Early runs had one process.
        batch_size: Images per batch and process.
        batch_size_effective: Images per optimizer step.
        compiled: Whether ``--compile`` was given.
        allocator: The memory allocator, such as ``mimalloc`` or ``system``; None if not recorded.
        gflops_per_image: 10^9 operations per image of a training step, forward and backward.
        peak_gflops: 10^9 operations per second of the fastest matrix product, of one process; None if not measured.
        hardware: The machine.
        versions: Version per package.
        git_commit: Commit of the checkout, with ``-dirty`` if it had changes; None outside a checkout.
        plan: The plan of the study that started the run; None if no study did, or before runs recorded it.
        init_from: The trained weights that the run started from; None if all its weights were drawn.
        epochs: Number of epochs done.
        best_epoch: Epoch of the ``best`` checkpoint; None if no epoch was validated.
        wall_seconds: Seconds of the whole fit.
        images_per_second: Images of all processes per second of the training loop; None after a single epoch.
        data_wait: Share of that time spent waiting for data, 0 to 1.
        peak_share: Share of the peak of all processes that the training reached, 0 to 1.
        peak_memory_mb: Largest resident set of the process in MB (10^6 bytes).
        peak_accelerator_memory_mb: Most memory that tensors took on the GPU in MB (10^6 bytes); None without CUDA.
        digests: SHA-256 of result files by name, in hexadecimal digits (:mod:`~resnet_lab.runs.digests`); None if not
            recorded.
    """

    format: int = 0
    status: str | None = None
    started: str
    ended: str | None = None
    error: str | None = None
    resumed: tuple[Resumption, ...] = ()
    name: str
    arm: str
    parameters: int
    seed: int
    root: str
    classes: tuple[str, ...]
    split_sizes: Mapping[str, int]
    class_counts: Mapping[str, tuple[int, ...]] | None = None
    fingerprint: str
    skipped: tuple[str, ...] | None = None
    leaks: int | None = None
    max_epochs: int | None
    precision: str
    threads: int
    workers: int | None = None
    processes: int = 1
    batch_size: int | None = None
    batch_size_effective: int | None = None
    compiled: bool = False
    allocator: str | None = None
    gflops_per_image: float | None = None
    peak_gflops: float | None = None
    hardware: Hardware
    versions: Mapping[str, str]
    git_commit: str | None
    plan: RecordedPlan | None = None
    init_from: Start | None = None
    epochs: int
    best_epoch: int | None
    wall_seconds: float
    images_per_second: float | None = None
    data_wait: float | None = None
    peak_share: float | None = None
    peak_memory_mb: float | None = None
    peak_accelerator_memory_mb: float | None = None
    digests: Mapping[str, str] | None = None

    @property
    def checkpoint_epochs(self) -> dict[str, int | None]:
        """Epoch of the ``last`` and the ``best`` checkpoint."""
        return {"last": self.epochs, "best": self.best_epoch}

    def stages(self) -> list["Status"]:
        """Return the status at the start and at each resumption, which can be on another machine."""
        return [self, *(_record(Status, {**vars(self), **vars(resumption)}) for resumption in self.resumed)]


def parse_status(content: Mapping[str, Any], path: Path) -> Status:
    """Return the content of ``status.json`` as a status. Keys that are no field are passed over.

    Args:
        content: The JSON object.
        path: The file, for the message.

    Raises:
        InputError: A value has another type than its field. The message names the file and the key.
    """
    try:
        return _convert(content, Status, "", path)
    except TypeError as error:
        raise InputError(f"{path} is damaged or foreign: {error}.") from error


def required_fields(kind: type[Status | Hardware]) -> set[str]:
    """Return the names of the fields without a default, which every finished run has."""
    return {field.name for field in fields(kind) if field.default is MISSING}


def _convert(value: Any, kind: Any, key: str, path: Path) -> Any:
    """Return a JSON value as the type of a field.

    Raises:
        TypeError: The value has another type. The message names the key.
    """
    origin, arguments = get_origin(kind) or kind, get_args(kind)
    if origin is UnionType:  # a type, or None
        return None if value is None else _convert(value, arguments[0], key, path)
    if is_dataclass(origin) and isinstance(value, dict):
        types = {field.name: field.type for field in fields(origin)}
        inside = f"{key}." if key else ""
        known = {name: _convert(value[name], types[name], inside + name, path) for name in types if name in value}
        return _record(kind, {_SOURCE: path, **known})
    if origin is tuple and isinstance(value, list):
        return tuple(_convert(item, arguments[0], f"{key}[{index}]", path) for index, item in enumerate(value))
    if origin is Mapping and isinstance(value, dict):
        return {name: _convert(item, arguments[1], f"{key}.{name}", path) for name, item in value.items()}
    if kind in _KINDS and isinstance(value, int | float if kind is float else kind):
        return value
    raise TypeError(f"{key} is no {_KINDS.get(origin, 'object')}")


def _record(kind: type[_Record], attributes: Mapping[str, Any]) -> _Record:
    """Return an instance of a data class with these attributes alone, beside the defaults."""
    record = object.__new__(kind)
    vars(record).update(attributes)
    return record
