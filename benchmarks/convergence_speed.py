"""Simulation of the measure of convergence: does it measure speed, and not the final level?

    python benchmarks/convergence_speed.py [--experiments N] [--output FOLDER]

plants two arms whose validation accuracy rises exponentially from the share of the most frequent class, and writes
convergence_speed.json and convergence_speed.md (half a minute). The noise is that of complete studies: the
residuals of their curves of validation accuracy from fitted exponential curves, drawn as whole curves, with the mean of
each epoch taken out. In half of the cells, the time constants of runs vary, too. Each experiment compares the arms by a
paired t test over seeds at 5%.
"""

import argparse
import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.special import stdtr

from resnet_lab.comparison.chance_level import chance_level
from resnet_lab.comparison.recorded import curve
from resnet_lab.runs import Run
from resnet_lab.statistics.chance import standard_error
from resnet_lab.statistics.curves import relaxation

RESULTS = Path(__file__).parent / "results"
REPORTS = Path(__file__).parents[1] / "docs" / "reports"
STUDIES = ("depth", "depth-low-rate", "residual128")
"""Studies whose runs the noise is drawn from; all their runs are committed, so the noise stays the same."""
EPOCHS = np.arange(1, 11)
TAUS = (0.5, 1.0, 2.0, 4.0)
SPREADS = (0.0, 0.3)
"""Standard deviation of the logarithm of the time constant over runs."""
SEEDS = (3, 5, 10)
FINALS = {"low": (0.76, 0.82), "high": (0.81, 0.87)}
"""Final accuracy of the control and of the treated arm."""

Array = NDArray[np.float64]


def main() -> None:
    """Simulate, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--experiments", type=int, default=20_000, help="per cell (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder of the results")
    options = parser.parse_args()
    results = simulate(options.experiments)
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "convergence_speed.json").write_text(json.dumps(results, indent=2) + "\n")
    (options.output / "convergence_speed.md").write_text(report(results))
    print(report(results))


def simulate(experiments: int) -> dict[str, Any]:
    """Return the share of decided experiments in every cell."""
    paths = [path for study in STUDIES for path in sorted((REPORTS / study / "runs").glob("*/*/metrics.csv"))]
    runs = [Run(path.parent) for path in paths]
    chance, images = chance_level(runs[0], "val").share, runs[0].status().split_sizes["val"]
    least = 2 * standard_error(chance, images)
    noise = residuals([np.array(list(curve(run, "val/accuracy").values())) for run in runs], chance, least)
    generator = np.random.default_rng(0)

    def arm(tau: float, final: float, spread: float, seeds: int) -> Array:
        taus = tau * np.exp(spread * generator.normal(size=(experiments, seeds, 1)))
        drawn = noise[generator.integers(len(noise), size=(experiments, seeds))]
        exact = final - (final - chance) * np.exp(-EPOCHS / taus) + drawn
        counts: Array = np.round(np.clip(exact, 0, 1) * images)
        return counts / images

    def times(arms: Array) -> Array:
        has_learned = arms[..., -2:].mean(axis=-1) - chance > least
        return np.where(has_learned, relaxation(EPOCHS, arms, chance), np.nan)

    def heights(arms: Array) -> Array:
        return np.trapezoid(arms, EPOCHS, axis=-1) / (EPOCHS[-1] - EPOCHS[0])

    cells = []
    for (level, (low, high)), tau, spread, seeds in itertools.product(FINALS.items(), TAUS, SPREADS, SEEDS):
        control, treated = arm(tau, low, spread, seeds), arm(tau, high, spread, seeds)
        twin, faster = arm(tau, low, spread, seeds), arm(tau / 2, low, spread, seeds)
        both = arm(tau / 2, high, spread, seeds)
        cells.append(
            {
                "finals": level,
                "tau": tau,
                "spread": spread,
                "seeds": seeds,
                "equal_speed_time": decided(times(treated) - times(control)),
                "equal_speed_height": decided(heights(treated) - heights(control)),
                "equal_arms_time": decided(times(twin) - times(control)),
                "twice_as_fast": decided(times(faster) - times(control)),
                "twice_as_fast_and_higher": decided(times(both) - times(control)),
                "never_at_final": float((twin.max(axis=-1) < control[..., -1]).mean()),
            }
        )
    return {
        "command": "python benchmarks/convergence_speed.py",
        "experiments": experiments,
        "chance": chance,
        "images": images,
        "curves": len(noise),
        "noise_sd": noise.std(axis=0).tolist(),
        "finals": FINALS,
        "cells": cells,
    }


def residuals(curves: list[Array], chance: float, least: float) -> Array:
    """Return the residuals of curves from fitted exponential curves, ``(N, E)``, with a mean of zero in each epoch.

    Curves of networks that have learned nothing are left out.
    """
    found = []
    for values in curves:
        if len(values) == len(EPOCHS) and values[-2:].mean() - chance > least:

            def residual(parameters: Array, values: Array = values) -> Array:
                end, log_tau = parameters
                return np.asarray(values - end + (end - chance) * np.exp(-EPOCHS / np.exp(log_tau)))

            start = (values[-2:].mean(), 0.0)
            found.append(residual(least_squares(residual, start, bounds=([0, -3], [1, 3])).x))
    return np.array(found) - np.mean(found, axis=0)


def decided(differences: Array) -> float:
    """Return the share of experiments whose paired t test gives p < 0.05; a pair without a value is left out.

    Args:
        differences: ``(experiments, seeds)``; fewer than three pairs with a value decide nothing.
    """
    counted = np.isfinite(differences)
    n = counted.sum(axis=1)
    enough = n >= 3
    n, kept = n[enough], np.where(counted, differences, 0)[enough]
    mean = kept.sum(axis=1) / n
    variance = (np.where(counted[enough], kept - mean[:, None], 0) ** 2).sum(axis=1) / (n - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(mean) / np.sqrt(variance / n)
    return float((2 * stdtr(n - 1, -t) < 0.05).sum() / len(differences))


def report(results: dict[str, Any]) -> str:
    """Return the results as Markdown."""
    cells = results["cells"]
    time, height = ([cell[f"equal_speed_{which}"] for cell in cells] for which in ("time", "height"))
    never = [cell["never_at_final"] for cell in cells]
    error = (0.05 * 0.95 / results["experiments"]) ** 0.5
    finals = {level: " and ".join(f"{final:.0%}" for final in pair) for level, pair in results["finals"].items()}
    lines = [
        "# Speed of convergence",
        "",
        f"`{results['command']}`: {results['experiments']:,} experiments per cell. Curves of 10 epochs start at "
        f"{results['chance']:.3f}, the share of the most frequent class, and end at the final accuracy of their arm. "
        f"The noise is drawn from {results['curves']} committed runs. Its standard deviation falls from "
        f"{100 * results['noise_sd'][0]:.1f} points in epoch 1 to {100 * results['noise_sd'][-1]:.1f} in epoch 10.",
        "",
        "The share of experiments that decide at 5%, paired t test over seeds:",
        "",
        "- *Equal speed*: equal time constants, 6 points more final accuracy. The relaxation time, which is the "
        f"measure of the claim, decides in {min(time):.1%} to {max(time):.1%} of the experiments, {np.mean(time):.2%} "
        f"on average (standard error of one cell {error:.2%}). The mean height of the curve, which was the measure "
        f"before, decides in {min(height):.1%} to {max(height):.1%}.",
        "- *Twice as fast*: half the time constant, with the same final accuracy; *and higher*: with 6 points more.",
        "- A time constant below one epoch is hardly seen, because validation accuracy is measured once per epoch.",
        f"- Of two equal arms, one does not reach the final accuracy of the other in {min(never):.0%} to "
        f"{max(never):.0%} of the pairs. So no verdict rests on the epochs until then.",
        "",
        "| final accuracies | time constant, epochs | its spread | seeds | equal speed | equal speed, by height | "
        "equal arms | twice as fast | and higher |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for cell in cells:
        shares = (
            "equal_speed_time",
            "equal_speed_height",
            "equal_arms_time",
            "twice_as_fast",
            "twice_as_fast_and_higher",
        )
        lines.append(
            f"| {finals[cell['finals']]} | {cell['tau']:g} | {cell['spread']:.0%} | {cell['seeds']} | "
            + " | ".join(f"{100 * cell[share]:.1f}%" for share in shares)
            + " |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
