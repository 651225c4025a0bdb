"""Part of section 3: error against depth, and the verdict on degradation."""

from collections.abc import Iterator

from resnet_lab.comparison.degradation import ERRORS, DepthStudy
from resnet_lab.comparison.results import Results
from resnet_lab.config.flatten import flatten
from resnet_lab.config.historic_defaults import with_later_keys
from resnet_lab.plots.depth import Errors, depth_figure, runs_out, top_of
from resnet_lab.plots.style import CONTROL, TREATED
from resnet_lab.report.depth_sentences import depth_sentences
from resnet_lab.report.document import Block, Card, Heading, Plate, Plates, Row, Table, Text, Verdict, Verdicts
from resnet_lab.report.sections.places import file_name, in_brackets
from resnet_lab.report.words import texts
from resnet_lab.statistics.intervals import Interval, paired_t
from resnet_lab.statistics.mean_sd import NOTHING, mean_sd


def degradation_blocks(results: Results, language: str) -> list[Block]:
    """Return what is said of degradation; nothing where depth does not vary."""
    words = texts(f"report_{language}")
    blocks: list[Block] = []
    for study in results.depth_studies:
        blocks += [_plates(study, results, language), _table(study, language), _verdict(study, language)]
    if not blocks:
        return []
    wide = [Text(words["depth"]["wide"], "remark")] if any(map(_runs_out, results.depth_studies)) else []
    return [
        Heading(words["sections"]["degradation"], 3, "degradation"),
        Text(words["depth"]["rule"]),
        *blocks,
        *wide,
    ]


def degradation_card(study: DepthStudy, language: str) -> Card | None:
    """Return the verdict in short; None where no seed has both ends."""
    words, claim = texts(f"report_{language}"), study.claim
    interval = claim.interval
    if interval is None:
        return None
    name = words["card"]["claim"].format(claim=texts(language)["claims"][claim.key]["name"], treated=study.treated.name)
    low, high = (f"{100 * end:+.2f}" for end in (interval.low, interval.high))
    kind = "interval" if interval.has_spread else "no_interval" if interval.n == 1 else "no_spread"
    return Card(
        key=claim.verdict,
        verdict=texts(language)["verdicts"][claim.verdict],
        claim=name[0].upper() + name[1:],
        number=f"{100 * interval.mean:+.2f}",
        unit=words["depth"]["card"].format(
            first=study.depths[0],
            last=study.depths[-1],
            treated=study.treated.name,
            control=study.control.name,
            place=in_brackets(study.axis_value, language),
        ),
        interval=words["card"][kind].format(low=low, high=high, n=interval.n),
    )


def _plates(study: DepthStudy, results: Results, language: str) -> Plates:
    words = texts(f"report_{language}")["depth"]
    place, top = in_brackets(study.axis_value, language), _top(study)
    runs = [len(errors) for curve in study.arms for errors in curve.errors["train"].values()]
    plates = []
    for split in ERRORS:
        levels = {words["majority"]: study.majority_error}
        drawn = depth_figure(_drawn(study, split), (words["axis"], words[split]), top, levels)
        caption = words["captions"][split].format(
            place=place, runs=sum(runs), statistics=words["statistics"][_statistics(results)]
        )
        plates.append(Plate(file_name(study.axis_value, f"depth-{split}-error"), drawn, caption))
    return Plates(tuple(plates))


def _drawn(study: DepthStudy, split: str) -> list[Errors]:
    return [
        Errors(
            curve.name,
            colour,
            {depth: list(curve.errors[split][depth].values()) for depth in study.depths},
            {depth: curve.interval(split, depth) for depth in study.depths},
        )
        for curve, colour in zip(study.arms, (CONTROL, TREATED), strict=True)
    ]


def _top(study: DepthStudy) -> float:
    errors = [
        error
        for curve in study.arms
        for by_depth in curve.errors.values()
        for by_seed in by_depth.values()
        for error in by_seed.values()
    ]
    return top_of([*errors, study.majority_error])


def _runs_out(study: DepthStudy) -> bool:
    return any(runs_out(_drawn(study, split), _top(study)) for split in ERRORS)


def _table(study: DepthStudy, language: str) -> Table:
    words = texts(f"report_{language}")["depth"]
    head = (words["model"], words["depth"], *words["error"].values(), words["interval"], words["seeds"])
    rise = words["rise"].format(first=study.depths[0], last=study.depths[-1])
    rows = []
    for curve in study.arms:
        for depth in study.depths:
            errors = (str(mean_sd(curve.errors[split][depth].values())) for split in ERRORS)
            ends = _ends(curve.interval("train", depth))
            rows.append(Row((curve.name, str(depth), *errors, ends, str(len(curve.errors["train"][depth])))))
        change = str(mean_sd(curve.rises.values()))
        ends = _ends(curve.rise, "+") if curve.rise else NOTHING
        rows.append(Row((curve.name, rise, change, "", "", ends, str(len(curve.rises))), main=False))
    return Table(head, (*rows, *_differences(study, language)))


def _differences(study: DepthStudy, language: str) -> Iterator[Row]:
    """Yield what the treated arm has less the control, depth by depth."""
    name = texts(f"report_{language}")["depth"]["minus"].format(treated=study.treated.name, control=study.control.name)
    for depth in study.depths:
        by_split = [study.differences(split, depth) for split in ERRORS]
        of_training = by_split[0]
        ends = _ends(paired_t(of_training), "+") if of_training else NOTHING
        yield Row(
            (name, str(depth), *(str(mean_sd(values)) for values in by_split), ends, str(len(of_training))),
            main=False,
        )


def _ends(interval: Interval, sign: str = "") -> str:
    return f"{interval.low:{sign}.4f}\u00a0…\u00a0{interval.high:{sign}.4f}" if interval.has_spread else NOTHING


def _verdict(study: DepthStudy, language: str) -> Verdicts:
    text, key = texts(language), study.claim.verdict
    name = f"{text['claims'][study.claim.key]['name']}{in_brackets(study.axis_value, language)}"
    return Verdicts((Verdict(name, key, text["verdicts"][key], depth_sentences(study, language)),))


def _statistics(results: Results) -> str:
    """Say by which statistics batch normalisation evaluated: re-estimated ones, moving averages, or not all alike."""
    configs = (with_later_keys(flatten(run.config())) for run in results.runs)
    precise = {bool(config.get("model.precise_bn", False)) for config in configs}
    return "mixed" if len(precise) > 1 else "precise" if True in precise else "moving"
