"""What a comparison varies, and what it holds fixed: the data, the software, the machine, the length of training."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from resnet_lab.comparison.selection import label
from resnet_lab.config.flatten import flatten
from resnet_lab.config.historic_defaults import with_later_keys
from resnet_lab.config.result_neutral_keys import RESULT_NEUTRAL, covers
from resnet_lab.report.words import texts
from resnet_lab.runs import Run
from resnet_lab.statistics.mean_sd import NOTHING

PACKAGE = "resnet-lab"
_FACTOR_GROUPS = ("model.", "data.")
# Keys that change no bit of a run, those whose effect is a condition of its own (devices: the number of processes;
# limit_test_batches: the images tested), and those that only watch.
_PASSED_OVER = RESULT_NEUTRAL | {
    *(f"trainer.{key}" for key in ("accelerator", "devices", "precision", "max_epochs", "limit_test_batches")),
    *(f"trainer.{key}" for key in ("callbacks", "barebones", "num_sanity_val_steps", "detect_anomaly")),
    "trainer.limit_predict_batches",
}
_DECLARES = {"trainer.max_epochs": "epochs", "trainer.precision": "precision", "compile": "compiled"}
_THEN = " → "


@dataclass(frozen=True)
class Difference:
    """A condition in which runs differ, though it is no factor.

    Attributes:
        key: What differs, such as ``threads`` or ``versions.torch``.
        runs: The runs of each value; values as text, with an arrow where a run was resumed with another.
        place: The place of the axis at which they differ; empty where there is no axis.
    """

    key: str
    runs: Mapping[str, tuple[str, ...]]
    place: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.said("en")

    def said(self, language: str) -> str:
        """Return the difference in words."""
        words = texts(f"report_{language}")["conditions"]
        group, _, name = self.key.partition(".")
        key = words["version"].format(name=name) if group == "versions" else words["names"].get(self.key, self.key)
        place = f" ({in_words(self.place, language)})" if self.place else ""
        sides = (
            f"{value} ({runs[0] if len(runs) == 1 else words['runs'].format(n=len(runs))})"
            for value, runs in self.runs.items()
        )
        return f"{key}{place}: {', '.join(sides)}"


def as_text(value: Any) -> str:
    """Return a value as a config has it.

    >>> as_text(True), as_text(3e-4), as_text(None)
    ('true', '0.0003', 'null')
    """
    return str(value).lower() if isinstance(value, bool) else "null" if value is None else str(value)


def in_words(place: Mapping[str, Any], language: str) -> str:
    """Return values of factors in words, such as ``depth 18``."""
    return ", ".join(f"{key_in_words(key, language)} {as_text(value)}" for key, value in place.items())


def key_in_words(key: str, language: str) -> str:
    """Return the name of a key as it stands within a sentence; its last part where it has none."""
    name: str = texts(f"report_{language}")["setting"]["names"].get(key, key.rpartition(".")[2])
    return f"{name[0].lower()}{name[1:]}"


def settings(runs: Sequence[Run], factor: str) -> dict[Run, dict[str, Any]]:
    """Return, of each run, the keys that may be factors: those of model and data, and the one that is compared.

    A key that some of the runs do not have is one only if the others differ in it; these have a dash for it.
    """
    configs = {run: _config(run) for run in runs}
    keys = []
    for key in sorted({key for config in configs.values() for key in config}):
        values = [as_text(config[key]) for config in configs.values() if key in config]
        known = len(values) == len(configs)
        if (key == factor and known) or (_may_be_factor(key) and (known or len(set(values)) > 1)):
            keys.append(key)
    return {run: {key: config.get(key, NOTHING) for key in keys} for run, config in configs.items()}


def differences(runs: Sequence[Run], factor: str, place: Mapping[str, Any] | None = None) -> list[Difference]:
    """Return every condition in which runs differ.

    The commit and the version of this package are none: they change with anything that is committed beside the code
    that makes a run. The report names them. Nor is a version that some runs did not record.

    Args:
        runs: Those that are to be alike: of one contrast.
        factor: The compared key. What it changes by itself, as ``trainer.max_epochs`` the epochs, is no difference.
        place: Of the contrast.
    """
    configs = {run: _config(run) for run in runs}
    keys = dict.fromkeys(key for config in configs.values() for key in config if _may_be_condition(key))
    fixed = [key for key in keys if not _may_be_factor(key) or not all(key in config for config in configs.values())]
    conditions = {
        run: {**_conditions(run), **{key: as_text(config.get(key, NOTHING)) for key in fixed}}
        for run, config in configs.items()
    }
    found = []
    for key in dict.fromkeys(key for told in conditions.values() for key in told):
        by_value = defaultdict[str, list[str]](list)
        for run, told in conditions.items():
            if key in told:
                by_value[told[key]].append(label(run))
        if len(by_value) > 1 and key not in (factor, _DECLARES.get(factor)):
            found.append(Difference(key, {value: tuple(names) for value, names in by_value.items()}, place or {}))
    return found


def stages(run: Run) -> list[dict[str, Any]]:
    """Return ``status.json`` as it would read after each start of a run: a resumed one can have gone to other hands."""
    status = run.status()
    return [status, *({**status, **resumption} for resumption in status.get("resumed", []))]


def unrecorded_versions(runs: Iterable[Run]) -> list[str]:
    """Return the packages of which some runs recorded the version and others did not."""
    recorded = [run.status()["versions"].keys() for run in runs]
    return [name for name in dict.fromkeys(name for names in recorded for name in names) if not _in_all(name, recorded)]


def _in_all(name: str, groups: Iterable[Iterable[str]]) -> bool:
    return all(name in group for group in groups)


def _config(run: Run) -> dict[str, Any]:
    return with_later_keys(flatten(run.config()))


def _may_be_factor(key: str) -> bool:
    return key.startswith(_FACTOR_GROUPS) and not covers(_PASSED_OVER, key)


def _may_be_condition(key: str) -> bool:
    return key.startswith((*_FACTOR_GROUPS, "trainer.")) and not covers(_PASSED_OVER, key)


def _conditions(run: Run) -> dict[str, str]:
    """Return what the files of a run say of its conditions, as text."""
    status, history = run.status(), stages(run)

    def told(get: Callable[[dict[str, Any]], Any]) -> str:
        return _THEN.join(value for value, _ in groupby(as_text(get(stage)) for stage in history))

    def version(name: str) -> str:
        return told(lambda stage: stage["versions"].get(name, NOTHING))

    conditions = {
        "fingerprint": status["fingerprint"][:12],
        "epochs": f"{status['epochs']}/{status['max_epochs']}",
        "precision": status["precision"],
        "threads": told(lambda stage: stage["threads"]),
        "processes": as_text(status.get("processes", 1)),
        "compiled": as_text(bool(status.get("compiled"))),
        "device": told(lambda stage: stage["hardware"]["device"]),
        "hardware": told(lambda stage: stage["hardware"].get("accelerator") or stage["hardware"]["processor"]),
        "instructions": told(lambda stage: " ".join(stage["hardware"]["instructions"]) or NOTHING),
        **{f"versions.{name}": version(name) for name in status["versions"] if name != PACKAGE},
    }
    tested = run.test_metrics().get("best", {}) if (run.path / "test" / "metrics.json").exists() else {}
    return {**conditions, **({"images_tested": as_text(tested["n"])} if "n" in tested else {})}
