"""Generated parts of docs/diagnostics.md: the measurements inside trained networks."""

import json
import runpy
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, product
from pathlib import Path
from statistics import fmean, geometric_mean, stdev

from reference_studies import (
    GROUPS_NAMES,
    GROUPS_REPORT,
    LADDER_REPORT,
    ROOT,
    WORDS,
    in_short,
    ladder_results,
    link,
    results_of,
    wrapped,
)

from resnet_lab.comparison.falling_behind import CLASS_DEPTH, falling_behind
from resnet_lab.comparison.ladder import Ladder
from resnet_lab.comparison.results import Arm, Finding
from resnet_lab.report.document import Row, Table
from resnet_lab.report.ladder_sentences import end_names, rung_label
from resnet_lab.report.render import block_markdown
from resnet_lab.report.sections.why import behind_sentence
from resnet_lab.runs import Run
from resnet_lab.runs.measurements import (
    INITIAL,
    TRAINED,
    branch_share_profile,
    inspected_sample,
    landscape_line,
    probe_accuracy_profile,
)
from resnet_lab.runs.similarity import similarity_maps

ALT = {
    "probes": "Accuracy of a linear probe by block",
    "branch": "Share of what a block adds by block",
    "landscape": "Loss along random directions through the trained weights",
}
"""Texts of figures in docs/diagnostics.md, by measurement."""


def costs() -> str:
    """Return the seconds per run of each measurement of ``inspect``, from benchmarks/results/inspection.json."""
    benchmark = runpy.run_path(str(ROOT / "benchmarks" / "inspection.py"))
    results = json.loads((ROOT / "benchmarks" / "results" / "inspection.json").read_text(encoding="utf-8"))
    return f"{wrapped(benchmark['setting'](results))}\n\n{benchmark['table'](results)}"


def on_digits() -> str:
    """Return what was measured inside both ends of the ladder on digits, and the probes of all its cells."""
    results = ladder_results()
    [finding] = results.findings
    assert results.ladder is not None
    shown = shown_inside(finding, LADDER_REPORT, ("probes", "branch"))
    return "\n\n".join([*shown, "Linear probes of all cells:", probes_of_cells(results.ladder)])


def on_photographs() -> str:
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


PARTS = {
    "from benchmarks/results/inspection.json": costs,
    "from docs/reports/ladder-digits": on_digits,
    "from docs/reports/groups128": on_photographs,
}
"""The functions that write the parts of the page, by their marker."""
