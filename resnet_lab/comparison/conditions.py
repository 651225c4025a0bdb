"""Conditions of a comparison: the keys it may vary, and what all runs of a contrast or both runs of a pair share."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from resnet_lab.config.flatten import flatten
from resnet_lab.config.historic_defaults import with_later_keys
from resnet_lab.config.result_neutral_keys import RESULT_NEUTRAL, covers
from resnet_lab.errors import InputError
from resnet_lab.runs import Run, Status
from resnet_lab.runs.start import INIT_FROM, start_text
from resnet_lab.runs.state import is_diverged
from resnet_lab.statistics.mean_sd import MISSING

PACKAGE = "resnet-lab"
_FACTOR_GROUPS = ("model.", "data.")
# Not compared: keys that do not change a run, keys whose effect is a condition with its own name (devices: the number
# of processes; limit_test_batches: the images tested), and keys that only observe training.
_PASSED_OVER = RESULT_NEUTRAL | {
    *(f"trainer.{key}" for key in ("accelerator", "devices", "precision", "max_epochs", "limit_test_batches")),
    *(f"trainer.{key}" for key in ("callbacks", "barebones", "num_sanity_val_steps", "detect_anomaly")),
    "trainer.limit_predict_batches",
}
FOLD = "data.fold"
# Pairs of a contrast may differ from each other in these, and in the versions: the two runs of a pair are alike.
_BLOCKED = {"precision", "threads", "processes", "compiled", "device", "hardware", "instructions", FOLD}
_BLOCKED_WITH_FOLDS = {"fingerprint", "images_tested"}
_DECLARES = {"trainer.max_epochs": "epochs", "trainer.precision": "precision", "compile": "compiled"}
_THEN = " → "


@dataclass(frozen=True)
class Difference:
    """A condition in which runs differ, although it is not a factor.

    Attributes:
        key: Key of the condition, such as ``threads`` or ``versions.torch``.
        runs: The runs that have each value. Values are text; an arrow joins the values of a run that was resumed under
            another condition.
        axis_value: The axis value at which the runs differ; empty if there is no axis.
    """

    key: str
    runs: Mapping[str, tuple[str, ...]]
    axis_value: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the difference by its key, such as ``threads: 8 (plain34/version_0), 2 (3 runs)``."""
        at = f" ({axis_value_name(self.axis_value)})" if self.axis_value else ""
        sides = (f"{value} ({runs[0] if len(runs) == 1 else f'{len(runs)} runs'})" for value, runs in self.runs.items())
        return f"{self.key}{at}: {', '.join(sides)}"


def as_text(value: Any) -> str:
    """Return a value as a config file writes it.

    >>> as_text(True), as_text(3e-4), as_text(None)
    ('true', '0.0003', 'null')
    >>> as_text({"rust": 3.0, "dent": 0.5})
    '{dent: 0.5, rust: 3.0}'
    """
    if isinstance(value, Mapping):  # in one order, as the order says nothing
        return f"{{{', '.join(f'{key}: {as_text(value[key])}' for key in sorted(value))}}}"
    return str(value).lower() if isinstance(value, bool) else "null" if value is None else str(value)


def axis_value_name(axis_value: Mapping[str, Any]) -> str:
    """Return an axis value by the last part of each key, for messages and file names; empty for an empty one.

    >>> axis_value_name({"model.depth": 18})
    'depth 18'
    """
    return ", ".join(f"{key.rpartition('.')[2]} {as_text(value)}" for key, value in axis_value.items())


def settings(runs: Sequence[Run], factor: str) -> dict[Run, dict[str, Any]]:
    """Return the possible factors of each run: the keys of model and data, and the compared key.

    A key that some runs lack is a possible factor only if the other runs differ in it. The runs that lack it get
    ``MISSING`` as its value.
    """
    configs = {run: _config(run) for run in runs}
    keys = []
    for key in sorted({key for config in configs.values() for key in config}):
        values = [as_text(config[key]) for config in configs.values() if key in config]
        known = len(values) == len(configs)
        if (key == factor and known) or (_may_be_factor(key) and (known or len(set(values)) > 1)):
            keys.append(key)
    return {run: {key: config.get(key, MISSING) for key in keys} for run, config in configs.items()}


def differences(runs: Sequence[Run], factor: str, axis_value: Mapping[str, Any] | None = None) -> list[Difference]:
    """Return every condition in which runs differ.

    The commit and the version of this package are not conditions: they also change with commits that do not touch the
    code of a run. The report names them. A version that some runs did not record is not a condition either.

    Args:
        runs: Runs that should be alike: those of one contrast.
        factor: The compared key. A condition that it sets directly is not a difference: ``trainer.max_epochs`` sets the
            number of epochs.
        axis_value: The axis value of the contrast.
    """
    return _differences(_all_conditions(runs), factor, axis_value or {})


def pair_differences(
    pairs: Mapping[int, tuple[Run, Run]], factor: str, axis_value: Mapping[str, Any] | None = None
) -> tuple[list[Difference], list[Difference]]:
    """Return the differences within pairs, which could explain a result, and those between pairs, which cannot.

    Pairs are blocks: in kind of hardware, threads, processes, compilation, precision and versions, the two runs of a
    pair are alike, and another pair may have another value. With ``data.fold``, this holds for the held-out images too.
    Every other condition is the same in all runs of a contrast.

    Args:
        pairs: The control and the treated run, by seed.
        factor: As in :func:`differences`.
        axis_value: As in :func:`differences`.
    """
    conditions = _all_conditions([run for pair in pairs.values() for run in pair])
    folded = any(of_run.get(FOLD, as_text(None)) not in (as_text(None), MISSING) for of_run in conditions.values())
    within, between = [], []
    for difference in _differences(conditions, factor, axis_value or {}):
        key = difference.key
        apart = [pair for pair in pairs.values() if len({conditions[run].get(key, MISSING) for run in pair}) > 1]
        recorded = [pair for pair in apart if all(key in conditions[run] for run in pair)]
        if not _is_blocked(key, folded=folded):
            within.append(difference)
        elif recorded:
            of_these = {run: conditions[run] for pair in recorded for run in pair}
            within += [other for other in _differences(of_these, factor, difference.axis_value) if other.key == key]
        else:
            between.append(difference)
    return within, between


def seed_differences(runs: Sequence[Run], factor: str, axis_value: Mapping[str, Any] | None = None) -> list[Difference]:
    """Return every condition in which runs of one arm differ, apart from the fold that each holds out.

    If all runs have one of k folds, the data and the images tested are the same in the runs of each fold. Otherwise the
    fold is a condition like others.

    Args:
        runs: The runs of one arm.
        factor: As in :func:`differences`.
        axis_value: As in :func:`differences`.
    """
    conditions, axis_value = _all_conditions(runs), axis_value or {}
    found = _differences(conditions, factor, axis_value)
    of_fold = defaultdict[str, dict[Run, Mapping[str, str]]](dict)
    for run, of_run in conditions.items():
        of_fold[of_run.get(FOLD, MISSING)][run] = of_run
    numbers = {fold.partition("/")[2] for fold in of_fold}
    if len(numbers) > 1 or "" in numbers:
        return found
    alike = [one for of_runs in of_fold.values() for one in _differences(of_runs, factor, axis_value)]
    return [
        *(one for one in found if one.key != FOLD and one.key not in _BLOCKED_WITH_FOLDS),
        *(one for one in alike if one.key in _BLOCKED_WITH_FOLDS),
    ]


def has_folds(runs: Iterable[Run]) -> bool:
    """Return whether all runs hold out a fold."""
    return all(_config(run).get(FOLD) is not None for run in runs)


def _is_blocked(key: str, *, folded: bool) -> bool:
    return key in _BLOCKED or key.startswith("versions.") or (folded and key in _BLOCKED_WITH_FOLDS)


def _all_conditions(runs: Sequence[Run]) -> dict[Run, dict[str, str]]:
    """Return the conditions of each run, from its files and from those keys of its config that are no factors."""
    configs = {run: _config(run) for run in runs}
    keys = dict.fromkeys(key for config in configs.values() for key in config if _may_be_condition(key))
    fixed = [key for key in keys if not _may_be_factor(key) or not all(key in config for config in configs.values())]
    return {
        run: {**_conditions(run), **{key: as_text(config.get(key, MISSING)) for key in fixed}}
        for run, config in configs.items()
    }


def _differences(
    conditions: Mapping[Run, Mapping[str, str]], factor: str, axis_value: Mapping[str, Any]
) -> list[Difference]:
    found = []
    for key in dict.fromkeys(key for of_run in conditions.values() for key in of_run):
        by_value = defaultdict[str, list[str]](list)
        for run, of_run in conditions.items():
            if key in of_run:
                by_value[of_run[key]].append(run.label)
        if len(by_value) > 1 and key not in (factor, _DECLARES.get(factor)):
            found.append(Difference(key, {value: tuple(names) for value, names in by_value.items()}, axis_value))
    return found


def refuse_other_settings(found: Sequence[Difference], factor: str, *, force: bool) -> None:
    """Refuse runs that differ in more than they should.

    Args:
        found: The conditions in which they differ.
        factor: The compared key, or a phrase for several.
        force: Whether to go on.

    Raises:
        InputError: There are such conditions, without ``force``.
    """
    if found and not force:
        raise InputError(
            f"These runs differ in more than {factor}: {'; '.join(map(str, found))}. A difference between the "
            "arms could come from any of these. Name runs that agree in them, or add --force: the report then says so."
        )


def unrecorded_versions(runs: Iterable[Run]) -> list[str]:
    """Return the packages whose version only some of the runs recorded."""
    recorded = [run.status().versions.keys() for run in runs]
    return [name for name in dict.fromkeys(name for names in recorded for name in names) if not _in_all(name, recorded)]


def _in_all(name: str, groups: Iterable[Iterable[str]]) -> bool:
    return all(name in group for group in groups)


def _config(run: Run) -> dict[str, Any]:
    """Return the config of a run. Its start is what the weights are of, and not how the user named them."""
    return {**with_later_keys(flatten(run.config())), INIT_FROM: start_text(run.status())}


def _may_be_factor(key: str) -> bool:
    return key.startswith(_FACTOR_GROUPS) and key != FOLD and not covers(_PASSED_OVER, key)


def _may_be_condition(key: str) -> bool:
    return key.startswith((*_FACTOR_GROUPS, "trainer.")) and not covers(_PASSED_OVER, key)


def _conditions(run: Run) -> dict[str, str]:
    """Return the conditions of a run, read from its files, as text."""
    status = run.status()
    history = status.stages()

    def over_stages(get: Callable[[Status], Any]) -> str:
        return _THEN.join(value for value, _ in groupby(as_text(get(stage)) for stage in history))

    def version(name: str) -> str:
        return over_stages(lambda stage: stage.versions.get(name, MISSING))

    conditions = {
        "fingerprint": status.fingerprint[:12],
        "epochs": f"{status.max_epochs if is_diverged(run) else status.epochs}/{status.max_epochs}",
        "precision": status.precision,
        "threads": over_stages(lambda stage: stage.threads),
        "processes": as_text(status.processes),
        "compiled": as_text(status.compiled),
        "device": over_stages(lambda stage: stage.hardware.device),
        "hardware": over_stages(lambda stage: stage.hardware.accelerator or stage.hardware.processor),
        "instructions": over_stages(lambda stage: " ".join(stage.hardware.instructions) or MISSING),
        **{f"versions.{name}": version(name) for name in status.versions if name != PACKAGE},
    }
    tested = run.test_metrics().get("best", {}) if (run.path / "test" / "metrics.json").exists() else {}
    return {**conditions, **({"images_tested": as_text(tested["n"])} if "n" in tested else {})}
