"""Generated parts of docs/results.md: tables, verdicts and settings of every study."""

from collections.abc import Sequence
from statistics import fmean

from reference_studies import (
    DEPTH_NAMES,
    DEPTH_REPORT,
    FOLDS_REPORT,
    FOLDS_STUDY,
    GROUPS_NAMES,
    GROUPS_REPORT,
    INSPECTED,
    INSPECTION,
    LADDER_REPORT,
    LOW_RATE_NAMES,
    LOW_RATE_REPORT,
    NAMES,
    RECIPE_REPORT,
    REPORT,
    WORDS,
    degradation,
    in_short,
    ladder_results,
    link,
    planned_results,
    recipe_results,
    results_of,
    setting_of_depths,
    wrapped,
)

from resnet_lab.comparison.chance_level import chance_level
from resnet_lab.comparison.degradation import DEPTH
from resnet_lab.comparison.families import primary_claim
from resnet_lab.comparison.results import Finding
from resnet_lab.report.cards import effect_card
from resnet_lab.report.compose import compose
from resnet_lab.report.depth_sentences import floor_sentence
from resnet_lab.report.document import Row, Table
from resnet_lab.report.render import block_markdown, card_markdown
from resnet_lab.report.sections.metrics import evaluated_table, last_epoch_table, of_arms
from resnet_lab.report.sections.why import claims_table
from resnet_lab.report.sentences import beside_sentence, limits
from resnet_lab.runs import Run, find_runs
from resnet_lab.runs.lesions import accuracies_by_number, common_sets, read_lesions
from resnet_lab.runs.measurements import (
    TRAINED,
    inspected_sample,
)


def recipe() -> str:
    """Return the recipe at 224 pixels: tables and verdicts of the comparison, and its setting."""
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


def groups() -> str:
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


def folds() -> str:
    """Return the difference over five folds: verdict, figure, and the accuracy of both arms on each fold."""
    results = planned_results(FOLDS_STUDY, FOLDS_REPORT)
    [finding] = results.findings
    claim = primary_claim(finding.claims)
    rows = []
    for run, plain, residual in zip(finding.control.runs.values(), claim.control, claim.treated, strict=True):
        accuracies = (f"{100 * one:.2f}%" for one in (plain, residual))
        fold, n = run.config()["data"]["fold"], run.status().split_sizes["test"]
        rows.append(Row((f"fold {fold}", str(n), *accuracies, f"{100 * (residual - plain):+.2f}")))
    rows.sort(key=lambda row: row.cells[0])
    head = ("Held out", "Photographs", *finding.contrast.arms, "Difference in points")
    return "\n\n".join(
        [
            wrapped(f"{card_markdown(effect_card(finding, WORDS))} {beside_sentence(claim, WORDS)}"),
            f"![Difference of each fold, and its mean]({link(FOLDS_REPORT, 'en/figures/differences.png')})",
            block_markdown(Table(head, tuple(rows))),
        ]
    )


def deeper_and_inside() -> str:
    """Return deeper and inspected networks: three plots, and the verdict or the numbers that belong to each."""
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


def ladder() -> str:
    """Return the ladder on digits, its gap, and its setting."""
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


PARTS = {
    "from docs/reports/residual": recipe,
    "from docs/reports/groups128": groups,
    "from docs/reports/folds128": folds,
    "from docs/reports/depth": deeper_and_inside,
    "from docs/reports/ladder-digits": ladder,
}
"""The functions that write the parts of the page, by their marker."""
