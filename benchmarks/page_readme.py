"""Generated parts of README.md: the curves, the times, the table and the findings of the reference runs."""

from statistics import median

from reference_studies import (
    DEPTH_NAMES,
    DEPTH_REPORT,
    INSPECTED,
    RECIPE_REPORT,
    REFERENCE,
    ROOT,
    WORDS,
    degradation,
    ladder_results,
    recipe_results,
    results_of,
    setting_of_depths,
    wrapped,
)

from resnet_lab.report.cards import effect_card
from resnet_lab.report.compose import compose
from resnet_lab.report.depth_sentences import idle_sentence
from resnet_lab.report.render import block_markdown, card_markdown
from resnet_lab.report.sections.metrics import answer_table
from resnet_lab.runs import find_runs

ADDED = "The third pair of each depth was added when two were trained; no plan had fixed that."
"""The order of the runs of the depth study, which its reports cannot know."""
MORE = (
    "[Finding 4](docs/findings.md#4-on-digits-what-does-the-shortcut-need) says which single changes close that gap, "
    "and which explanations this excludes."
)
"""Where the rungs of the ladder are."""


def opening_figure() -> str:
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


def fit_times() -> str:
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


def table_and_findings() -> str:
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
        " ".join([degradation(depths), idle_sentence(study, WORDS), setting_of_depths(depths.runs), ADDED]),
        ladder_in_short(),
    ]
    listed = (wrapped(f"- {text}", indent="  ") for text in findings)
    return "\n\n".join([wrapped(caption), block_markdown(answer_table(results, WORDS)), "\n".join(listed)])


def ladder_in_short() -> str:
    """Return the gap of the ladder on digits with its intervals and its setting, and where the rungs are."""
    results = ladder_results()
    assert results.ladder is not None
    [card, *_] = compose(results, WORDS, pictures=False).cards
    run, seeds = results.ladder.runs[0], len(results.ladder.start.runs)
    pixels, epochs = run.config()["data"]["image_size"], run.status().epochs
    return (
        f"{card_markdown(card)} On handwritten digits of {pixels} pixels, {seeds} seeds per network, {epochs} epochs. "
        f"{MORE}"
    )


PARTS = {
    "figure from docs/reports/residual": opening_figure,
    "times from docs/reports/residual": fit_times,
    "from docs/reports/residual": table_and_findings,
}
"""The functions that write the parts of the page, by their marker."""
