"""Parts of the report on degradation with depth: error by depth for the answer, and what stands behind the verdict."""

from collections.abc import Iterator

from resnet_lab.comparison.degradation import ERRORS, DepthStudy
from resnet_lab.comparison.results import Results
from resnet_lab.config.flatten import flatten
from resnet_lab.config.historic_defaults import with_later_keys
from resnet_lab.plots.depth import Errors, depth_plot, exceeds, limits_of
from resnet_lab.plots.style import CONTROL, TREATED
from resnet_lab.report.depth_sentences import caveats, depth_sentences
from resnet_lab.report.document import Block, Fold, Plot, Plots, Row, Table, Text
from resnet_lab.report.sections.axis_values import file_name
from resnet_lab.report.words import Words
from resnet_lab.statistics.intervals import Interval, paired_t
from resnet_lab.statistics.mean_sd import MISSING, mean_sd


def degradation_blocks(results: Results, words: Words) -> list[Block]:
    """Return what the errors of each study do not measure, and what unfolds; none if depth does not vary."""
    texts = words.report["depth"]
    evaluated = texts["evaluated"].format(statistics=texts["statistics"][_statistics(results)])
    blocks: list[Block] = []
    for study in results.depth_studies:
        said = caveats(study, words)
        wide = [Text(texts["wide"], "remark")] if _exceeds(study) else []
        at = words.in_brackets(study.axis_value)
        others = tuple(_plot(study, split, words) for split in ERRORS if split != "train")
        parts = (Text(texts["rule"]), Text(depth_sentences(study, words)), Text(evaluated), _table(study, words))
        blocks += [
            *([Text(said)] if said else []),
            Fold(f"{words.report['sections']['degradation']}{at}", (*parts, Plots(others), *wide), printed=True),
        ]
    return blocks


def training_error_plot(study: DepthStudy, words: Words) -> Plot:
    """Return the plot of training error by depth."""
    return _plot(study, "train", words)


def _plot(study: DepthStudy, split: str, words: Words) -> Plot:
    """Return the plot of the error on a split by depth."""
    texts, chance = words.report["depth"], study.chance[split]
    runs = sum(len(errors) for curve in study.arms for errors in curve.errors[split].values())
    line = texts["majority"].format(name=chance.name, images=texts["images"][chance.split])
    levels = {line: study.majority_error(split)}
    drawn = depth_plot(_errors(study, split), (texts["axis"], texts[split]), _limits(study), levels)
    caption = texts["captions"][split].format(axis_value=words.in_brackets(study.axis_value), runs=runs)
    unrecorded = [texts["share_of_test"]] if split == "train" and chance.split != split else []
    return Plot(file_name(study.axis_value, f"depth-{split}-error"), drawn, " ".join([caption, *unrecorded]))


def _errors(study: DepthStudy, split: str) -> list[Errors]:
    return [
        Errors(
            curve.name,
            color,
            {depth: list(curve.errors[split][depth].values()) for depth in study.depths},
            {depth: curve.interval(split, depth) for depth in study.depths},
        )
        for curve, color in zip(study.arms, (CONTROL, TREATED), strict=True)
    ]


def _limits(study: DepthStudy) -> tuple[float, float]:
    """Return the ends of the y axis that all plots of a study share, in percent."""
    of_all = [arm for split in ERRORS for arm in _errors(study, split)]
    return limits_of(of_all, [study.majority_error(split) for split in ERRORS])


def _exceeds(study: DepthStudy) -> bool:
    return any(exceeds(_errors(study, split), _limits(study)) for split in ERRORS)


def _table(study: DepthStudy, words: Words) -> Table:
    texts = words.report["depth"]
    head = (texts["model"], texts["depth"], *texts["error"].values(), texts["interval"], texts["seeds"])
    rise = texts["rise"].format(first=study.depths[0], last=study.depths[-1])
    rows = []
    for curve in study.arms:
        for depth in study.depths:
            errors = (str(mean_sd(curve.errors[split][depth].values())) for split in ERRORS)
            ends = _ends(curve.interval("train", depth))
            rows.append(Row((curve.name, str(depth), *errors, ends, str(len(curve.errors["train"][depth])))))
        change = str(mean_sd(curve.rises.values()))
        ends = _ends(curve.rise, "+") if curve.rise else MISSING
        rows.append(Row((curve.name, rise, change, "", "", ends, str(len(curve.rises))), main=False))
    return Table(head, (*rows, *_differences(study, words)))


def _differences(study: DepthStudy, words: Words) -> Iterator[Row]:
    """Yield one row per depth with the errors of the treated arm minus those of the control."""
    name = words.report["depth"]["minus"].format(treated=study.treated.name, control=study.control.name)
    for depth in study.depths:
        by_split = [study.differences(split, depth) for split in ERRORS]
        of_training = by_split[0]
        ends = _ends(paired_t(of_training), "+") if of_training else MISSING
        yield Row(
            (name, str(depth), *(str(mean_sd(values)) for values in by_split), ends, str(len(of_training))),
            main=False,
        )


def _ends(interval: Interval, sign: str = "") -> str:
    return f"{interval.low:{sign}.4f}\u00a0…\u00a0{interval.high:{sign}.4f}" if interval.has_spread else MISSING


def _statistics(results: Results) -> str:
    """Return the key of the BatchNorm statistics used for evaluation: re-estimated, moving averages, or mixed."""
    configs = (with_later_keys(flatten(run.config())) for run in results.runs)
    precise = {bool(config.get("model.precise_bn", False)) for config in configs}
    return "mixed" if len(precise) > 1 else "precise" if True in precise else "moving"
