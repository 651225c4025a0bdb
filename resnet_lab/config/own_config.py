"""Own config of a run, ``config.yaml`` in its folder: where it lies, and the part of it that an evaluation takes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

_TAKING_COMMANDS = frozenset({"validate", "test", "predict"})
_GROUPS = ("model", "data")
_VALUES = ("name", "seed_everything", "compile")
_ACCELERATORS = frozenset({"auto", "cpu", "cuda", "gpu", "mps"})


def is_own_config(path: Path) -> bool:
    """Return whether a config is the own config of a run."""
    return path.name == "config.yaml" and (path.absolute().parent / "status.json").exists()


def is_for_evaluation(command: str, path: Path) -> bool:
    """Return whether a command evaluates the run that a config belongs to, so that it takes a part of the config.

    Args:
        command: ``fit``, ``validate``, ``test`` or ``predict``. ``fit`` repeats or resumes the run, and takes it all.
        path: The config.
    """
    return command in _TAKING_COMMANDS and is_own_config(path)


def for_evaluation(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an evaluation takes from a run's own config as settings: the network and the data.

    A run folder can come from somebody else. No class that its config names is imported: no callback, logger, profiler
    or plugin of the training. Limits of the training and its number of processes are left out too.

    Args:
        config: Content of the file.

    >>> for_evaluation({"name": "a", "model": {"depth": 20}, "trainer": {"profiler": "simple"}})
    {'name': 'a', 'model': {'depth': 20}}
    """
    taken = {key: config[key] for key in _VALUES if isinstance(config.get(key), str | int)}
    return taken | {group: dict(config[group]) for group in _GROUPS if isinstance(config.get(group), Mapping)}


def arithmetic(trainer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what says how a run computed its numbers: ``accelerator`` and ``deterministic``, in plain values.

    They are no settings for a parser, which would take the text ``package.Class``, or the name of a file beside the
    config, for an accelerator to import.

    Args:
        trainer: ``trainer`` of the run's config.

    >>> arithmetic({"accelerator": "cpu", "deterministic": None}), arithmetic({"accelerator": "package.Class"})
    ({'accelerator': 'cpu'}, {})
    """
    accelerator, deterministic = trainer.get("accelerator"), trainer.get("deterministic")
    found: dict[str, Any] = {}
    if isinstance(accelerator, str) and accelerator in _ACCELERATORS:
        found["accelerator"] = accelerator
    if deterministic in (True, False, "warn"):
        found["deterministic"] = deterministic
    return found
