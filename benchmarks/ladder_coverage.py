"""Coverage of the share of a gap that a rung closes, on simulated training errors with the spread of the digits runs.

    python benchmarks/ladder_coverage.py [--experiments 20000] [--output FOLDER]

draws the training errors of plain, residual and rung for the same seeds, and counts how often Fieller's set
(``statistics/fieller.py``) holds the true share. Errors lie between 0 and 1 and are skewed near 0 (beta distributions);
the seeds that all three networks share make their errors correlated. Writes benchmarks/results/ladder_coverage.json and
ladder_coverage.md. Takes minutes on one core.
"""

import argparse
import json
import math
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import beta

from resnet_lab.statistics.fieller import fieller
from resnet_lab.statistics.intervals import paired_t

RESULTS = Path(__file__).parent / "results"
SEEDS = 5
LEVEL = 0.95
CEILING = 0.01
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Errors:
    """Training error of an arm: its mean and its standard deviation over seeds, as shares."""

    mean: float
    sd: float


@dataclass(frozen=True)
class Case:
    """One setting: the errors of the three networks, and the correlation that common seeds give them."""

    setting: str
    plain: Errors
    residual: Errors
    rung: Errors
    correlation: float

    @property
    def share(self) -> float:
        """The true share of the gap."""
        return (self.plain.mean - self.rung.mean) / (self.plain.mean - self.residual.mean)


# Two digits runs of plain (43.9 and 54.6% accuracy) have a standard deviation of 7.6 points, two of stop_gradient (99.7
# and 98.4%) of 0.9. Between them the standard deviation falls with the error.
DIGITS = Errors(0.507, 0.076)
RUNGS = (
    Errors(0.540, 0.076),
    Errors(0.300, 0.060),
    Errors(0.117, 0.030),
    Errors(0.050, 0.020),
    Errors(0.0095, 0.0092),
)
ENDS = (Errors(0.025, 0.012), Errors(0.05, 0.015), Errors(0.10, 0.02))
PHOTOGRAPHS = (Errors(0.233, 0.030), Errors(0.025, 0.010))
CASES = [
    *(Case("digits", DIGITS, end, rung, r) for end in ENDS for rung in RUNGS for r in (0.0, 0.4, 0.8)),
    *(
        Case("photographs", *PHOTOGRAPHS, rung, r)
        for rung in (Errors(0.24, 0.03), Errors(0.163, 0.025), Errors(0.03, 0.012))
        for r in (0.0, 0.4, 0.8)
    ),
    *(Case("small gap", DIGITS, Errors(0.40, 0.07), Errors(mean, 0.07), 0.4) for mean in (0.50, 0.45, 0.41)),
]


def main() -> None:
    """Simulate, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--experiments", type=int, default=20_000)
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    results = {
        "command": f"python benchmarks/ladder_coverage.py --experiments {options.experiments}",
        "experiments": options.experiments,
        "seeds": SEEDS,
        "cases": [
            asdict(case) | {"share": case.share} | simulate(case, options.experiments, np.random.default_rng(number))
            for number, case in enumerate(CASES)
        ],
        "failing_seeds": failing_seeds(options.experiments, np.random.default_rng(len(CASES))),
    }
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "ladder_coverage.json").write_text(json.dumps(results, indent=2) + "\n")
    (options.output / "ladder_coverage.md").write_text(report(results))
    print(report(results))


def simulate(case: Case, experiments: int, generator: np.random.Generator) -> dict[str, float]:
    """Return the coverage of the share over all experiments and over those that show one, and the median width."""
    return counted(draw_errors(case, experiments, generator), case.share)


def draw_errors(case: Case, experiments: int, generator: np.random.Generator) -> tuple[Array, Array, Array]:
    """Return the errors of plain, residual and rung, each ``(experiments, SEEDS)``, by a Gaussian copula."""
    common = math.sqrt(case.correlation) * generator.standard_normal((experiments, SEEDS))
    own = math.sqrt(1 - case.correlation) * generator.standard_normal((3, experiments, SEEDS))
    plain, residual, rung = (
        of_beta(errors, ndtr(common + normal))
        for errors, normal in zip((case.plain, case.residual, case.rung), own, strict=True)
    )
    return plain, residual, rung


def of_beta(errors: Errors, quantile: Array) -> Array:
    """Return quantiles of the beta distribution of a mean and standard deviation."""
    strength = errors.mean * (1 - errors.mean) / errors.sd**2 - 1
    values: Array = beta.ppf(quantile, errors.mean * strength, (1 - errors.mean) * strength)
    return values


def counted(errors: tuple[Array, Array, Array], share: float) -> dict[str, float]:
    """Return coverage and widths of Fieller's set.

    Args:
        errors: Of plain, residual and rung, each ``(experiments, SEEDS)``.
        share: The true share.
    """
    covered, shown, widths, kinds = [], [], [], Counter[str]()
    for plain, residual, rung in zip(*errors, strict=True):
        ratio = fieller((plain - rung).tolist(), (plain - residual).tolist(), LEVEL)
        covered.append(share in ratio)
        gap = paired_t((residual - plain).tolist(), LEVEL)
        shown.append(gap.side == -1 and min(plain.mean(), residual.mean()) > CEILING)
        kinds[ratio.kind] += 1
        widths.append(ratio.high - ratio.low if ratio.kind == "interval" else math.inf)
    chosen = [one for one, is_shown in zip(covered, shown, strict=True) if is_shown]
    return {
        "coverage": float(np.mean(covered)),
        "shown": float(np.mean(shown)),
        "coverage_shown": float(np.mean(chosen)),
        "bounded": kinds["interval"] / len(covered),
        "median_width": float(np.median(widths)),
    }


def failing_seeds(experiments: int, generator: np.random.Generator) -> dict[str, float]:
    """Return the coverage for a rung of which one seed in five fails on average: it ends at the error of plain."""
    case = Case("digits", DIGITS, ENDS[1], Errors(0.05, 0.02), 0.4)
    plain, residual, rung = draw_errors(case, experiments, generator)
    rung = np.where(generator.random(rung.shape) < 1 / SEEDS, of_beta(DIGITS, generator.random(rung.shape)), rung)
    mean = (1 - 1 / SEEDS) * case.rung.mean + DIGITS.mean / SEEDS
    return counted((plain, residual, rung), (DIGITS.mean - mean) / (DIGITS.mean - case.residual.mean))


def summary(results: dict[str, Any]) -> str:
    """Return the sentences that the documentation repeats."""
    cases, failing = results["cases"], results["failing_seeds"]
    wide = [case for case in cases if case["setting"] != "small gap"]
    small = [case for case in cases if case["setting"] == "small gap"]
    shown = f"{100 * min(case['shown'] for case in small):.0f}"
    return "\n".join(
        [
            f"- In {len(cases)} settings of {results['experiments']:,} ladders with {results['seeds']} seeds, the 95%",
            f"  set of the share holds the true share in {_range(cases, 'coverage')}. With the spread of the digits",
            f"  and of the photographs, it does so in {_range(wide, 'coverage_shown')} of the ladders with a share.",
            f"- Where the gap is small, at least {shown}% of the ladders show one. Their sets hold the true",
            f"  share in {_range(small, 'coverage_shown')}.",
            "- If one seed in five of a rung fails to train, five seeds often do not show it. The set then holds",
            f"  the true share in {100 * failing['coverage']:.1f}% only.",
        ]
    )


def _range(cases: list[dict[str, Any]], key: str) -> str:
    return f"{100 * min(case[key] for case in cases):.1f} to {100 * max(case[key] for case in cases):.1f}%"


def report(results: dict[str, Any]) -> str:
    """Return the page."""

    def arm(errors: dict[str, float]) -> str:
        return f"{100 * errors['mean']:.1f} ({100 * errors['sd']:.1f})"

    rows = [
        f"| {case['setting']} | {arm(case['plain'])} | {arm(case['residual'])} | {arm(case['rung'])} "
        f"| {case['correlation']:.1f} | {100 * case['share']:.0f} | **{100 * case['coverage']:.1f}** "
        f"| {100 * case['shown']:.0f} | {100 * case['coverage_shown']:.1f} | {width(case['median_width'])} |"
        for case in results["cases"]
    ]
    return "\n".join(
        [
            "# Coverage of the share of the gap",
            "",
            f"`{results['command']}` wrote this page. Its draws are keyed, so it writes the same numbers again.",
            "",
            "Training errors in percent, with their standard deviation over seeds. *Correlation* is that of the three",
            "networks of a seed. A share is *shown* if the gap is decided and no end is within 1 point of perfect.",
            "",
            summary(results),
            "",
            "| setting | plain | residual | rung | correlation | true share, % | coverage in % | shown in % "
            "| coverage of those shown | median width, points of share |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


def width(value: float) -> str:
    """Return a width in points of the share."""
    return f"{100 * value:.0f}" if math.isfinite(value) else "unbounded"


if __name__ == "__main__":
    main()
