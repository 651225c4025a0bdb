"""Section of the report: measurements inside the networks, by ``inspect`` and by diagnostics of training."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import nan
from statistics import fmean
from typing import Any

from resnet_lab.comparison.chance_level import chance_level
from resnet_lab.comparison.one_arm import AnyFinding, AnyResults
from resnet_lab.comparison.results import Arm
from resnet_lab.plots.curves import Line
from resnet_lab.plots.landscape import planes_plot
from resnet_lab.plots.profiles import profiles_plot
from resnet_lab.plots.similarity import similarity_plot
from resnet_lab.plots.style import ROLE_COLORS
from resnet_lab.report.document import Block, Heading, Plot, Plots, Row, Table, Text
from resnet_lab.report.sections.axis_values import at_each_axis_value, file_name
from resnet_lab.report.words import Words
from resnet_lab.runs import Run
from resnet_lab.runs.lesions import accuracies_by_number, common_sets, read_lesions
from resnet_lab.runs.measurements import (
    INITIAL,
    REPORTED_DIAGNOSTICS,
    TRAINED,
    branch_share_profile,
    diagnostic_curve,
    gradient_norm_profile,
    inspected_positions,
    inspected_sample,
    landscape_line,
    landscape_plane,
    probe_accuracy_profile,
    response_std_profile,
)
from resnet_lab.runs.similarity import similarity_maps
from resnet_lab.statistics.curves import Curve
from resnet_lab.statistics.mean_sd import MISSING, mean_sd

CurveOf = Callable[[Run], Curve]
DotsOf = Callable[[Run], Iterable[tuple[int, float]]]
_SUMMARY = ("unevenness", "decades_lost")


def inside_section(results: AnyResults, words: Words) -> list[Block]:
    """Return the section of a report on one arm alone; none if nothing was measured inside the networks."""
    blocks = inside_blocks(results, words, of_cards=True)
    return [Heading(words.report["sections"]["inside"], anchor="inside"), *blocks] if blocks else []


def inside_blocks(results: AnyResults, words: Words, *, of_cards: bool) -> list[Block]:
    """Return the plots of all measurements inside the networks, and the summary of gradients; none if there are none.

    Args:
        results: Results of both arms, or of one.
        words: Words of the report.
        of_cards: Whether the plots that cards of claims show are among them: gradients and probes.
    """
    texts = words.report["inside"]
    blocks = at_each_axis_value(results.findings, words, lambda finding: _inside(finding, words, of_cards))
    if not blocks:
        return []
    several = any(len(finding.seeds) > 1 for finding in results.findings)
    return [Text(texts["text"]), *([Text(texts["seeds"], "remark")] if several else []), *blocks]


def gradients_plot(finding: AnyFinding, words: Words) -> Plot | None:
    """Return the norms of gradients by layer, at initialization and trained; None if no run was inspected."""
    texts = words.report["inside"]
    series = _of_layers(gradient_norm_profile, texts, INITIAL, TRAINED)
    return _plot(finding, words, "gradients", texts["layer"], series)


def probes_plot(finding: AnyFinding, words: Words) -> Plot | None:
    """Return the accuracy of linear probes by block, at initialization and trained; None if no run has probes."""
    texts = words.report["inside"]
    return _plot(finding, words, "probes", texts["block"], _of_blocks(probe_accuracy_profile, "probes", texts))


def _inside(finding: AnyFinding, words: Words, of_cards: bool) -> list[Block]:
    """Return the plots of a finding and the summary of its gradients; measurements that no run has are left out."""
    texts = words.report["inside"]
    drawn = [
        gradients_plot(finding, words) if of_cards else None,
        probes_plot(finding, words) if of_cards else None,
        _plot(finding, words, "responses", texts["layer_3x3"], _of_layers(response_std_profile, texts, TRAINED)),
        _plot(finding, words, "branch", texts["block"], _of_blocks(branch_share_profile, "branch", texts)),
        _similarity_plot(finding, words),
        _plot(finding, words, "landscape", texts["weights_step"], {"{arm}": ("-", _landscape)}),
        _plane_plot(finding, words),
        _lesion_plot(finding, words),
        *(
            _plot(finding, words, name, texts["step"], {"{arm}": ("-", _of_training(name))})
            for name in REPORTED_DIAGNOSTICS
        ),
    ]
    plots = tuple(plot for plot in drawn if plot is not None)
    return [*([Plots(plots)] if plots else []), *_summary(finding, texts)]


def _of_layers(
    of: Callable[[Run, str], Mapping[str, float]], texts: Mapping[str, Any], *checkpoints: str
) -> dict[str, tuple[Any, CurveOf]]:
    """Return line style and curve over layers, from 1, of each checkpoint, by the template of its label."""

    def curve_of(checkpoint: str) -> CurveOf:
        return lambda run: dict(enumerate(of(run, checkpoint).values(), start=1))

    if len(checkpoints) == 1:
        return {"{arm}": ("-", curve_of(checkpoints[0]))}
    return {
        texts["initial" if checkpoint == INITIAL else "trained"]: (
            "--" if checkpoint == INITIAL else "-",
            curve_of(checkpoint),
        )
        for checkpoint in checkpoints
    }


def _of_blocks(
    of: Callable[[Run, str], Mapping[str, float]], measurement: str, texts: Mapping[str, Any]
) -> dict[str, tuple[Any, CurveOf]]:
    """Return line style and curve over positions of blocks, at initialization and trained.

    A block without a value has NaN, which is a gap in the line.
    """

    def curve_of(checkpoint: str) -> CurveOf:
        def curve(run: Run) -> Curve:
            values = of(run, checkpoint)
            positions = inspected_positions(run, measurement) if values else {}
            return {position: values.get(block, nan) for block, position in positions.items()}

        return curve

    return {texts["initial"]: ("--", curve_of(INITIAL)), texts["trained"]: ("-", curve_of(TRAINED))}


def _lesion_plot(finding: AnyFinding, words: Words) -> Plot | None:
    sets = common_sets(read_lesions(run, TRAINED) for run in _compared(finding, "lesion"))

    def by_number(run: Run) -> dict[int, list[float]]:
        return accuracies_by_number(read_lesions(run, TRAINED), sets)

    def mean_of(run: Run) -> Curve:
        return {removed: fmean(accuracies) for removed, accuracies in by_number(run).items()}

    def dots_of(run: Run) -> Iterable[tuple[int, float]]:
        return ((removed, accuracy) for removed, all_ in by_number(run).items() for accuracy in all_)

    xlabel = words.report["inside"]["removed"]
    return _plot(finding, words, "lesion", xlabel, {"{arm}": ("-", mean_of)}, dots_of)


def _similarity_plot(finding: AnyFinding, words: Words) -> Plot | None:
    """Return the similarity of blocks within each arm and between arms; None if no run was measured."""
    texts = words.report["inside"]
    maps = similarity_maps({arm.name: list(arm.runs.values()) for arm in finding.arms}, TRAINED)
    if not maps:
        return None
    own, panels = texts["similarity_pairs"], []
    for one in maps:
        panels.append(
            own["panel"].format(first=one.arms[0], second=one.arms[1], pairs=own[one.kind].format(n=one.pairs))
        )
        if one.kind != "itself" and one.corresponding is not None:
            panels[-1] += own["mean"].format(mean=f"{one.corresponding:.2f}")
    caption = texts["captions"]["similarity"].format(
        axis_value=words.in_brackets(finding.axis_value),
        panels="; ".join(panels),
        sample=_sample(finding, "similarity", texts),
    )
    drawn = similarity_plot(
        maps, [own[one.kind].format(n=one.pairs) for one in maps], texts["map_block"], texts["similarity"]
    )
    return Plot(file_name(finding.axis_value, "inside-similarity"), drawn, caption, wide=len(maps) > 1)


def _landscape(run: Run) -> Curve:
    return landscape_line(run, TRAINED)


def _plane_plot(finding: AnyFinding, words: Words) -> Plot | None:
    """Return the loss on a plane around the network of each arm, for the first seed that all arms have."""
    texts, compared = words.report["inside"], _compared(finding, "plane")
    found = {
        seed: planes
        for seed in finding.arms[0].runs
        if (runs := [arm.runs[seed] for arm in finding.arms if arm.runs.get(seed) in compared])
        and len(runs) == len(finding.arms)
        and all(planes := [landscape_plane(run, TRAINED) for run in runs])
    }
    if not found:
        return None
    seed = min(found)
    drawn = planes_plot(
        {arm.name: plane for arm, plane in zip(finding.arms, found[seed], strict=True)},
        (texts["plane_x"], texts["plane_y"]),
        texts["landscape"],
    )
    caption = texts["captions"]["plane"].format(
        axis_value=words.in_brackets(finding.axis_value), sample=_sample(finding, "plane", texts), seed=seed
    )
    return Plot(file_name(finding.axis_value, "inside-plane"), drawn, caption, wide=len(finding.arms) > 1)


def _compared(finding: AnyFinding, measurement: str) -> list[Run]:
    """Return the runs whose measurement is shown: without pairs that were inspected on different images."""
    apart = finding.inspected_apart.get(measurement, ())
    return [run for arm in finding.arms for seed, run in arm.runs.items() if seed not in apart]


def _of_training(name: str) -> CurveOf:
    return lambda run: diagnostic_curve(run, name)


def _plot(
    finding: AnyFinding,
    words: Words,
    measurement: str,
    xlabel: str,
    series: Mapping[str, tuple[Any, CurveOf]],
    dots_of: DotsOf = lambda run: (),
) -> Plot | None:
    """Return the plot of a measurement in both arms, with its caption; None if no run has the measurement."""
    texts, axis_value = words.report["inside"], finding.axis_value
    lines, counts, compared = [], {}, _compared(finding, measurement)
    for arm in finding.arms:
        for label, (style, curve_of) in series.items():
            curves = [curve for run in arm.runs.values() if run in compared and (curve := curve_of(run))]
            if curves:
                dots = [dot for run in arm.runs.values() if run in compared for dot in dots_of(run)]
                lines.append(Line(label.format(arm=arm.name), ROLE_COLORS[arm.role], style, curves, dots))
                counts[arm.name] = len(curves)
    if not lines:
        return None
    drawn = profiles_plot(
        lines,
        (xlabel, texts[measurement]),
        logarithmic=measurement in ("gradients", "gradient_norm", "landscape"),
        bands=measurement in ("branch", "probes", "landscape"),
        levels={texts["majority"]: chance_level(compared[0]).share} if measurement in ("lesion", "probes") else {},
    )
    caption = texts["captions"][measurement].format(
        axis_value=words.in_brackets(axis_value),
        sample=_sample(finding, measurement, texts),
        seeds=_seeds(counts, texts),
    )
    return Plot(file_name(axis_value, f"inside-{measurement.replace('_', '-')}"), drawn, caption)


def _seeds(counts: Mapping[str, int], texts: Mapping[str, Any]) -> str:
    """Return the number of seeds of each arm as text; once, if it is the same."""
    if len(set(counts.values())) > 1:
        return str(texts["seeds_of"].format(counts=", ".join(f"{arm} {n}" for arm, n in counts.items())))
    n = next(iter(counts.values()))
    return str(texts["seeds_per_network"]["one" if n == 1 else "more"].format(n=n))


def _sample(finding: AnyFinding, measurement: str, texts: Mapping[str, Any]) -> str:
    """Return the images of a measurement as text, if all runs that recorded them agree."""
    samples = [inspected_sample(run, measurement) for run in _compared(finding, measurement)]
    named = {
        texts["sample"].format(n=one["n"], split=texts["splits"][one["split"]])
        for one in samples
        if {"n", "split"} <= one.keys()
    }
    return named.pop() if len(named) == 1 else str(texts["unknown_sample"])


def _summary(finding: AnyFinding, texts: Mapping[str, Any]) -> Sequence[Table]:
    columns = [
        (texts["initial" if which == INITIAL else "trained"].format(arm=arm.name), arm, which)
        for arm in finding.arms
        for which in (INITIAL, TRAINED)
    ]
    rows = [
        Row((texts[measure], *(_mean(finding, arm, f"gradients/{which}/{measure}") for _, arm, which in columns)))
        for measure in _SUMMARY
    ]
    measured = any(cell != MISSING for row in rows for cell in row.cells[1:])
    return [Table((texts["measure"], *(head for head, _, _ in columns)), tuple(rows))] if measured else []


def _mean(finding: AnyFinding, arm: Arm, measure: str) -> str:
    apart = finding.inspected_apart.get("gradients", ())
    return str(mean_sd(values.get(measure) for seed, values in arm.measures.items() if seed not in apart))
