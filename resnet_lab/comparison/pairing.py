"""Pairing of runs: cells of equal configs, and pairs of cells that differ in the compared factor only."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from resnet_lab.comparison.conditions import as_text, axis_value_name, differences, settings
from resnet_lab.comparison.starts import UnlikeStarts, unlike_starts
from resnet_lab.config.flatten import flatten
from resnet_lab.errors import InputError
from resnet_lab.runs import Run
from resnet_lab.runs.divergence import has_diverged
from resnet_lab.runs.start import INIT_FROM
from resnet_lab.suggestions import nearest_key

_MAY_DIFFER_BESIDE = (INIT_FROM, "model.shortcut")
Pairs = Mapping[int, tuple[Run, Run]]
"""Control and treated run of each seed, in ascending order of the seed."""


@dataclass(frozen=True)
class Contrast:
    """Two arms that differ in the compared factor only, at one axis value.

    Attributes:
        axis_value: Values of the other factors by their key; empty if there are no other factors.
        arms: Names of control and treated arm.
        pairs: Their runs by seed, without the pairs of which a run diverged.
        unpaired: Runs whose seed the other arm does not have.
        lost: The pairs of which a run diverged, by seed. They have no measures, and count as outcomes of their arms.
        diverged: The diverged runs of the control and of the treated arm in these pairs.
        unlike: The starts of the first pair whose runs did not begin alike; None if all did. No claim is then judged.
    """

    axis_value: Mapping[str, Any]
    arms: tuple[str, str]
    pairs: Pairs
    unpaired: tuple[str, ...]
    lost: Pairs = field(default_factory=dict)
    diverged: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    unlike: UnlikeStarts | None = None

    @property
    def runs(self) -> list[Run]:
        """All runs that are compared here."""
        return [run for pair in self.pairs.values() for run in pair]

    @property
    def partners(self) -> Pairs:
        """All pairs, also those of which a run diverged."""
        return dict(sorted({**self.pairs, **self.lost}.items()))

    def of_seeds(self, seeds: Collection[int]) -> "Contrast":
        """Return the contrast with the pairs of some seeds only."""
        kept = {seed: pair for seed, pair in self.partners.items() if seed in seeds}
        return _with_pairs(self, kept)

    @property
    def trained(self) -> tuple[int, int]:
        """Number of runs of the control and of the treated arm that have a partner, diverged or not."""
        return len(self.partners), len(self.partners)


@dataclass(frozen=True)
class Pairing:
    """All contrasts of a comparison.

    Attributes:
        factor: The compared key.
        values: Values of the factor in the control and in the treated arm.
        axis: The keys in which the contrasts differ from each other.
        contrasts: The contrasts in the order of the axis.
        alone: Runs that are left out: their cell has no partner, or the partner has none of their seeds.
    """

    factor: str
    values: tuple[Any, Any]
    axis: tuple[str, ...]
    contrasts: tuple[Contrast, ...]
    alone: tuple[str, ...]

    @property
    def runs(self) -> list[Run]:
        """All runs that are compared."""
        return [run for contrast in self.contrasts for run in contrast.runs]

    @property
    def partners(self) -> list[Run]:
        """All runs that have a partner, also those of pairs of which a run diverged."""
        return [run for contrast in self.contrasts for pair in contrast.partners.values() for run in pair]


def pair(runs: Sequence[Run], factor: str, apart: str | None = None) -> Pairing:
    """Pair runs of equal seed whose settings differ in the compared factor only.

    The control has the lower value: false, the smaller number, or the first in the alphabet.

    Args:
        runs: Finished and diverged runs.
        factor: A dotted key of the config.
        apart: A key in which the runs of a pair may differ too: each arm was tuned in it.

    Raises:
        InputError: The key does not exist, there is one arm only, there are three values or more, two runs are the
            same experiment, or no two runs can be paired.
    """
    by_run = {
        run: {key: value for key, value in setting.items() if key != apart}
        for run, setting in settings(runs, factor).items()
    }
    values = _two_values(by_run, factor)
    cells = cells_of(by_run, factor)
    varied = [key for key in varied_keys(cell for cell, _ in cells) if key != factor]
    groups = defaultdict[str, _Group](dict)
    for cell, seeds in cells:
        groups[str([cell[key] for key in varied])][as_text(cell[factor])] = (cell, seeds)

    contrasts, alone = [], []
    for group in (*groups.values(), *_that_started_apart(groups.values(), varied)):
        if len(group) == 2:
            (cell, control), (_, treated) = (group[as_text(value)] for value in values)
            contrasts.append((cell, control, treated))
    judged = {run for _, *arms in contrasts for arm in arms for run in arm.values()}
    alone += [
        run.label for group in groups.values() for _, arm in group.values() for run in arm.values() if run not in judged
    ]
    if not contrasts:
        raise InputError(
            f"No two of these runs differ in {factor} alone; they also differ in {', '.join(varied)}. "
            "Train the partner of one of them, or name other runs."
        )
    paired = [contrast for contrast in contrasts if contrast[1].keys() & contrast[2].keys()]
    if not paired:
        raise InputError(
            f"The arms have no seed in common: {_seeds_of_arms(contrasts, factor, values, varied)}. "
            "Only runs of equal seed are paired."
        )
    alone += [run.label for c in contrasts if c not in paired for arm in c[1:] for _, run in sorted(arm.items())]
    axis = tuple(key for key in varied if len({as_text(cell[key]) for cell, *_ in paired}) > 1)
    made = [_contrast(factor, values, axis, *contrast) for contrast in paired]
    made.sort(key=lambda contrast: axis_order(contrast.axis_value))
    return Pairing(factor, values, axis, tuple(made), tuple(alone))


_Cell = tuple[dict[str, Any], dict[int, Run]]
"""Settings, and the runs by seed."""
_Group = dict[str, _Cell]
"""Cells that differ in the compared factor alone, by the value of the factor."""


def _that_started_apart(groups: Iterable[_Group], varied: Collection[str]) -> list[_Group]:
    """Return the pairs of cells that have no partner because their runs did not begin alike.

    Seeds may have begun with different weights; together they are one cell. torchvision has weights of one kind of
    shortcut only, so that cells with them may differ in the shortcut too.
    """
    found = defaultdict[str, defaultdict[str, list[_Cell]]](lambda: defaultdict(list))
    for value, cell in (next(iter(group.items())) for group in groups if len(group) == 1 and INIT_FROM in varied):
        found[str([cell[0][key] for key in varied if key not in _MAY_DIFFER_BESIDE])][value].append(cell)
    pairs = []
    for by_value in found.values():
        starts = [{cell[INIT_FROM] for cell, _ in cells} for cells in by_value.values()]
        merged = {
            value: {seed: run for _, runs in cells for seed, run in runs.items()} for value, cells in by_value.items()
        }
        whole = all(len(merged[value]) == sum(len(runs) for _, runs in cells) for value, cells in by_value.items())
        if len(by_value) == 2 and starts[0] != starts[1] and whole:
            pairs.append({value: (cells[0][0], merged[value]) for value, cells in by_value.items()})
    return pairs


def _two_values(by_run: Mapping[Run, Mapping[str, Any]], factor: str) -> tuple[Any, Any]:
    """Return the two values of the compared factor, the value of the control first."""
    if any(factor not in setting for setting in by_run.values()):
        known = {key for run in by_run for key in flatten(run.config())}
        missing = next(run.label for run, setting in by_run.items() if factor not in setting)
        raise InputError(f"{missing} has no key {factor} in its config{nearest_key(factor, known - {factor})}")
    values = sorted({as_text(setting[factor]): setting[factor] for setting in by_run.values()}.values(), key=_order)
    if len(values) == 1:
        runs = f"the only run, {next(iter(by_run)).label}," if len(by_run) == 1 else f"all {len(by_run)} runs"
        have = "has" if len(by_run) == 1 else "have"
        raise InputError(
            f"There is one arm only: {runs} {have} {factor} {as_text(values[0])}. "
            "Name runs of both arms, or another factor with --factor."
        )
    if len(values) > 2:
        raise InputError(
            f"{factor} has {len(values)} values in these runs ({', '.join(map(as_text, values))}); "
            "two are compared. Name the runs of two."
        )
    return values[0], values[1]


def _order(value: Any) -> tuple[str, Any]:
    """Return a sort key: numbers by size before other values by text."""
    return ("number", value) if isinstance(value, int | float) else ("text", as_text(value))


def axis_order(axis_value: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the sort key of an axis value."""
    return [_order(value) for value in axis_value.values()]


def varied_keys(cells: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the keys in which cells differ.

    Args:
        cells: The settings of each cell; all have the same keys.
    """
    first, *others = cells
    return tuple(key for key in first if any(as_text(cell[key]) != as_text(first[key]) for cell in others))


def cells_of(by_run: Mapping[Run, dict[str, Any]], factor: str) -> list[tuple[dict[str, Any], dict[int, Run]]]:
    """Group runs by their settings; return the settings of each group and its runs by seed.

    Args:
        by_run: The settings of each run, by :func:`~resnet_lab.comparison.conditions.settings`.
        factor: The compared key.

    Raises:
        InputError: Two runs have the same settings and seed: they are one observation, or their conditions differ.
    """
    cells: dict[str, tuple[dict[str, Any], dict[int, Run]]] = {}
    for run, setting in by_run.items():
        _, seeds = cells.setdefault(str(setting), (setting, {}))
        seed = run.status().seed
        if seed in seeds:
            if found := differences([seeds[seed], run], factor):
                raise InputError(
                    f"{seeds[seed].label} and {run.label} have the same settings and seed {seed}, but differ in "
                    f"{'; '.join(map(str, found))}. Each arm takes one run per seed; name the run to compare."
                )
            raise InputError(
                f"{seeds[seed].label} and {run.label} are the same experiment: equal configs and seed {seed}. "
                "Together they are one observation; name one of them."
            )
        seeds[seed] = run
    return list(cells.values())


def _seeds_of_arms(
    contrasts: Iterable[tuple[Mapping[str, Any], Mapping[int, Run], Mapping[int, Run]]],
    factor: str,
    values: tuple[Any, Any],
    varied: Iterable[str],
) -> str:
    """Return the seeds of both arms of each contrast as text."""
    said = []
    for cell, *runs in contrasts:
        at = axis_value_name({key: cell[key] for key in varied})
        named = zip(_arms(factor, values, *(next(iter(arm.values())) for arm in runs)), runs, strict=True)
        seeds = "; ".join(f"{arm} has {', '.join(map(str, sorted(of_arm)))}" for arm, of_arm in named)
        said.append(f"at {at}, {seeds}" if at else seeds)
    return "; ".join(said)


def _contrast(
    factor: str,
    values: tuple[Any, Any],
    axis: tuple[str, ...],
    cell: Mapping[str, Any],
    control: Mapping[int, Run],
    treated: Mapping[int, Run],
) -> Contrast:
    arms = _arms(factor, values, next(iter(control.values())), next(iter(treated.values())))
    common = sorted(control.keys() & treated.keys())
    unpaired = [runs[seed] for runs in (control, treated) for seed in sorted(runs) if seed not in common]
    partners = {seed: (control[seed], treated[seed]) for seed in common}
    apart = (unlike_starts(*pair, factor) for pair in partners.values())
    contrast = Contrast(
        {key: cell[key] for key in axis},
        arms,
        {},
        tuple(run.label for run in unpaired),
        unlike=next(filter(None, apart), None),
    )
    return _with_pairs(contrast, partners)


def _with_pairs(contrast: Contrast, partners: Pairs) -> Contrast:
    """Return a contrast with pairs; those of which a run diverged are lost."""
    diverged = {run for pair in partners.values() for run in pair if has_diverged(run)}
    lost = {seed: pair for seed, pair in partners.items() if diverged & {*pair}}
    first, second = (tuple(pair[side].label for pair in lost.values() if pair[side] in diverged) for side in (0, 1))
    kept = {seed: pair for seed, pair in partners.items() if seed not in lost}
    return replace(contrast, pairs=kept, lost=lost, diverged=(first, second))


def _arms(factor: str, values: tuple[Any, Any], control: Run, treated: Run) -> tuple[str, str]:
    """Return the names of the arms; equal names are told apart by the value of the factor."""
    first, second = control.status().arm, treated.status().arm
    if first != second:
        return first, second
    name = factor.rpartition(".")[2]
    return f"{first} ({name} {as_text(values[0])})", f"{second} ({name} {as_text(values[1])})"
