"""Reference reports from the reference runs, and the generated parts of README.md and of pages in docs.

    python benchmarks/reference_report.py

compares the runs of the studies `residual.yaml`, `residual128.yaml` and `ladder-digits.yaml`, in both languages, and
`groups128.yaml`, `depth.yaml` and `depth-low-rate.yaml`, in English. Each report is written to docs/reports/STUDY; its
runs are those of `resnet-lab study STUDY.yaml --logs docs/reports/STUDY/runs`. No report has a picture of the data set.
Then the text between the markers in README.md, docs/results.md, docs/findings.md and docs/diagnostics.md is written
from the same results. Run the script again after the runs change. The finding of a further pair of arms takes its
report in `main`, markers in docs/findings.md, and one entry in `PARTS`: `partial(finding_of_accuracy, "STUDY.yaml",
REPORTS / "STUDY")`.
"""

import json
import math
import runpy
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import combinations, product
from pathlib import Path
from statistics import fmean, geometric_mean, median, stdev

from resnet_lab.cli import main as resnet_lab
from resnet_lab.comparison.chance_level import chance_level
from resnet_lab.comparison.claims import Claim
from resnet_lab.comparison.degradation import DEPTH
from resnet_lab.comparison.falling_behind import CLASS_DEPTH, falling_behind
from resnet_lab.comparison.families import primary_claim
from resnet_lab.comparison.ladder import Ladder
from resnet_lab.comparison.ladder_results import gather_ladder
from resnet_lab.comparison.pairing import pair
from resnet_lab.comparison.results import Arm, Finding, Results, gather
from resnet_lab.comparison.selection import select
from resnet_lab.config.find import find_study
from resnet_lab.report.cards import degradation_card, effect_card
from resnet_lab.report.compose import compose
from resnet_lab.report.depth_sentences import depth_points, floor_sentence
from resnet_lab.report.document import Row, Table
from resnet_lab.report.ladder_sentences import end_names, rung_label, summary_sentence
from resnet_lab.report.number_texts import ends, signed
from resnet_lab.report.render import block_markdown, card_markdown
from resnet_lab.report.sections.metrics import answer_table, evaluated_table, last_epoch_table, of_arms
from resnet_lab.report.sections.why import behind_sentence, claims_table
from resnet_lab.report.sentences import beside_sentence, difference_sentence, limits, verdict_sentence
from resnet_lab.report.words import load_words
from resnet_lab.runs import Run, find_runs
from resnet_lab.runs.lesions import accuracies_by_number, common_sets, read_lesions
from resnet_lab.runs.measurements import (
    INITIAL,
    TRAINED,
    branch_share_profile,
    inspected_sample,
    landscape_line,
    probe_accuracy_profile,
)
from resnet_lab.runs.similarity import similarity_maps
from resnet_lab.statistics.mean_sd import MISSING
from resnet_lab.study.kept_plan import select_planned
from resnet_lab.study.plan import read_study

ROOT = Path(__file__).parents[1]
REPORTS = ROOT / "docs" / "reports"
RECIPE_REPORT, REPORT, GROUPS_REPORT, DEPTH_REPORT, LOW_RATE_REPORT, INSPECTION, LADDER_REPORT = (
    REPORTS / name
    for name in ("residual", "residual128", "groups128", "depth", "depth-low-rate", "inspection", "ladder-digits")
)
REFERENCE = ROOT / "lightning_logs" / "reference"
RECIPE_STUDY, LADDER_STUDY = "residual.yaml", "ladder-digits.yaml"
NAMES = ("plain34-128", "resnet34-128")
GROUPS_NAMES = ("plain34-groups128", "resnet34-groups128")
DEPTH_NAMES = tuple(f"{arm}{depth}" for depth in (20, 32, 56, 110) for arm in ("plain", "resnet"))
LOW_RATE_NAMES = tuple(f"{arm}{depth}-lr3e-4" for depth in (20, 110) for arm in ("plain", "resnet"))
INSPECTED = ("plain34", "resnet34")
"""The networks whose blocks are removed: the newest run of each name."""
BEGIN, END = "<!-- {} by benchmarks/reference_report.py -->", "<!-- end -->"
WORDS = load_words("en")
ALT = {
    "probes": "Accuracy of a linear probe by block",
    "branch": "Share of what a block adds by block",
    "landscape": "Loss along random directions through the trained weights",
}
"""Texts of figures in docs/diagnostics.md, by measurement."""


def main() -> None:
    """Write the reports, and the generated parts of the pages."""
    for report, names, languages in (
        (RECIPE_REPORT, (RECIPE_STUDY,), ("en", "id")),
        (REPORT, NAMES, ("en", "id")),
        (GROUPS_REPORT, ("groups128.yaml",), ("en",)),
        (DEPTH_REPORT, DEPTH_NAMES, ("en",)),
        (LOW_RATE_REPORT, LOW_RATE_NAMES, ("en",)),
        (LADDER_REPORT, (LADDER_STUDY,), ("en", "id")),
    ):
        for language in languages:
            for path in (report / language / "figures").glob("*.png"):
                path.unlink()
            words = ["compare", *names, "--logs", str(report / "runs"), "--language", language, "--no_pictures"]
            if resnet_lab([*words, "--output", str(report / language)]):
                raise SystemExit(1)
            for path in unread(report / language):
                path.unlink()
    write_parts()


def write_parts() -> None:
    """Write the text between the markers of each page."""
    for page, parts in PARTS.items():
        text = (ROOT / page).read_text(encoding="utf-8")
        for name, part in parts.items():
            begin = BEGIN.format(name)
            before, after = text.split(begin)
            text = f"{before}{begin}\n\n{part()}\n\n{after[after.index(END) :]}"
        (ROOT / page).write_text(text, encoding="utf-8")


def unread(folder: Path) -> list[Path]:
    """Return the files of a report that are not committed: plots that are in the page, and a second copy of numbers."""
    numbers = [folder / name for name in ("comparison.json", "table.csv")]
    return [*folder.glob("figures/*.svg"), *(numbers if folder.name != "en" else [])]


def link(report: Path, path: str) -> str:
    """Return the path of a file of a report, relative to a page in docs."""
    return (report / path).relative_to(ROOT / "docs").as_posix()


@cache
def results_of(report: Path, names: Sequence[str]) -> Results:
    """Return the results of comparing the runs of a report."""
    selection = select(names, report / "runs")
    return gather(pair(selection.runs, "model.residual"), selection.not_ready, force=False)


def recipe_results() -> Results:
    """Return the results of the recipe, by the plan of its study."""
    return planned_results(RECIPE_STUDY, RECIPE_REPORT)


@cache
def planned_results(name: str, report: Path) -> Results:
    """Return the results of a study, by its plan."""
    path = find_study(name)
    study = read_study(path)
    planned = select_planned(study, path, report / "runs")
    pairing = pair(planned.selection.runs, "model.residual")
    return gather(pairing, planned.selection.not_ready, force=False, plan=study.plan, off_plan=planned.off_plan)


def generated() -> str:
    """Return the text between the first markers: tables and verdicts of the comparison, and its setting."""
    results = recipe_results()
    [finding] = results.findings
    primary = primary_claim(finding.claims)
    paragraphs = [
        wrapped(f"{card_markdown(effect_card(finding, WORDS))} {beside_sentence(primary, WORDS)}"),
        "At the last of 10 epochs:",
        block_markdown(last_epoch_table(results, WORDS)),
        f"![Accuracy by epoch, both arms, every seed]({link(RECIPE_REPORT, 'en/figures/curves-accuracy.png')})",
        wrapped(setting(results.runs)),
        "Scored once more without augmentation, and on the held-out split, last and best checkpoint:",
        block_markdown(of_arms(evaluated_table(results, WORDS))),
        "What the report says of each claim:",
        block_markdown(measured_claims(finding)),
        wrapped(limits(finding.claims, WORDS)),
    ]
    return "\n\n".join(paragraphs)


def measured_claims(finding: Finding) -> Table:
    """Return the report's table of claims without those that were not measured, and without the column of p."""
    table = claims_table(finding, WORDS)
    p = table.head.index(WORDS.report["effect"]["p"])

    def without_p(cells: tuple[str, ...]) -> tuple[str, ...]:
        return cells[:p] + cells[p + 1 :]

    rows = (
        Row(without_p(row.cells))
        for claim, row in zip(finding.claims, table.rows, strict=True)
        if claim.interval is not None
    )
    return Table(without_p(table.head), tuple(rows))


def generated_groups() -> str:
    """Return the difference at 128 pixels without and with near-duplicates in one split."""
    rows, levels = [], set()
    for split, report, names in (
        ("by class", REPORT, NAMES),
        ("by class, near-duplicates together", GROUPS_REPORT, GROUPS_NAMES),
    ):
        [finding] = results_of(report, names).findings
        claim, sizes = primary_claim(finding.claims), finding.contrast.runs[0].status().split_sizes
        assert claim.interval is not None
        assert claim.these_images is not None
        intervals = (claim.interval, claim.these_images)
        ends = (f"{100 * interval.low:+.2f} to {100 * interval.high:+.2f}" for interval in intervals)
        means = (f"{100 * fmean(values):.2f}%" for values in (claim.control, claim.treated))
        levels |= {interval.level for interval in intervals}
        rows.append(
            Row((split, str(len(claim.seeds)), str(sizes["test"]), *means, f"{100 * claim.interval.mean:+.2f}", *ends))
        )
    [level] = levels
    kinds = (f"{level:.0%} interval, {population}" for population in ("new images", "these images"))
    head = ("Split", "Pairs", "Held-out photographs", "Plain-34", "ResNet-34", "Difference in points", *kinds)
    return block_markdown(Table(head, tuple(rows)))


def generated_inside() -> str:
    """Return the text between the second markers: three plots, and the verdict or the numbers that belong to each."""
    depths, low_rate = results_of(DEPTH_REPORT, DEPTH_NAMES), results_of(LOW_RATE_REPORT, LOW_RATE_NAMES)
    [study] = depths.depth_studies
    floors = " ".join(filter(None, (floor_sentence(study, curve, WORDS) for curve in study.arms)))
    of_110 = next(finding for finding in low_rate.findings if finding.contrast.axis_value[DEPTH] == 110)
    gradients = (in_short(of_110, key) for key in ("gradient_flow", "vanishing_gradients"))
    return "\n\n".join(
        [
            f"![Training error by depth]({link(DEPTH_REPORT, 'en/figures/depth-train-error.png')})",
            wrapped(f"{degradation(depths)} {floors} {setting_of_depths(depths.runs)}"),
            wrapped(f"At the recipe's rate: {degradation(low_rate)} {setting_of_depths(low_rate.runs)}"),
            f"![Gradient norm by layer]({link(LOW_RATE_REPORT, 'en/figures/depth-110-inside-gradients.png')})",
            wrapped(f"{' '.join(gradients)} Seen in {len(of_110.seeds)} pairs."),
            f"![Accuracy without one block]({link(INSPECTION, 'lesion_single.png')})",
            wrapped(lesion_sentence()),
        ]
    )


def degradation(results: Results) -> str:
    """Return the verdict on degradation with depth as one line, with the number of pairs that it rests on."""
    [study] = results.depth_studies
    shown = degradation_card(study, WORDS)
    assert shown is not None
    return f"{card_markdown(shown)} Seen in {len(study.claim.seeds)} pairs per depth."


def setting_of_depths(runs: Sequence[Run]) -> str:
    """Return the setting of a study of depth as a sentence."""
    config, status = runs[0].config(), runs[0].status()
    batch = config["data"]["batch_size"]
    return (
        f"{len(runs)} runs at {config['data']['image_size']} pixels, learning rate {config['model']['lr']:g}, "
        f"{status.epochs} epochs of {math.ceil(status.split_sizes['train'] / batch)} steps with {batch} images."
    )


def in_short(finding: Finding, key: str) -> str:
    """Return the verdict on a claim, and the value that decides it."""
    claim, arms = next(claim for claim in finding.claims if claim.key == key), finding.contrast.arms
    name = WORDS.claim(key)
    sentences = (verdict_sentence(claim, arms, WORDS), difference_sentence(claim, arms, WORDS))
    return f"**{name[0].upper()}{name[1:]}: {WORDS.verdict(claim.verdict)}.** {' '.join(sentences)}"


def lesion_sentence() -> str:
    """Return the accuracy of the inspected networks without one of their blocks as sentences."""
    runs = [find_runs(INSPECTION / "runs", name)[-1] for name in INSPECTED]
    common, sentences = common_sets(read_lesions(run, TRAINED) for run in runs), []
    for run in runs:
        accuracies = accuracies_by_number(read_lesions(run, TRAINED), common)
        [whole], without = accuracies[0], accuracies[1]
        mean, worst, best = (100 * value for value in (fmean(without), min(without), max(without)))
        sentences.append(
            f"{run.status().arm} {100 * whole:.1f}%, without one of {len(without)} blocks {worst:.1f}% to "
            f"{best:.1f}%, {mean:.1f}% on average"
        )
    most_frequent = f"{100 * chance_level(runs[0]).share:.1f}%"
    return (
        f"**Networks without a block** (Veit et al. 2016), accuracy on {inspected_sample(runs[0], 'lesion')['n']} "
        f"held-out photographs, of blocks that keep the shape (full): {'; '.join(sentences)}; always naming the most "
        f"frequent class {most_frequent}. Seen in one network per arm, at 224 pixels: this shows "
        "which blocks these two need, and not why one is more accurate."
    )


def ladder_results() -> Results:
    """Return the results of the ladder on digits, by its plan."""
    path = find_study(LADDER_STUDY)
    study = read_study(path)
    planned = select_planned(study, path, LADDER_REPORT / "runs")
    return gather_ladder(planned.selection, study.plan, off_plan=planned.off_plan, force=False, choice=planned.choice)


def ladder_in_short() -> str:
    """Return the gap of the ladder on digits with its intervals, its setting, and the share that each rung closes."""
    results = ladder_results()
    assert results.ladder is not None
    [card, *_] = compose(results, WORDS, pictures=False).cards
    run, seeds = results.ladder.runs[0], len(results.ladder.start.runs)
    pixels, epochs = run.config()["data"]["image_size"], run.status().epochs
    return (
        f"{card_markdown(card)} On handwritten digits of {pixels} pixels, {seeds} seeds per network, {epochs} epochs. "
        f"{summary_sentence(results.ladder, WORDS)} Shares, too, are about these images and new training."
    )


def generated_ladder() -> str:
    """Return the text between the third markers: the ladder on digits, its gap, and its setting."""
    results = ladder_results()
    assert results.ladder is not None
    [card, *_] = compose(results, WORDS, pictures=False).cards
    run = results.ladder.runs[0]
    status, config = run.status(), run.config()
    hardware, versions = status.hardware, status.versions
    networks = (
        f"{len(results.ladder.cells)} networks of depth {config['model']['depth']}, {len(results.ladder.start.runs)} "
        f"seeds each, {status.epochs} epochs on {status.split_sizes['train']:,} digits of "
        f"{config['data']['image_size']} pixels, {status.threads} thread per run on {hardware.cores} cores of an "
        f"{hardware.processor}, {status.precision}, torch {versions['torch']}."
    )
    return "\n\n".join(
        [
            f"![Share of the gap that each rung closes]({link(LADDER_REPORT, 'en/figures/ladder.png')})",
            wrapped(f"{card_markdown(card)} {networks}"),
            wrapped(WORDS.ladder["limits"]),
        ]
    )


def generated_costs() -> str:
    """Return the seconds per run of each measurement of ``inspect``, from benchmarks/results/inspection.json."""
    benchmark = runpy.run_path(str(ROOT / "benchmarks" / "inspection.py"))
    results = json.loads((ROOT / "benchmarks" / "results" / "inspection.json").read_text(encoding="utf-8"))
    return f"{wrapped(benchmark['setting'](results))}\n\n{benchmark['table'](results)}"


def generated_on_digits() -> str:
    """Return what was measured inside both ends of the ladder on digits, and the probes of all its cells."""
    results = ladder_results()
    [finding] = results.findings
    assert results.ladder is not None
    shown = shown_inside(finding, LADDER_REPORT, ("probes", "branch"))
    return "\n\n".join([*shown, "Linear probes of all cells:", probes_of_cells(results.ladder)])


def generated_on_cells() -> str:
    """Return what the same measurements showed on the pairs at 128 pixels."""
    [finding] = results_of(GROUPS_REPORT, GROUPS_NAMES).findings
    return "\n\n".join(shown_inside(finding, GROUPS_REPORT, ("landscape",)))


def shown_inside(finding: Finding, report: Path, figures: Sequence[str]) -> list[str]:
    """Return a paragraph per measurement inside the networks; some have their figure of the report above them."""
    shown = []
    for measurement, said in inside_paragraphs(finding).items():
        if measurement in figures:
            shown.append(f"![{ALT[measurement]}]({link(report, f'en/figures/inside-{measurement}.png')})")
        shown.append(wrapped(said))
    return shown


def inside_paragraphs(finding: Finding) -> dict[str, str]:
    """Return what probes, branches, similarity and landscapes showed, with seeds and spreads, by measurement."""
    run = next(iter(finding.treated.runs.values()))
    blocks = list(probe_accuracy_profile(run, TRAINED))
    first, last = blocks[0], blocks[-1]
    images = inspected_sample(run, "probes")["n"]
    behind = falling_behind(finding)

    def of(arm: Arm, profile: Callable[[Run, str], Mapping[str, float]], which: str, block: str) -> str:
        values = [100 * profile(run, which)[block] for run in arm.runs.values()]
        return f"{fmean(values):.1f} ± {stdev(values):.1f}%"

    def of_arms(which: str, block: str) -> str:
        return " and ".join(f"{arm.name} {of(arm, probe_accuracy_profile, which, block)}" for arm in finding.arms)

    def of_blocks(which: str) -> str:
        return " and ".join(of(finding.treated, branch_share_profile, which, block) for block in (first, last))

    probes = (
        in_short(finding, CLASS_DEPTH),
        "" if behind is None else behind_sentence(behind, finding.control.name, WORDS),
        f"Accuracy on {images} held-out images, mean ± standard deviation over {len(finding.seeds)} seeds: trained,",
        f"{of_arms(TRAINED, first)} after the first block, {of_arms(TRAINED, last)} after the last; at initialization,",
        f"{of_arms(INITIAL, last)} after the last.",
    )
    plain = [share for run in finding.control.runs.values() for share in branch_share_profile(run, TRAINED).values()]
    branch = (
        f"**Share of what a block adds** (a description). In {finding.treated.name}, the branches of the first and of",
        f"the last block have {of_blocks(INITIAL)} of the variance of the sum at initialization, and",
        f"{of_blocks(TRAINED)} after training (mean ± standard deviation over {len(finding.seeds)} seeds). The",
        f"1 / (l + 1) of De and Smith would be 50.0% and {100 / (len(blocks) + 1):.1f}%. In {finding.control.name},",
        f"output minus input has {100 * min(plain):.0f}% to {100 * max(plain):.0f}% in every trained block that keeps",
        "the shape.",
    )
    similarity = (
        "**Similarity of blocks** (a description). Mean CKA of blocks at the same place, networks of different seeds,",
        f"with the lowest and the highest pair: {'; '.join(similarities(finding))}.",
    )

    def losses(arm: Arm, steps: Sequence[int]) -> str:
        found = [landscape_line(run, TRAINED)[step] for run in arm.runs.values() for step in steps]
        middle, low, high = (
            f"{x:.2f}" if x < 10 else f"{x:.0f}" for x in (geometric_mean(found), min(found), max(found))
        )
        return f"{middle} ({low} to {high})"

    moved = (f"{arm.name} {losses(arm, (0,))} and {losses(arm, (-50, 50))}" for arm in finding.arms)
    landscape = (
        "**Loss around the trained weights** (a description). Cross-entropy on held-out images at the trained weights",
        "and half a filter norm away, on both sides, geometric mean (lowest to highest) over",
        f"{len(finding.seeds)} seeds:",
        f"{'; '.join(moved)}.",
    )
    told = {"probes": probes, "branch": branch, "similarity": similarity, "landscape": landscape}
    return {measurement: " ".join(filter(None, sentences)) for measurement, sentences in told.items()}


def similarities(finding: Finding) -> list[str]:
    """Return the mean CKA of each map over its pairs of networks, with the range of the pairs."""
    arms = {arm.name: list(arm.runs.values()) for arm in finding.arms}
    said = []
    for one in similarity_maps(arms, TRAINED):
        pairs = (
            product(*(arms[name] for name in one.arms))
            if len(set(one.arms)) > 1
            else combinations(arms[one.arms[0]], 2)
        )
        apart = [pair for pair in pairs if pair[0].status().seed != pair[1].status().seed]
        values = [
            found[1].corresponding
            for pair in apart
            if len(found := similarity_maps(dict(zip("ab", ([run] for run in pair), strict=True)), TRAINED)) == 3
        ]
        assert len(values) == one.pairs
        said.append(
            f"{one.arms[0]} with {one.arms[1]} {fmean(values):.2f} ({min(values):.2f} to {max(values):.2f}, "
            f"{one.pairs} pairs)"
        )
    return said


def probes_of_cells(ladder: Ladder) -> str:
    """Return the accuracy of linear probes in every cell of a ladder: first and last block, initial and trained."""
    columns = ((TRAINED, 0), (TRAINED, -1), (INITIAL, -1))
    head = ("Cell", "Seeds", "first block, trained", "last block, trained", "last block, initial")
    names = end_names(ladder)
    labels = (names["start"], *(rung_label(rung, ladder, WORDS) for rung in ladder.rungs), names["end"])
    cells = (ladder.start, *(rung.cell for rung in ladder.rungs), ladder.end)
    rows = []
    for label, cell in zip(labels, cells, strict=True):
        values = []
        for which, place in columns:
            found = [list(probe_accuracy_profile(run, which).values())[place] for run in cell.runs.values()]
            values.append(f"{100 * fmean(found):.1f} ± {100 * stdev(found):.1f}%")
        rows.append(Row((label, str(len(cell.runs)), *values)))
    return block_markdown(Table(head, tuple(rows)))


def generated_times() -> str:
    """Return the time of a fit of the recipe, on each kind of machine that it was run on."""
    kinds = {
        "in `lightning_logs/reference`": [run for name in INSPECTED for run in find_runs(REFERENCE, name)],
        "in `docs/reports/residual`": [run for name in INSPECTED for run in find_runs(RECIPE_REPORT / "runs", name)],
    }
    said = []
    for where, runs in kinds.items():
        first = runs[0].status()
        minutes = [run.status().wall_seconds / 60 for run in runs]
        amx = "with AMX" if "amx_bf16" in first.hardware.instructions else "without AMX, beside other work"
        threads = f"{first.threads} thread{'s' if first.threads > 1 else ''}"
        span = f"{median(minutes):.0f} minutes ({min(minutes):.0f} to {max(minutes):.0f})"
        machine = f"{first.hardware.cores} cores of an {first.hardware.processor} {amx}"
        said.append(f"{span} with {threads} on {machine} ({len(runs)} runs {where})")
    return wrapped(
        f"A fit took, at the median, {', and '.join(said)}; torch {first.versions['torch']}, {first.precision} "
        "(the default: multiplications in 16 bits, weights in 32)."
    )


def generated_figure() -> str:
    """Return the curves of the recipe as the picture of the README, with what they show and of how many runs."""
    results = recipe_results()
    [finding] = results.findings
    run = results.runs[0]
    sizes, report = run.status().split_sizes, RECIPE_REPORT.relative_to(ROOT).as_posix()
    caption = (
        f"Accuracy by epoch of {' and '.join(finding.contrast.arms)} on photographs of solar cells at "
        f"{run.config()['data']['image_size']} pixels: {len(finding.seeds)} seeds per network (thin) and their means "
        f"(bold), on {sizes['train']:,} training photographs (dashed, random crops) and {sizes['val']} validation "
        "photographs (solid). The curves describe these runs; the verdict, with its intervals, is below. From "
        f"[this report]({report}/en/report.md)."
    )
    alt = "Accuracy by epoch of both arms, every seed and the means"
    return f'<img src="{report}/en/figures/curves-accuracy.png" width="420" alt="{alt}">\n\n{wrapped(f"*{caption}*")}'


def generated_findings() -> str:
    """Return the table of both arms at the last epoch, and one paragraph on what was found."""
    results = recipe_results()
    [finding] = results.findings
    config, status = results.runs[0].config(), results.runs[0].status()
    caption = (
        f"The last of {status.epochs} epochs on photographs of solar cells, from random weights, at "
        f"{config['data']['image_size']} pixels: mean ± standard deviation over {len(finding.seeds)} seeds per arm."
    )
    depths = results_of(DEPTH_REPORT, DEPTH_NAMES)
    [study] = depths.depth_studies
    findings = [
        card_markdown(effect_card(finding, WORDS)),
        " ".join([degradation(depths), *depth_points(study, depths.findings, WORDS)]),
        ladder_in_short(),
    ]
    listed = (wrapped(f"- {text}", indent="  ") for text in findings)
    return "\n\n".join([wrapped(caption), block_markdown(answer_table(results, WORDS)), "\n".join(listed)])


def shown(report: Path, figure: str, alt: str, claims: Iterable[tuple[str, Claim]]) -> str:
    """Return a finding: its figure, and what was measured, with the number of pairs and both intervals.

    Args:
        report: The folder of the report.
        figure: The name of the figure.
        alt: What the figure shows.
        claims: Of each claim what is measured, and the claim.
    """
    head = (
        "Claim",
        "Measured",
        "Pairs",
        "Value",
        "New images and new training",
        "These images, new training",
        "Verdict",
    )
    rows = []
    for measured, claim in claims:
        assert claim.interval is not None
        found = {claim.about: claim.interval} | ({"these_images": claim.these_images} if claim.these_images else {})
        texts = {about: "{low} to {high} ({level}%)".format(**ends(of, claim.unit)) for about, of in found.items()}
        value = f"{signed(claim.interval.mean, claim.unit)} {claim.unit}"
        these = texts.pop("these_images", MISSING)
        [others] = texts.values() or [MISSING]
        name = WORDS.claim(claim.key) if claim.key in WORDS.claims else WORDS.ladder["claim"]["name"]
        rows.append(Row((name, measured, str(len(claim.seeds)), value, others, these, WORDS.verdict(claim.verdict))))
    return f"![{alt}]({link(report, f'en/figures/{figure}')})\n\n{block_markdown(Table(head, tuple(rows)))}"


def measures_of(finding: Finding, *keys: str) -> list[tuple[str, Claim]]:
    """Return some claims of a comparison, each with what is measured: of both arms, or of the control."""
    control, treated = finding.contrast.arms
    claims = [next(claim for claim in finding.claims if claim.key == key) for key in keys]
    arms = [f"{treated} minus {control}" if claim.against is None else control for claim in claims]
    return [(f"{WORDS.claims[claim.key]['measure']}, {of}", claim) for claim, of in zip(claims, arms, strict=True)]


def finding_of_accuracy(study: str = RECIPE_STUDY, report: Path = RECIPE_REPORT) -> str:
    """Return accuracy and loss of both arms of a study."""
    [finding] = planned_results(study, report).findings
    alt = "Difference in test accuracy of each pair, and its mean with the intervals"
    return shown(report, "differences.png", alt, measures_of(finding, "accuracy", "loss"))


def finding_of_gradients() -> str:
    """Return the gradients of the recipe's networks."""
    [finding] = recipe_results().findings
    alt = "Gradient norm by layer of every network, before and after training"
    claims = measures_of(finding, "gradient_flow", "vanishing_gradients")
    return shown(RECIPE_REPORT, "inside-gradients.png", alt, claims)


def finding_of_depth() -> str:
    """Return degradation with depth and the accuracy of the deepest networks, at both learning rates."""
    claims, points = [], []
    for report, names in ((DEPTH_REPORT, DEPTH_NAMES), (LOW_RATE_REPORT, LOW_RATE_NAMES)):
        results = results_of(report, names)
        [study], rate = results.depth_studies, f"learning rate {results.runs[0].config()['model']['lr']:g}"
        last = next(one for one in results.findings if one.contrast.axis_value[DEPTH] == study.depths[-1])
        claims.append((f"rise of training error, {study.treated.name} minus {study.control.name}, {rate}", study.claim))
        claims += [(f"{measured}, {rate}", claim) for measured, claim in measures_of(last, "accuracy")]
        points.append(depth_points(study, results.findings, WORDS))
    [pairs] = {len(claim.seeds) for _, claim in claims}
    at_both = [point for point in points[0] if point in points[1]]
    figure = shown(DEPTH_REPORT, "depth-train-error.png", "Training error by depth, every network", claims)
    return f"{figure}\n\n{wrapped(' '.join([f'Seen in {pairs} pairs per depth and rate.', *at_both]))}"


def finding_of_ladder() -> str:
    """Return the gap between the ends of the ladder, with the share of it that each rung closes as a figure."""
    results = ladder_results()
    ladder, [finding] = results.ladder, results.findings
    assert ladder is not None
    assert ladder.tuned is not None
    of, (key, value) = end_names(ladder), ladder.tuned
    gap = f"{WORDS.ladder['claim']['measure']}, {of['end']} minus {of['start']}, both at {WORDS.key(key)} {value:g}"
    [(accuracy, claim)] = measures_of(finding, "accuracy")
    claims = [(gap, ladder.gap), (f"{accuracy}, each at its selected {WORDS.key(key)}", claim)]
    alt = "Share of the gap that each rung closes, with its interval, and every seed"
    return shown(LADDER_REPORT, "ladder.png", alt, claims)


def plans() -> str:
    """Return which runs began from a commit that holds the study by which they are judged."""
    before: list[str] = []
    after: list[str] = []
    for report in sorted(language.parent for language in REPORTS.glob("*/en")):
        path = find_study(f"{report.name}.yaml")
        planned = select_planned(read_study(path), path, report / "runs")
        runs = [*planned.selection.runs, *(planned.choice.runs if planned.choice else ())]
        (after if planned.off_plan else before).append(f"`{path.name}` ({len(runs)} runs)")
    return wrapped(
        f"Every run began with the study file as it is now, apart from comments: {', '.join(before)}. Not so: "
        f"{', '.join(after)}."
    )


def wrapped(text: str, indent: str = "") -> str:
    """Return a paragraph as lines of at most 120 characters, all but the first indented."""
    return textwrap.fill(text, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def setting(runs: Sequence[Run]) -> str:
    """Return data, time, hardware and software of the comparison as sentences."""
    statuses = [run.status() for run in runs]
    first, config = statuses[0], runs[0].config()
    sizes, versions, hardware = first.split_sizes, first.versions, first.hardware
    minutes = sorted(status.wall_seconds / 60 for status in statuses)
    seeds = sorted({status.seed for status in statuses})
    instructions = ", ".join(name.upper().replace("_", "-") for name in hardware.instructions)
    return (
        f"Mean and standard deviation over {len(seeds)} seeds per arm, at {config['data']['image_size']} pixels. Train "
        f"metrics are measured during training, on augmented crops. {sizes['train']:,} photographs for training, "
        f"{sizes['val']} for validation, {sizes['test']} held out. Losses are plain cross-entropy in nats. Both "
        f"arms have {first.parameters:,} parameters and, for each seed, the same initial weights and the same "
        f"batches. A run took {minutes[0]:.0f} to {minutes[-1]:.0f} minutes on {first.threads} thread"
        f"{'s' if first.threads > 1 else ''} of {hardware.cores} busy cores of an {hardware.processor} "
        f"({instructions}), {first.precision}, torch {versions['torch']}, torchvision {versions['torchvision']}, "
        f"lightning {versions['lightning']}, Python {versions['python']}."
    )


PARTS = {
    "README.md": {
        "figure from docs/reports/residual": generated_figure,
        "times from docs/reports/residual": generated_times,
        "from docs/reports/residual": generated_findings,
    },
    "docs/results.md": {
        "from docs/reports/residual": generated,
        "from docs/reports/groups128": generated_groups,
        "from docs/reports/depth": generated_inside,
        "from docs/reports/ladder-digits": generated_ladder,
    },
    "docs/diagnostics.md": {
        "from benchmarks/results/inspection.json": generated_costs,
        "from docs/reports/ladder-digits": generated_on_digits,
        "from docs/reports/groups128": generated_on_cells,
    },
    "docs/findings.md": {
        "accuracy from docs/reports/residual": finding_of_accuracy,
        "gradients from docs/reports/residual": finding_of_gradients,
        "from docs/reports/depth": finding_of_depth,
        "from docs/reports/ladder-digits": finding_of_ladder,
        "plans from docs/reports": plans,
    },
}
"""The functions that write the parts of each page, by their marker."""

if __name__ == "__main__":
    main()
