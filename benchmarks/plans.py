"""Power of the plans that ``statistics/planning.py`` makes from a few seeds, and the studies that it would stop.

    python benchmarks/plans.py [--plans 1000] [--output FOLDER]

draws first studies as the committed runs show them (verdict_draws.py), plans the next study from each, and computes the
true power of each plan from the true variances. Writes benchmarks/results/plans.json and plans.md. Takes minutes on one
core.
"""

import argparse
import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from verdict_draws import Analyses, analyses, committed, planted
from verdicts import BASIS, EFFECTS, excludes, rounded

from resnet_lab.statistics.crossed import Crossed
from resnet_lab.statistics.looks import look_levels
from resnet_lab.statistics.planning import images_forbid, needed

RESULTS = Path(__file__).parent / "results"
FIRST_SEEDS, AT_HAND = (3, 5), 400
DIFFERENCES = (0.02, 0.03)
POWER = 0.8
DRAWS = 10_000
LOOKS = (6, 9, 12)


def main() -> None:
    """Simulate, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plans", type=int, default=1000)
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    plans, stops = [], []
    for number, (seed_sd, image_sd) in enumerate(EFFECTS):
        setting = {"seed_sd": seed_sd, "image_sd": image_sd}
        source = planted(committed(BASIS).right, seed_sd, image_sd, 0.0)
        generator = np.random.default_rng([2, number])
        first = analyses(source, options.plans, FIRST_SEEDS, [AT_HAND], generator)
        rest_sd = math.sqrt(float(np.mean(first[max(FIRST_SEEDS), AT_HAND].ms_rest)))
        for seeds in FIRST_SEEDS:
            plans += [
                setting | planned(first[seeds, AT_HAND], difference, (seed_sd, image_sd, rest_sd))
                for difference in DIFFERENCES
            ]
        for mean in (0.0, 0.02, 0.04):
            source = planted(committed(BASIS).right, seed_sd, image_sd, mean)
            looks = analyses(source, options.plans, LOOKS, [AT_HAND], np.random.default_rng([3, number]))
            stops.append(setting | {"difference": mean} | stopped(looks))
        print(setting, flush=True)
    results = rounded(
        {
            "command": f"python benchmarks/plans.py --plans {options.plans}",
            "plans_per_row": options.plans,
            "plans": plans,
            "stops": stops,
        }
    )
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "plans.json").write_text(json.dumps(results, indent=1) + "\n")
    (options.output / "plans.md").write_text(report(results))
    print(report(results))


def planned(first: Analyses, difference: float, sds: tuple[float, float, float]) -> dict[str, Any]:
    """Return what the plans from first studies ask for, and how many reach their power with the true variances."""
    made = [needed(one, difference, power=POWER) for one in each(first)]
    powers = [true_power(plan.seeds, plan.images, difference, sds) for plan in made if plan.seeds is not None]
    seeds = [plan.seeds for plan in made if plan.seeds is not None]
    return {
        "first_seeds": first.seeds,
        "difference": difference,
        "without_plan": len(made) - len(powers),
        "reach_their_power": float(np.mean([power >= POWER for power in powers])),
        "mean_power": float(np.mean(powers)),
        "median_seeds": float(np.median(seeds)),
        "median_images": float(np.median([plan.images for plan in made])),
        "enough_at_hand": float(np.mean([plan.enough_at_hand for plan in made])),
    }


@cache
def true_power(seeds: int, images: int, difference: float, sds: tuple[float, float, float]) -> float:
    """Return the share of studies whose deciding interval lies above zero, for normal effects and rests."""
    seed_sd, image_sd, rest_sd = sds
    generator = np.random.default_rng([seeds, images])
    expected = (images * seed_sd**2 + rest_sd**2, seeds * image_sd**2 + rest_sd**2, rest_sd**2)
    freedom = (seeds - 1, images - 1, (seeds - 1) * (images - 1))
    squares = [square * generator.chisquare(df, DRAWS) / df for square, df in zip(expected, freedom, strict=True)]
    sd = math.sqrt((expected[0] + expected[1] - expected[2]) / (seeds * images))
    study = Analyses(seeds, images, difference + generator.normal(0.0, sd, DRAWS), *squares)
    return float(np.mean(study.mean > np.maximum(*study.half_widths(0.95))))


def stopped(looks: dict[tuple[int, int], Analyses]) -> dict[str, Any]:
    """Return how many studies are stopped at their first look, undecided, and would yet have been decided later."""
    decided = [
        excludes(looks[seeds, AT_HAND], np.maximum(*looks[seeds, AT_HAND].half_widths(1 - level)), 0.0)
        for seeds, level in zip(LOOKS, look_levels(LOOKS), strict=True)
    ]
    forbidden = np.array([images_forbid(one, None, look_levels(LOOKS)[-1]) for one in each(looks[LOOKS[0], AT_HAND])])
    stop = forbidden & ~decided[0]
    return {
        "decided_at_first_look": float(np.mean(decided[0])),
        "stopped_at_first_look": float(np.mean(stop)),
        "stopped_but_decided_later": float(np.mean(stop & (decided[1] | decided[2]))),
    }


def each(many: Analyses) -> list[Crossed]:
    """Return the analyses one by one."""
    columns = (many.mean, many.ms_seeds, many.ms_images, many.ms_rest)
    return [
        Crossed(mean, many.seeds, many.images, *squares)
        for mean, *squares in zip(*(column.tolist() for column in columns), strict=True)
    ]


def summary(results: dict[str, Any]) -> str:
    """Return the sentences that the documentation repeats."""
    reach = [row["reach_their_power"] for row in results["plans"]]
    small = sum(share < POWER for share in reach)
    stopped, late = (
        sum(row[key] for row in results["stops"]) for key in ("stopped_at_first_look", "stopped_but_decided_later")
    )
    return "\n".join(
        [
            f"- Of the plans from 3 or 5 seeds, {min(reach):.0%} to {max(reach):.0%} reach their power of {POWER:.0%}.",
            f"  In {small} of {len(reach)} settings less than {POWER:.0%} do. There seeds and images both matter, and",
            "  the images at hand are not enough.",
            f"- Of the studies that are stopped at {LOOKS[0]} seeds because the images forbid a verdict,",
            f"  {late / stopped:.0%} would have been decided at {LOOKS[1]} or {LOOKS[2]}.",
        ]
    )


def report(results: dict[str, Any]) -> str:
    """Return the page."""
    plans = [
        f"| {row['first_seeds']} | {100 * row['seed_sd']:.0f} | {100 * row['image_sd']:.0f} "
        f"| {100 * row['difference']:.0f} | {row['median_seeds']:.0f} | {row['median_images']:,.0f} "
        f"| {row['enough_at_hand']:.0%} | {row['mean_power']:.0%} | **{row['reach_their_power']:.1%}** |"
        for row in results["plans"]
    ]
    stops = [
        f"| {100 * row['seed_sd']:.0f} | {100 * row['image_sd']:.0f} | {100 * row['difference']:.0f} "
        f"| {row['decided_at_first_look']:.1%} | {row['stopped_at_first_look']:.1%} "
        f"| {row['stopped_but_decided_later']:.1%} |"
        for row in results["stops"]
    ]
    return "\n".join(
        [
            "# Plans",
            "",
            f"`{results['command']}` wrote this page. Its draws are keyed, so it writes the same numbers again.",
            "",
            f"{results['plans_per_row']:,} first studies per row, of {AT_HAND} images. Effects and differences are in",
            "points. *Seeds* and *images* are medians of the plans.",
            "",
            summary(results),
            "",
            f"## Plans for a power of {POWER:.0%}",
            "",
            "| first seeds | seed effects | image effects | difference | seeds | images | images at hand enough "
            "| mean power | reach their power |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
            *plans,
            "",
            f"## Studies of {AT_HAND} images at looks {', '.join(map(str, LOOKS))}",
            "",
            "| seed effects | image effects | true difference | decided at 6 | stopped at 6 | decided later |",
            "| --- | --- | --- | --- | --- | --- |",
            *stops,
            "",
        ]
    )


if __name__ == "__main__":
    main()
