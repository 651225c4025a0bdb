"""Section 7: what was measured inside the nets: gradients, responses, lesions, and the course of training."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean
from typing import Any

from resnet_lab.comparison.per_class import majority_share
from resnet_lab.comparison.results import Arm, Finding, Results
from resnet_lab.plots.curves import Line
from resnet_lab.plots.profiles import profiles_figure
from resnet_lab.plots.style import CONTROL, TREATED
from resnet_lab.report.document import Block, Heading, Plate, Plates, Row, Table, Text
from resnet_lab.report.sections.places import at_each_place, file_name, in_brackets
from resnet_lab.report.words import texts
from resnet_lab.runs import Run
from resnet_lab.runs.lesions import accuracies_by_number, common_sets, read_lesions
from resnet_lab.runs.measurements import (
    INITIAL,
    REPORTED_DIAGNOSTICS,
    TRAINED,
    diagnostic_curve,
    gradient_norm_profile,
    inspected_sample,
    response_std_profile,
)
from resnet_lab.statistics.curves import Curve
from resnet_lab.statistics.mean_sd import NOTHING, mean_sd

CurveOf = Callable[[Run], Curve]
DotsOf = Callable[[Run], Iterable[tuple[int, float]]]
_SUMMARY = ("unevenness", "decades_lost")


def inside_section(results: Results, language: str) -> list[Block]:
    """Return the section's blocks; none where nothing was measured inside the nets."""
    words = texts(f"report_{language}")
    blocks = at_each_place(results, language, lambda finding: _inside(finding, language))
    if not blocks:
        return []
    several = any(len(finding.seeds) > 1 for finding in results.findings)
    return [
        Heading(words["sections"]["inside"], anchor="inside"),
        Text(words["inside"]["text"]),
        *([Text(words["inside"]["seeds"], "remark")] if several else []),
        *blocks,
    ]


def _inside(finding: Finding, language: str) -> list[Block]:
    """Return the figures of a finding, and a table of what its gradients come to; what is not there is left out."""
    words = texts(f"report_{language}")["inside"]
    drawn = [
        _plate(
            finding, language, "gradients", words["layer"], _of_layers(gradient_norm_profile, words, INITIAL, TRAINED)
        ),
        _plate(finding, language, "responses", words["layer_3x3"], _of_layers(response_std_profile, words, TRAINED)),
        _lesion_plate(finding, language, words["removed"]),
        *(
            _plate(finding, language, figure, words["step"], {"{arm}": ("-", _of_training(figure))})
            for figure in REPORTED_DIAGNOSTICS
        ),
    ]
    plates = tuple(plate for plate in drawn if plate is not None)
    return [*([Plates(plates)] if plates else []), *_summary(finding, words)]


def _of_layers(
    of: Callable[[Run, str], Mapping[str, float]], words: Mapping[str, Any], *checkpoints: str
) -> dict[str, tuple[Any, CurveOf]]:
    """Return style and curves over layers, from 1, of each checkpoint, by the template of their label."""

    def curve_of(checkpoint: str) -> CurveOf:
        return lambda run: dict(enumerate(of(run, checkpoint).values(), start=1))

    if len(checkpoints) == 1:
        return {"{arm}": ("-", curve_of(checkpoints[0]))}
    return {
        words["initial" if checkpoint == INITIAL else "trained"]: (
            "--" if checkpoint == INITIAL else "-",
            curve_of(checkpoint),
        )
        for checkpoint in checkpoints
    }


def _lesion_plate(finding: Finding, language: str, xlabel: str) -> Plate | None:
    sets = common_sets(read_lesions(run, TRAINED) for run in _compared(finding, "lesion"))

    def by_number(run: Run) -> dict[int, list[float]]:
        return accuracies_by_number(read_lesions(run, TRAINED), sets)

    def mean_of(run: Run) -> Curve:
        return {removed: fmean(accuracies) for removed, accuracies in by_number(run).items()}

    def dots_of(run: Run) -> Iterable[tuple[int, float]]:
        return ((removed, accuracy) for removed, all_ in by_number(run).items() for accuracy in all_)

    return _plate(finding, language, "lesion", xlabel, {"{arm}": ("-", mean_of)}, dots_of)


def _compared(finding: Finding, figure: str) -> list[Run]:
    """Return the runs whose figures are shown: without pairs that were inspected on different images."""
    apart = finding.inspected_apart.get(figure, ())
    return [run for seed, pair in finding.contrast.pairs.items() if seed not in apart for run in pair]


def _of_training(figure: str) -> CurveOf:
    return lambda run: diagnostic_curve(run, figure)


def _plate(
    finding: Finding,
    language: str,
    figure: str,
    xlabel: str,
    series: Mapping[str, tuple[Any, CurveOf]],
    dots_of: DotsOf = lambda run: (),
) -> Plate | None:
    """Return a figure of both arms with its caption; None where no run has it."""
    words = texts(f"report_{language}")["inside"]
    lines, counts, compared = [], {}, _compared(finding, figure)
    for arm, colour in zip(finding.arms, (CONTROL, TREATED), strict=True):
        for label, (style, curve_of) in series.items():
            curves = [curve for run in arm.runs.values() if run in compared and (curve := curve_of(run))]
            if curves:
                dots = [dot for run in arm.runs.values() if run in compared for dot in dots_of(run)]
                lines.append(Line(label.format(arm=arm.name), colour, style, curves, dots))
                counts[arm.name] = len(curves)
    if not lines:
        return None
    drawn = profiles_figure(
        lines,
        (xlabel, words[figure]),
        logarithmic=figure in ("gradients", "gradient_norm"),
        levels={words["majority"]: majority_share(compared[0])} if figure == "lesion" else {},
    )
    caption = words["captions"][figure].format(
        place=in_brackets(finding.contrast.place, language),
        sample=_sample(finding, figure, words),
        seeds=words["seeds_of"].format(counts=", ".join(f"{arm} {n}" for arm, n in counts.items())),
    )
    return Plate(file_name(finding.contrast.place, f"inside-{figure.replace('_', '-')}"), drawn, caption)


def _sample(finding: Finding, measurement: str, words: Mapping[str, Any]) -> str:
    """Say which images a measurement was made on, if all runs that have it say the same."""
    samples = [inspected_sample(run, measurement) for run in _compared(finding, measurement)]
    told = {words["sample"].format(n=one["n"], split=one["split"]) for one in samples if {"n", "split"} <= one.keys()}
    return told.pop() if len(told) == 1 else str(words["unknown_sample"])


def _summary(finding: Finding, words: Mapping[str, Any]) -> Sequence[Table]:
    columns = [
        (words["initial" if which == INITIAL else "trained"].format(arm=arm.name), arm, which)
        for arm in finding.arms
        for which in (INITIAL, TRAINED)
    ]
    rows = [
        Row((words[figure], *(_mean(finding, arm, f"gradients/{which}/{figure}") for _, arm, which in columns)))
        for figure in _SUMMARY
    ]
    measured = any(cell != NOTHING for row in rows for cell in row.cells[1:])
    return [Table((words["figure"], *(head for head, _, _ in columns)), tuple(rows))] if measured else []


def _mean(finding: Finding, arm: Arm, measure: str) -> str:
    apart = finding.inspected_apart["gradients"]
    return str(mean_sd(figures.get(measure) for seed, figures in arm.measures.items() if seed not in apart))
