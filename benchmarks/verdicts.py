"""False verdicts, coverage and power of the deciding interval, on differences as the committed runs show them.

    python benchmarks/verdicts.py [--experiments 20000] [--output FOLDER]

draws differences by seed and image (verdict_draws.py), 20,000 experiments per cell, and judges them by the interval of
``statistics/crossed.py`` and by the paired t alone: at one look, and at the looks of a plan, which share their images.
Writes benchmarks/results/verdicts.json and verdicts.md. Takes ten minutes on one core.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from verdict_draws import CONTRASTS, Analyses, analyses, as_committed, committed, losses_of, planted

from resnet_lab.statistics.looks import look_levels

RESULTS = Path(__file__).parent / "results"
SEEDS, IMAGES = (3, 5, 6, 8, 9, 12), (100, 400, 2000)
PLANS = ((6, 9, 12), (3, 6, 9, 12))
EFFECTS = [(seed_sd, image_sd) for seed_sd in (0.0, 0.01, 0.03) for image_sd in (0.0, 0.15)]
DIFFERENCES = (0.0, 0.01, 0.02, 0.03)
ASKED = 0.945
BASIS = "ResNet-34, 128 pixels"
Found = dict[tuple[int, int], Analyses]
Rows = list[dict[str, Any]]


def main() -> None:
    """Simulate, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--experiments", type=int, default=20_000)
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    cells: Rows = []
    looks: Rows = []
    for number, (seed_sd, image_sd, mean) in enumerate((*effects, mean) for effects in EFFECTS for mean in DIFFERENCES):
        source = planted(committed(BASIS).right, seed_sd, image_sd, mean)
        found = analyses(source, options.experiments, SEEDS, IMAGES, np.random.default_rng(number))
        setting = {"seed_sd": seed_sd, "image_sd": image_sd, "difference": mean}
        cells += [setting | at_one_look(one, mean) for one in found.values()]
        looks += [setting | at_looks(found, plan, images, mean) for plan in PLANS for images in IMAGES]
        print(setting, flush=True)
    results = rounded(
        {
            "command": f"python benchmarks/verdicts.py --experiments {options.experiments}",
            "experiments": options.experiments,
            "levels": {str(list(plan)): look_levels(plan) for plan in PLANS},
            "cells": cells,
            "looks": looks,
            "others": list(others(options.experiments)),
        }
    )
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "verdicts.json").write_text(json.dumps(results, indent=1) + "\n")
    (options.output / "verdicts.md").write_text(report(results))
    print(report(results))


def others(experiments: int) -> Iterator[dict[str, Any]]:
    """Yield the coverage of each number of seeds and images under other assumptions."""
    right = committed(BASIS).right
    sources = {f"as committed: {name}": as_committed(committed(name).right) for name in CONTRASTS}
    sources |= {
        "heavy-tailed seed effects of 3 points": planted(right, 0.03, 0.15, 0.0, heavy=True),
        "seed effects of 1 point, only where nets differ": planted(right, 0.01, 0.15, 0.0, contested=True),
        f"losses: {BASIS}, seed effects .015": losses_of(committed(BASIS).losses, 0.015),
        "losses: depth 110, seed effects .034": losses_of(committed("depth 110").losses, 0.034),
    }
    for number, (name, source) in enumerate(sources.items()):
        images = IMAGES[:2] if name.startswith("losses") else IMAGES
        found = analyses(source, experiments, SEEDS, images, np.random.default_rng([1, number]))
        for one in found.values():
            yield {"name": name, "difference": source.mean} | at_one_look(one, source.mean)
        print(name, flush=True)


def at_one_look(one: Analyses, mean: float, level: float = 0.95) -> dict[str, Any]:
    """Return how often both rules are right and wrong at one look, with a true mean."""
    paired, crossed = one.half_widths(level)
    found: dict[str, Any] = {"seeds": one.seeds, "images": one.images}
    for name, half in (("deciding", np.maximum(paired, crossed)), ("paired_t", paired)):
        found[name] = {
            "coverage": share(np.abs(one.mean - mean) <= half),
            "excludes_zero": share(excludes(one, half, 0.0)),
            "above_zero": share(excludes(one, half, 0.0) & (one.mean > 0)),
            "half_width": float(np.median(half)),
            "within": {f"{worth}": share(inside(one, half, worth)) for worth in DIFFERENCES[1:]},
        }
    return found


def at_looks(found: Found, plan: Sequence[int], images: int, mean: float) -> dict[str, Any]:
    """Return how often a plan of looks ends in each verdict; it stops at the first look that gives one.

    *Within* is counted at any look, for each worth by itself.
    """
    row: dict[str, Any] = {"plan": list(plan), "images": images}
    for name in ("deciding", "paired_t"):
        outside, above, within = [], [], {worth: [] for worth in DIFFERENCES[1:]}
        for seeds, level in zip(plan, look_levels(plan), strict=True):
            one = found[seeds, images]
            paired, crossed = one.half_widths(1 - level)
            half = np.maximum(paired, crossed) if name == "deciding" else paired
            decided = np.any(outside, axis=0)
            outside.append(excludes(one, half, 0.0))
            above.append(outside[-1] & (one.mean > 0) & ~decided)
            for worth, looks in within.items():
                looks.append(inside(one, half, worth))
        row[name] = {
            "excludes_zero": share(np.any(outside, axis=0)),
            "above_zero": share(np.any(above, axis=0)),
            "excludes_zero_at_look": [share(look) for look in outside],
            "within": {f"{worth}": share(np.any(looks, axis=0)) for worth, looks in within.items()},
        }
    return row


def excludes(one: Analyses, half: NDArray[np.float64], value: float) -> NDArray[np.bool_]:
    """Return whether each interval excludes a value; seeds without a spread exclude none."""
    return (np.abs(one.mean - value) > half) & has_spread(one)


def inside(one: Analyses, half: NDArray[np.float64], worth: float) -> NDArray[np.bool_]:
    """Return whether each interval lies inside plus and minus a worth."""
    return (np.abs(one.mean) + half < worth) & has_spread(one)


def has_spread(one: Analyses) -> NDArray[np.bool_]:
    """Return whether the seeds of each experiment differ, but for rounding."""
    return one.ms_seeds > 1e-12


def share(which: NDArray[np.bool_]) -> float:
    """Return the share of experiments."""
    return float(np.mean(which))


def rounded(value: Any) -> Any:
    """Return the results with five significant digits, so that the file is small."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value


def main_cells(results: dict[str, Any], difference: float) -> Rows:
    """Return the cells of one true difference without those that only looks need (9 seeds)."""
    return [cell for cell in results["cells"] if cell["difference"] == difference and cell["seeds"] != 9]


def summary(results: dict[str, Any]) -> str:
    """Return the sentences that the documentation repeats."""
    null, others = main_cells(results, 0.0), results["others"]
    covered = [cell["deciding"]["coverage"] for cell in null]
    below = sum(coverage < ASKED for coverage in covered)
    single = [cell["paired_t"]["coverage"] for cell in null]
    false = [cell["deciding"]["excludes_zero"] for cell in null]
    by_look = [row for row in results["looks"] if row["difference"] == 0.0]
    looks = [row["deciding"]["excludes_zero"] for row in by_look]
    ratios = [
        rate / level
        for row in by_look
        for rate, level in zip(
            row["deciding"]["excludes_zero_at_look"], results["levels"][str(row["plan"])], strict=True
        )
    ]
    wrong = [
        row["deciding"]["within"][str(difference)]
        for difference in DIFFERENCES[1:]
        for row in (*main_cells(results, difference), *results["looks"])
        if row["difference"] == difference
    ]
    elsewhere = [cell["deciding"]["coverage"] for cell in others]
    low = [f"{cell['name']} ({cell['seeds']} seeds)" for cell in others if cell["deciding"]["coverage"] < ASKED]
    return "\n".join(
        [
            f"- Over {len(null)} cells of {results['experiments']:,} experiments, the deciding interval covers the",
            f"  true difference in {percent(min(covered))} to {percent(max(covered))}. The paired t alone falls to",
            f"  {percent(min(single))}. {below or 'No'} cells lie below {percent(ASKED)}. The high end is where",
            "  neither seeds nor images have effects.",
            f"- Without a difference, at most {percent(max(false))} of the studies get a verdict at one look, and at",
            f"  most {percent(max(looks))} at any look of a plan. A look of a plan alone gives at most",
            f"  {max(ratios):.2f} times its level.",
            "- If the true difference is one that is just worth having, at most",
            f"  {percent(max(wrong))} of the intervals lie inside plus and minus this difference, at any look.",
            "- With the images, seeds and losses of each committed contrast, and with odd seeds",
            f"  ({len(elsewhere)} cells more), it covers {percent(min(elsewhere))} to {percent(max(elsewhere))}.",
            f"  Below {percent(ASKED)}:",
            f"  {'; '.join(low) or 'none'}.",
        ]
    )


def percent(share: float) -> str:
    """Return a share in percent."""
    return f"{100 * share:.1f}%"


def report(results: dict[str, Any]) -> str:
    """Return the page."""
    return "\n".join(
        [
            "# Verdicts of the deciding interval",
            "",
            f"`{results['command']}` wrote this page. Its draws are keyed, so it writes the same numbers again.",
            "",
            f"Differences are -1, 0 or 1, as often as between the committed runs ({BASIS}), with effects of seeds and",
            "images as stated, in points. One standard error of a coverage is 0.15 points.",
            "",
            summary(results),
            "",
            "## Coverage in percent: deciding interval, in brackets the paired t",
            "",
            "| seeds | seed effects | image effects | 100 images | 400 images | 2,000 images |",
            "| --- | --- | --- | --- | --- | --- |",
            *by_images(main_cells(results, 0.0), "coverage"),
            "",
            "## Power at 2 points in percent: deciding interval, in brackets the paired t",
            "",
            "The paired t is about these images only. For new images it is false as often as its coverage says.",
            "",
            "| seeds | seed effects | image effects | 100 images | 400 images | 2,000 images |",
            "| --- | --- | --- | --- | --- | --- |",
            *by_images(main_cells(results, 0.02), "above_zero"),
            "",
            "## Looks: verdicts in percent at any look, deciding interval, in brackets the paired t",
            "",
            "*Inside 2* counts the studies without a difference whose interval lies inside plus and minus 2 points.",
            "",
            "| looks | levels | seed effects | image effects | images | false | inside 2 | power at 2 | power at 3 |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
            *look_rows(results),
            "",
            "## Coverage in percent under other assumptions, deciding interval",
            "",
            "| assumption | true difference | 3 seeds | 5 seeds | 6 seeds | 8 seeds | 12 seeds |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            *other_rows(results["others"]),
            "",
        ]
    )


def by_images(cells: Rows, key: str) -> list[str]:
    """Return a table row per number of seeds and effects, with both rules at each number of images."""
    rows: dict[tuple[int, float, float], list[str]] = {}
    for cell in sorted(cells, key=lambda cell: (cell["seeds"], cell["seed_sd"], cell["image_sd"], cell["images"])):
        both = f"{100 * cell['deciding'][key]:.1f} ({100 * cell['paired_t'][key]:.1f})"
        rows.setdefault((cell["seeds"], cell["seed_sd"], cell["image_sd"]), []).append(both)
    return [
        f"| {seeds} | {100 * a:.0f} | {100 * b:.0f} | {' | '.join(texts)} |" for (seeds, a, b), texts in rows.items()
    ]


def look_rows(results: dict[str, Any]) -> list[str]:
    """Return a table row per plan, effects and number of images."""
    by_key: dict[tuple[Any, ...], dict[float, dict[str, Any]]] = {}
    for row in results["looks"]:
        key = (str(row["plan"]), row["seed_sd"], row["image_sd"], row["images"])
        by_key.setdefault(key, {})[row["difference"]] = row
    lines = []
    for (plan, seed_sd, image_sd, images), at in by_key.items():
        levels = " ".join(f"{level:.4f}".lstrip("0") for level in results["levels"][plan])
        texts = [
            f"{100 * row['deciding'][key]:.1f} ({100 * row['paired_t'][key]:.1f})"
            if key != "within"
            else f"{100 * row['deciding'][key]['0.02']:.1f}"
            for row, key in (
                (at[0.0], "excludes_zero"),
                (at[0.0], "within"),
                *((at[d], "above_zero") for d in (0.02, 0.03)),
            )
        ]
        effects = f"{100 * seed_sd:.0f} | {100 * image_sd:.0f} | {images:,}"
        lines.append(f"| {plan.strip('[]')} | {levels} | {effects} | {' | '.join(texts)} |")
    return lines


def other_rows(cells: Rows) -> list[str]:
    """Return a table row per assumption, with the lowest coverage over the numbers of images."""
    rows: dict[tuple[str, float], dict[int, float]] = {}
    for cell in cells:
        lowest = rows.setdefault((cell["name"], cell["difference"]), {})
        lowest[cell["seeds"]] = min(lowest.get(cell["seeds"], 1.0), cell["deciding"]["coverage"])
    return [
        f"| {name} | {100 * mean:.2f} | " + " | ".join(f"{100 * row[s]:.1f}" for s in (3, 5, 6, 8, 12)) + " |"
        for (name, mean), row in rows.items()
    ]


if __name__ == "__main__":
    main()
