"""From runs to pairs: cells of equal configs, and of these the ones that differ in the compared factor alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from resnet_lab.comparison.conditions import as_text, differences, in_words, settings
from resnet_lab.comparison.selection import label
from resnet_lab.config.flatten import flatten
from resnet_lab.errors import InputError
from resnet_lab.runs import Run
from resnet_lab.suggestions import nearest_key

Pairs = Mapping[int, tuple[Run, Run]]
"""Control and treated run of each seed, by ascending seed."""


@dataclass(frozen=True)
class Contrast:
    """Two arms that differ in the compared factor alone, at one place of the axis.

    Attributes:
        place: The further factors and their values here; empty if there are none.
        arms: Names of control and treated arm.
        pairs: Their runs, seed by seed.
        unpaired: Runs whose seed the other arm has not.
    """

    place: Mapping[str, Any]
    arms: tuple[str, str]
    pairs: Pairs
    unpaired: tuple[str, ...]

    @property
    def place_name(self) -> str:
        """The place for names of files, such as ``depth 18``; empty where there is no axis."""
        return place_name(self.place)

    @property
    def runs(self) -> list[Run]:
        """All runs that are compared here."""
        return [run for pair in self.pairs.values() for run in pair]


@dataclass(frozen=True)
class Pairing:
    """All contrasts of a comparison.

    Attributes:
        factor: The compared key.
        values: What it is in the control and in the treated arm.
        axis: The keys in which contrasts differ among each other.
        contrasts: In the order of the axis.
        alone: Runs of cells without a partner, or whose partner has none of their seeds, left out.
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


def place_name(place: Mapping[str, Any]) -> str:
    """Return a place of the axis for names of files; empty for an empty one.

    >>> place_name({"model.depth": 18})
    'depth 18'
    """
    return ", ".join(f"{key.rpartition('.')[2]} {as_text(value)}" for key, value in place.items())


def pair(runs: Sequence[Run], factor: str) -> Pairing:
    """Pair runs that are equal in all but the compared factor, seed by seed.

    The control has the lower value: false, the smaller number, the first in the alphabet.

    Args:
        runs: Finished runs.
        factor: A key of the config, with dots.

    Raises:
        InputError: No such key, one arm only, three values or more, two runs that are the same, or nothing to pair.
    """
    by_run = settings(runs, factor)
    values = _two_values(by_run, factor)
    cells = _cells(by_run, factor)
    keys = next(iter(by_run.values()))
    varied = [key for key in keys if key != factor and len({as_text(cell[key]) for cell, _ in cells}) > 1]
    groups = defaultdict[str, dict[str, tuple[dict[str, Any], dict[int, Run]]]](dict)
    for cell, seeds in cells:
        groups[str([cell[key] for key in varied])][as_text(cell[factor])] = (cell, seeds)

    contrasts, alone = [], []
    for group in groups.values():
        if len(group) == 2:
            (cell, control), (_, treated) = (group[as_text(value)] for value in values)
            contrasts.append((cell, control, treated))
        else:
            alone += [label(run) for _, seeds in group.values() for run in seeds.values()]
    if not contrasts:
        raise InputError(
            f"No two of these runs differ in {factor} alone; they also differ in {', '.join(varied)}. "
            "Train the partner of one of them, or name other runs."
        )
    paired = [contrast for contrast in contrasts if contrast[1].keys() & contrast[2].keys()]
    if not paired:
        raise InputError(
            f"The arms have no seed in common: {_seeds_of_arms(contrasts, factor, values, varied)}. "
            "Pairs take equal seeds."
        )
    alone += [label(run) for c in contrasts if c not in paired for arm in c[1:] for _, run in sorted(arm.items())]
    axis = tuple(key for key in varied if len({as_text(cell[key]) for cell, *_ in paired}) > 1)
    made = [_contrast(factor, values, axis, *contrast) for contrast in paired]
    made.sort(key=lambda contrast: [_order(value) for value in contrast.place.values()])
    return Pairing(factor, values, axis, tuple(made), tuple(alone))


def _two_values(by_run: Mapping[Run, Mapping[str, Any]], factor: str) -> tuple[Any, Any]:
    """Return the two values of the compared factor, the control's first."""
    if any(factor not in setting for setting in by_run.values()):
        known = {key for run in by_run for key in flatten(run.config())}
        missing = next(label(run) for run, setting in by_run.items() if factor not in setting)
        raise InputError(f"{missing} has no key {factor} in its config{nearest_key(factor, known - {factor})}")
    values = sorted({as_text(setting[factor]): setting[factor] for setting in by_run.values()}.values(), key=_order)
    if len(values) == 1:
        runs = f"the only run, {label(next(iter(by_run)))}," if len(by_run) == 1 else f"all {len(by_run)} runs"
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
    """Sort values of one kind among themselves, and kinds apart."""
    return ("number", value) if isinstance(value, int | float) else ("text", as_text(value))


def _cells(by_run: Mapping[Run, dict[str, Any]], factor: str) -> list[tuple[dict[str, Any], dict[int, Run]]]:
    """Group runs of equal settings; return the settings and the runs by seed of each group.

    Raises:
        InputError: Two runs have the same settings and seed: they are no two observations, or were made differently.
    """
    cells: dict[str, tuple[dict[str, Any], dict[int, Run]]] = {}
    for run, setting in by_run.items():
        _, seeds = cells.setdefault(str(setting), (setting, {}))
        seed = run.status()["seed"]
        if seed in seeds:
            if found := differences([seeds[seed], run], factor):
                raise InputError(
                    f"{label(seeds[seed])} and {label(run)} have the same settings and seed {seed}, but differ in "
                    f"{'; '.join(map(str, found))}. Each arm takes one run of a seed; name the one that is meant."
                )
            raise InputError(
                f"{label(seeds[seed])} and {label(run)} are the same experiment: equal configs and seed {seed}. "
                "Counting both would make one observation two; name one of them."
            )
        seeds[seed] = run
    return list(cells.values())


def _seeds_of_arms(
    contrasts: Iterable[tuple[Mapping[str, Any], Mapping[int, Run], Mapping[int, Run]]],
    factor: str,
    values: tuple[Any, Any],
    varied: Iterable[str],
) -> str:
    """Say which seeds the arms of each contrast have."""
    said = []
    for cell, *runs in contrasts:
        place = in_words({key: cell[key] for key in varied}, "en")
        named = zip(_arms(factor, values, *(next(iter(arm.values())) for arm in runs)), runs, strict=True)
        seeds = "; ".join(f"{arm} has {', '.join(map(str, sorted(of_arm)))}" for arm, of_arm in named)
        said.append(f"at {place}, {seeds}" if place else seeds)
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
    pairs = {seed: (control[seed], treated[seed]) for seed in common}
    return Contrast({key: cell[key] for key in axis}, arms, pairs, tuple(map(label, unpaired)))


def _arms(factor: str, values: tuple[Any, Any], control: Run, treated: Run) -> tuple[str, str]:
    """Name the arms as their runs do; where these are the same, by the value of the factor too."""
    first, second = control.status()["arm"], treated.status()["arm"]
    if first != second:
        return first, second
    name = factor.rpartition(".")[2]
    return f"{first} ({name} {as_text(values[0])})", f"{second} ({name} {as_text(values[1])})"
