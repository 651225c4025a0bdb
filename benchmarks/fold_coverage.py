"""Coverage of the interval over folds, on synthetic data whose true difference over fresh training sets is known.

    python benchmarks/fold_coverage.py [--experiments 10000] [--output FOLDER]

draws data sets of two classes, splits each into folds and trains two cheap learners as the two arms. A fold is trained
with several seeds, and the seed chooses the features that both arms see, as the seed of a pair chooses the initial
weights of both. The true difference is the mean over all trained pairs of their accuracy on new points: every fold's
training set is fresh. Writes benchmarks/results/fold_coverage.json and fold_coverage.md. Takes minutes on one core.
"""

import argparse
import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from resnet_lab.statistics.folds import fold_interval

RESULTS = Path(__file__).parent / "results"
FEATURES, SEEN = 10, 7
BATCH = 100
NEW_POINTS = 200
Array = NDArray[np.float64]
Scores = Callable[[Array], Array]
"""Scores of points ``(batch, m, FEATURES)``, shape ``(batch, m)``: positive for class 1."""
Learner = Callable[[Array, NDArray[np.int64]], Scores]


@dataclass(frozen=True)
class Case:
    """One setting of the simulation.

    Attributes:
        arms: Names of the two learners, control and treated.
        n: Images of the data set.
        k: Folds.
        seeds: Seeds per fold.
        distance: Distance of the class means, in standard deviations.
        idle: Share of the data set that is neither trained on nor tested, as a validation part.
    """

    arms: str
    n: int
    k: int
    seeds: int
    distance: float
    idle: float = 0.0


CASES = [
    *(Case(arms, 500, k, seeds, 1.5) for arms in ("mean, ridge", "strong, weak") for k in (5, 10) for seeds in (1, 3)),
    *(Case("mean, ridge", n, 5, 2, 1.5, idle=0.15) for n in (200, 1000)),
    *(Case(arms, 200, 5, 1, 1.5) for arms in ("mean, ridge", "strong, weak")),
    *(Case("one, all", n, 5, 1, 1.5) for n in (50, 200)),
    Case("far, near", 200, 5, 1, 1.5),
    Case("strong, weak", 500, 5, 1, 3.0),
]


def main() -> None:
    """Simulate, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--experiments", type=int, default=10_000)
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    results = {
        "command": f"python benchmarks/fold_coverage.py --experiments {options.experiments}",
        "experiments": options.experiments,
        "cases": [
            asdict(case) | simulate(case, options.experiments, np.random.default_rng(number))
            for number, case in enumerate(CASES)
        ],
    }
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "fold_coverage.json").write_text(json.dumps(results, indent=2) + "\n")
    (options.output / "fold_coverage.md").write_text(report(results))
    print(report(results))


def simulate(case: Case, experiments: int, generator: np.random.Generator) -> dict[str, float]:
    """Return coverage and half-widths of the interval over folds, and of the plain t over folds."""
    held, fresh = [], []
    for _ in range(math.ceil(experiments / BATCH)):
        on_held, on_new = batch(case, generator)
        held.append(on_held)
        fresh.append(on_new)
    folds, truth = np.concatenate(held)[:experiments], float(np.mean(fresh))
    test_share = test_images(case) / (test_images(case) + train_images(case))
    one = fold_interval(folds[0].tolist(), test_share)
    half = (one.high - one.mean) / one.sd * folds.std(axis=1, ddof=1)  # the same factor in every experiment
    plain = float(stdtrit(case.k - 1, 0.975)) * folds.std(axis=1, ddof=1) / math.sqrt(case.k)
    off = np.abs(folds.mean(axis=1) - truth)
    return {
        "true_difference": truth,
        "sd_of_mean": float(folds.mean(axis=1).std(ddof=1)),
        "coverage": float(np.mean(off <= half)),
        "coverage_plain_t": float(np.mean(off <= plain)),
        "half_width": float(np.median(half)),
        "half_width_plain_t": float(np.median(plain)),
    }


def test_images(case: Case) -> int:
    """Return the held-out images of a fold."""
    return case.n // case.k


def train_images(case: Case) -> int:
    """Return the training images of a fold."""
    return case.n - test_images(case) - round(case.idle * case.n)


def batch(case: Case, generator: np.random.Generator) -> tuple[Array, Array]:
    """Return differences of accuracy: on the held-out points of each fold ``(BATCH, k)``, and on new points."""
    labels = np.tile(np.arange(case.n) % 2, (BATCH, 1))
    points = drawn(labels, case.distance, generator)
    held, fresh = np.zeros((BATCH, case.k)), np.zeros((BATCH, case.k))
    size = test_images(case)
    for fold in range(case.k):
        # Points come in no order but alternating classes, so a fold is a run of them.
        rest = np.roll(np.arange(case.n), -fold * size)
        test, train = rest[:size], rest[size : size + train_images(case)]
        for _ in range(case.seeds):
            seen = np.argsort(generator.random((BATCH, FEATURES)), axis=1) < SEEN
            shown = points * seen[:, None, :]
            control, treated = (learner(shown[:, train], labels[:, train]) for learner in LEARNERS[case.arms])
            new_labels = generator.integers(0, 2, (BATCH, NEW_POINTS))
            new = drawn(new_labels, case.distance, generator) * seen[:, None, :]
            for place, shown_points, right in ((held, shown[:, test], labels[:, test]), (fresh, new, new_labels)):
                hits = [(scores(shown_points) > 0) == right for scores in (treated, control)]
                place[:, fold] += (hits[0].mean(axis=1) - hits[1].mean(axis=1)) / case.seeds
    return held, fresh


def drawn(labels: NDArray[np.int64], distance: float, generator: np.random.Generator) -> Array:
    """Return normal points, whose class means differ along a direction that weakens from feature to feature."""
    direction = 0.8 ** np.arange(FEATURES)
    shift = distance * direction / np.linalg.norm(direction)
    points = generator.normal(size=(*labels.shape, FEATURES)) * np.linspace(0.6, 1.6, FEATURES)
    return points + (labels[..., None] - 0.5) * shift


def nearest_mean(points: Array, labels: NDArray[np.int64]) -> Scores:
    """Return the classifier by the nearest class mean."""
    one, zero = (
        np.einsum("bn,bnf->bf", labels == label, points) / (labels == label).sum(axis=1)[:, None] for label in (1, 0)
    )
    weights, middle = one - zero, (one + zero) / 2
    return lambda new: np.einsum("bmf,bf->bm", new - middle[:, None, :], weights)


def ridge(strength: float) -> Learner:
    """Return the least-squares classifier with a penalty of this strength per training image."""

    def learner(points: Array, labels: NDArray[np.int64]) -> Scores:
        center, target = points.mean(axis=1, keepdims=True), labels - labels.mean(axis=1, keepdims=True)
        centered = points - center
        gram = centered.transpose(0, 2, 1) @ centered + strength * points.shape[1] * np.eye(FEATURES)
        weights = np.linalg.solve(gram, (centered.transpose(0, 2, 1) @ target[..., None]))
        return lambda new: ((new - center) @ weights)[..., 0]

    return learner


def one_feature(points: Array, labels: NDArray[np.int64]) -> Scores:
    """Return the classifier by the feature whose class means lie farthest apart: an abrupt choice, shared by folds."""
    one, zero = (
        np.einsum("bn,bnf->bf", labels == label, points) / (labels == label).sum(axis=1)[:, None] for label in (1, 0)
    )
    best = np.abs(one - zero).argmax(axis=1)[:, None]
    sign, middle = (np.take_along_axis(values, best, axis=1) for values in (np.sign(one - zero), (one + zero) / 2))
    return lambda new: sign * (np.take_along_axis(new, best[:, None, :], axis=2)[..., 0] - middle)


def neighbors(count: int) -> Learner:
    """Return the classifier by the majority of the nearest training points, an unstable learner for a count of 1."""

    def learner(points: Array, labels: NDArray[np.int64]) -> Scores:
        def scores(new: Array) -> Array:
            far = (points**2).sum(axis=2)[:, None, :] - 2 * new @ points.transpose(0, 2, 1)
            nearest = np.argpartition(far, count - 1, axis=2)[..., :count]
            return np.take_along_axis(labels[:, None, :], nearest, axis=2).mean(axis=2) - 0.5

        return scores

    return learner


LEARNERS = {
    "mean, ridge": (nearest_mean, ridge(0.01)),
    "strong, weak": (ridge(3.0), ridge(0.001)),
    "one, all": (one_feature, ridge(0.01)),
    "far, near": (neighbors(15), neighbors(1)),
}


def summary(results: dict[str, Any]) -> str:
    """Return the sentences that the documentation repeats."""
    cases = results["cases"]
    covered = [case["coverage"] for case in cases]
    plain = [case["coverage_plain_t"] for case in cases]
    return "\n".join(
        [
            f"- In {len(cases)} settings of {results['experiments']:,} data sets, the interval over folds covers",
            f"  {100 * min(covered):.1f} to {100 * max(covered):.1f}% of the true differences. The plain t over folds",
            f"  covers {100 * min(plain):.1f} to {100 * max(plain):.1f}%.",
        ]
    )


def report(results: dict[str, Any]) -> str:
    """Return the page."""
    names = {
        "mean, ridge": "class mean, ridge",
        "strong, weak": "strong, weak ridge",
        "one, all": "one feature, ridge",
        "far, near": "15, 1 neighbors",
    }
    rows = [
        f"| {names[case['arms']]} | {case['n']} | {case['k']} | {case['seeds']} | {case['idle']:.0%} "
        f"| {100 * case['true_difference']:+.2f} | {100 * case['coverage_plain_t']:.1f} "
        f"| **{100 * case['coverage']:.1f}** "
        f"| {100 * case['half_width_plain_t']:.1f} | {100 * case['half_width']:.1f} |"
        for case in results["cases"]
    ]
    return "\n".join(
        [
            "# Coverage of the interval over folds",
            "",
            f"`{results['command']}` wrote this page. Its draws are keyed, so it writes the same numbers again.",
            "",
            f"Two cheap learners as arms, {results['experiments']:,} synthetic data sets per row, 95% intervals of the",
            "difference of accuracy. *Corrected* is `statistics/folds.py`. *Not trained on* is a validation part.",
            "",
            summary(results),
            "",
            "| arms | images | folds | seeds per fold | not trained on | true difference, points | coverage in %: t "
            "| corrected | half-width in points: t | corrected |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    main()
