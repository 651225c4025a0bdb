"""What a comparison varies, and what it holds fixed: the data, the software, the machine, the length of training."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from resnet_lab.comparison.selection import label
from resnet_lab.runs import Run

_ABSENT = "absent"
_FACTOR_GROUPS = ("model.", "data.")
# Keys that change no bit of a run, and those whose effect is a condition of its own: the fingerprint is the data's.
_PASSED_OVER = {
    *(f"data.{key}" for key in ("root", "num_workers", "cache", "on_bad_image", "allow_leaks")),
    *(f"trainer.{key}" for key in ("accelerator", "precision", "max_epochs", "default_root_dir", "logger")),
    *(f"trainer.{key}" for key in ("callbacks", "profiler", "enable_progress_bar", "enable_model_summary")),
    *(f"trainer.{key}" for key in ("enable_checkpointing", "log_every_n_steps", "enable_autolog_hparams")),
    *(f"trainer.{key}" for key in ("model_registry", "barebones", "num_sanity_val_steps")),
}
_DECLARES = {"trainer.max_epochs": "epochs", "trainer.precision": "precision"}


@dataclass(frozen=True)
class Difference:
    """A condition in which runs differ, though it is no factor.

    Attributes:
        key: What differs, such as ``threads`` or ``versions.torch``.
        runs: The runs of each value; values as text.
    """

    key: str
    runs: Mapping[str, tuple[str, ...]]

    def __str__(self) -> str:
        named = (f"{value} ({runs[0] if len(runs) == 1 else f'{len(runs)} runs'})" for value, runs in self.runs.items())
        return f"{self.key}: {', '.join(named)}"


def flat(config: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return a nested mapping by dotted keys.

    >>> flat({"model": {"depth": 34}, "name": "plain34"})
    {'model.depth': 34, 'name': 'plain34'}
    """
    result: dict[str, Any] = {}
    for key, value in config.items():
        result |= flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return result


def as_text(value: Any) -> str:
    """Return a value as a config has it.

    >>> as_text(True), as_text(3e-4), as_text(None)
    ('true', '0.0003', 'null')
    """
    return str(value).lower() if isinstance(value, bool) else "null" if value is None else str(value)


def settings(runs: Sequence[Run], factor: str) -> dict[Run, dict[str, Any]]:
    """Return, of each run, the keys that may be factors: those of model and data, and the one that is compared.

    A key that some of the runs do not have, as they were made before it was there, is none.
    """
    configs = {run: flat(run.config()) for run in runs}
    common = set.intersection(*(set(config) for config in configs.values()))
    keys = sorted(key for key in common if key == factor or _may_be_factor(key))
    return {run: {key: config[key] for key in keys} for run, config in configs.items()}


def differences(runs: Sequence[Run], factor: str) -> list[Difference]:
    """Return every condition in which runs differ.

    The commit of the package is no condition: it changes with anything that is committed beside the package, such as
    runs. The report names it.

    Args:
        runs: All runs of a comparison.
        factor: The compared key. What it changes by itself, as ``trainer.max_epochs`` the epochs, is no difference.
    """
    configs = {run: flat(run.config()) for run in runs}
    keys = dict.fromkeys(key for config in configs.values() for key in config if _may_be_condition(key))
    somewhere_absent = [key for key in keys if not all(key in config for config in configs.values())]
    fixed = [key for key in keys if key in somewhere_absent or not _may_be_factor(key)]
    conditions = {
        run: {**_conditions(run), **{key: as_text(config.get(key, _ABSENT)) for key in fixed}}
        for run, config in configs.items()
    }
    found = []
    for key in next(iter(conditions.values())):
        by_value = defaultdict[str, list[str]](list)
        for run in runs:
            by_value[conditions[run][key]].append(label(run))
        if len(by_value) > 1 and key not in (factor, _DECLARES.get(factor)):
            found.append(Difference(key, {value: tuple(names) for value, names in by_value.items()}))
    return found


def _may_be_factor(key: str) -> bool:
    return key.startswith(_FACTOR_GROUPS) and key not in _PASSED_OVER


def _may_be_condition(key: str) -> bool:
    return key.startswith((*_FACTOR_GROUPS, "trainer.")) and key not in _PASSED_OVER


def _conditions(run: Run) -> dict[str, str]:
    """Return what ``status.json`` says of the conditions of a run, as text."""
    status = run.status()
    hardware = status["hardware"]
    return {
        "data (fingerprint)": status["fingerprint"][:12],
        "epochs": f"{status['epochs']} of {status['max_epochs']}",
        "precision": status["precision"],
        "threads": as_text(status["threads"]),
        "compiled": as_text(bool(status.get("compiled"))),
        "device": hardware["device"],
        "hardware": hardware.get("accelerator") or hardware["processor"],
        "instructions": " ".join(hardware["instructions"]) or "none",
        **{f"version of {name}": version for name, version in status["versions"].items()},
    }
