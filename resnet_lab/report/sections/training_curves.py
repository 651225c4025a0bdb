"""Section of the report: accuracy and loss by epoch, each seed of each arm and the means, with a description."""

from collections.abc import Mapping, Sequence

from resnet_lab.comparison.one_arm import AnyFinding, AnyResults, OneArm
from resnet_lab.comparison.recorded import curve
from resnet_lab.comparison.results import Arm, Results
from resnet_lab.plots.curves import Line, curves_plot, have_wide_range
from resnet_lab.plots.style import ROLE_COLORS
from resnet_lab.report.curve_sentences import curve_sentences
from resnet_lab.report.document import Block, Fold, Heading, Plot, Plots, Text
from resnet_lab.report.sections.axis_values import file_name
from resnet_lab.report.sections.metrics import augmented
from resnet_lab.report.tuning_sentences import values_of
from resnet_lab.report.words import Words
from resnet_lab.statistics.smoothing import smoothing_floor


def curves_section(results: AnyResults, words: Words) -> list[Block]:
    """Return the section's blocks: curves and their description; of several settings, those of the last one at once."""
    texts, findings = words.report["curves"], results.findings
    blocks: list[Block] = [Heading(words.report["sections"]["curves"], anchor="curves")]
    *others, last = findings
    if others:
        blocks.append(Heading(words.axis_value(last.axis_value), 3))
    blocks += _curves(last, words)
    if not isinstance(results, OneArm):
        blocks += [Text(said, "remark") for said in _apart_from_the_answer(results, words)]
    blocks += [Fold(words.axis_value(other.axis_value), tuple(_curves(other, words))) for other in others]
    blocks.append(Fold(texts["minimized"], tuple(block for of in findings for block in _objective(of, words))))
    return blocks


def _curves(finding: AnyFinding, words: Words) -> list[Block]:
    """Return the curves of accuracy and loss, and the sentences that describe them."""
    texts = words.report["curves"]
    plots = (_plot(finding, metric, ("train", "val"), {}, words) for metric in ("accuracy", "loss"))
    several = [texts["seeds"]] if len(finding.seeds) > 1 else []
    described = curve_sentences(finding.arms, words)
    return [Plots(tuple(plots)), Text(" ".join([*described, texts["no_test"]])), *(Text(t, "remark") for t in several)]


def _apart_from_the_answer(results: Results, words: Words) -> list[str]:
    """Return in what the last setting's curves differ from an answer about training error, and their tuned values."""
    texts, last, said = words.report["curves"], results.findings[-1], []
    if results.ladder is not None or results.depth_studies:
        names = dict(zip(("control", "treated"), last.contrast.arms, strict=True))
        scored = (arm.mean_sd("final/last/train/accuracy").mean for arm in last.arms)
        shares = [f"{100 * share:.1f}" for share in scored if share is not None]
        if len(shares) == len(names):
            template = texts["scored_again"]["augmented" if augmented(results) else "train"]
            said.append(template.format(**names, control_share=shares[0], treated_share=shares[1]))
    if results.choice is not None:
        key = words.key(results.choice.tuning.key)
        said.append(texts["tuned"].format(**values_of(last, results.choice), key=key))
    return said


def _objective(finding: AnyFinding, words: Words) -> list[Block]:
    """Return the curves of the loss that was minimized, and its lowest possible value."""
    texts = words.report["curves"]
    floors = {_floor(arm): None for arm in finding.arms}
    labels = {texts["floor_label"].format(floor=f"{floor:.4f}"): floor for floor, _, _ in floors}
    notes = [
        Text(texts["floor"].format(floor=f"{floor:.4f}", smoothing=smoothing, classes=classes))
        for floor, smoothing, classes in floors
        if smoothing
    ]
    return [Plots((_plot(finding, "objective", ("train",), labels, words),)), *notes]


def _plot(finding: AnyFinding, metric: str, splits: Sequence[str], floors: Mapping[str, float], words: Words) -> Plot:
    """Return the curves of one metric, each split of each arm a line."""
    texts, axis_value = words.report["curves"], finding.axis_value
    lines = [
        Line(f"{arm.name}, {texts[split]}", ROLE_COLORS[arm.role], "--" if split == "train" else "-", curves)
        for arm in finding.arms
        for split in splits
        if (curves := [curve(run, f"{split}/{metric}") for run in arm.runs.values()])
    ]
    logarithmic = metric != "accuracy" and have_wide_range(lines)
    label = f"{texts[metric]}{texts['logarithmic'] if logarithmic else ''}"
    drawn = curves_plot(lines, (texts["epoch"], label), floors, logarithmic=logarithmic)
    caption = texts["captions"][metric].format(axis_value=words.in_brackets(axis_value))
    return Plot(file_name(axis_value, f"curves-{metric}"), drawn, caption)


def _floor(arm: Arm) -> tuple[float, float, int]:
    """Return the lowest possible smoothed loss of an arm, its label smoothing, and the number of classes."""
    run = next(iter(arm.runs.values()))
    smoothing, classes = run.config()["model"]["label_smoothing"], len(run.status().classes)
    return smoothing_floor(smoothing, classes), smoothing, classes
