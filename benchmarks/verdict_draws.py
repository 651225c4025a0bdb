"""Draws of differences by seed and image as the committed runs show them, and the mean squares of many experiments."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from resnet_lab.runs.folder import Run
from resnet_lab.statistics.crossed import crossed, deciding_interval

REPORTS = Path(__file__).parent.parent / "docs" / "reports"
CONTRASTS = {
    "ResNet-34, 128 pixels": ("residual128", "plain34-128", "resnet34-128"),
    "depth 20": ("depth", "plain20", "resnet20"),
    "depth 32": ("depth", "plain32", "resnet32"),
    "depth 56": ("depth", "plain56", "resnet56"),
    "depth 110": ("depth", "plain110", "resnet110"),
    "depth 20, low rate": ("depth-low-rate", "plain20-lr3e-4", "resnet20-lr3e-4"),
    "depth 110, low rate": ("depth-low-rate", "plain110-lr3e-4", "resnet110-lr3e-4"),
}
"""Committed contrasts of three seeds and 393 test images: report, control, treated."""
BATCH = 40
CHECKED = 2
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Committed:
    """Differences of one committed contrast, treated minus control ``(seeds, images)``.

    Attributes:
        right: Of whether the image is classified correctly: -1, 0 or 1.
        losses: Of the cross-entropy of the image.
    """

    right: Array
    losses: Array


def committed(contrast: str) -> Committed:
    """Return the differences of a committed contrast, by the best checkpoint."""
    report, *arms = CONTRASTS[contrast]
    right, losses = [], []
    for arm in arms:
        runs = [Run(path) for path in sorted((REPORTS / report / "runs" / arm).iterdir())]
        tables = [{row["path"]: row for row in run.test_predictions("best")} for run in runs]
        images = sorted(tables[0])
        right.append([[float(table[path]["predicted"] == table[path]["label"]) for path in images] for table in tables])
        losses.append(
            [
                [-math.log(float(table[path][f"probability_{table[path]['label']}"])) for path in images]
                for table in tables
            ]
        )
    return Committed(*(np.subtract(treated, control) for control, treated in (right, losses)))


@dataclass(frozen=True)
class Flips:
    """A population of images, a population of seeds, and how they make differences of -1, 0 or 1.

    An image has a chance to be right by the treated net only and one to be right by the control only; their difference
    is the image's effect. A seed adds its effect to the difference of the chances of every image. So the mean over both
    populations is exactly ``mean``.

    Attributes:
        image_effects: Effect of each image of the population, mean ``mean``; images are drawn from it with replacement.
        both: Chance of each image that the nets differ in either direction beyond its effect, per direction.
        seed_sd: Standard deviation of the seed effects.
        mean: The true difference.
        heavy: Whether seed effects have Student's t distribution with 3 degrees of freedom in place of the normal one.
        contested: Whether a seed's effect is proportional to the chance that the nets differ on an image.
    """

    image_effects: Array
    both: Array
    seed_sd: float
    mean: float
    heavy: bool = False
    contested: bool = False

    def draw(self, generator: np.random.Generator, seeds: int, images: int) -> NDArray[np.int8]:
        """Return differences ``(BATCH, seeds, images)``."""
        chosen = generator.integers(0, len(self.both), (BATCH, 1, images))
        shape = (BATCH, seeds, 1)
        standard = generator.standard_t(3, shape) / math.sqrt(3) if self.heavy else generator.normal(size=shape)
        effect = (self.seed_sd * standard).astype(np.float32)
        both = self.both.astype(np.float32)[chosen]
        if self.contested:
            differing = np.abs(self.image_effects) + 2 * self.both
            effect = effect * (differing / differing.mean()).astype(np.float32)[chosen]
        difference = self.image_effects.astype(np.float32)[chosen] + effect
        place = generator.random(difference.shape, dtype=np.float32)
        treated = place >= 1 - both - np.maximum(difference, 0)
        control = place < both + np.maximum(-difference, 0)
        return treated.astype(np.int8) - control.astype(np.int8)


def planted(differences: Array, seed_sd: float, image_sd: float, mean: float, **kind: bool) -> Flips:
    """Return flips as in committed runs, with effects of seeds and images as wanted.

    The chances of each image are mixed with their mean until the image effects have the wanted standard deviation.
    Each image stands in the population twice, once with the arms exchanged, so that the effects are symmetric.
    """
    treated, control = ((differences == sign).mean(axis=0) for sign in (1, -1))
    treated, control = np.concatenate([treated, control]), np.concatenate([control, treated])
    return _mixed(treated, control, image_sd, seed_sd, mean, **kind)


def as_committed(differences: Array) -> Flips:
    """Return flips with the mean, the asymmetry and the estimated effects of seeds and images of committed runs."""
    treated, control = ((differences == sign).mean(axis=0) for sign in (1, -1))
    analysis = crossed(differences)
    return _mixed(treated, control, analysis.sd_images, analysis.sd_seeds, 0.0)


def _mixed(treated: Array, control: Array, image_sd: float, seed_sd: float, shift: float, **kind: bool) -> Flips:
    share = image_sd / float((treated - control).std())
    treated, control = (share * chance + (1 - share) * chance.mean() for chance in (treated, control))
    effects = treated - control + shift
    both = np.minimum(treated, control)
    return Flips(effects, both, seed_sd, float(effects.mean()), **kind)


@dataclass(frozen=True)
class Losses:
    """Differences of losses: image effects and rests of committed runs, seed effects as wanted; the mean is 0."""

    image_effects: Array
    rests: Array
    seed_sd: float
    mean: float = 0.0

    def draw(self, generator: np.random.Generator, seeds: int, images: int) -> Array:
        """Return differences ``(BATCH, seeds, images)``."""
        chosen = generator.integers(0, len(self.image_effects), (BATCH, 1, images))
        run = generator.integers(0, len(self.rests), (BATCH, seeds, images))
        effect = generator.normal(0.0, self.seed_sd, (BATCH, seeds, 1))
        return self.image_effects[chosen] + effect + self.rests[run, chosen]


def losses_of(differences: Array, seed_sd: float) -> Losses:
    """Return losses as in committed runs: their image effects, and their rests as heavy-tailed as they are."""
    seeds, mean = len(differences), differences.mean()
    images = differences.mean(axis=0) - mean
    rests = differences - differences.mean(axis=1, keepdims=True) - images
    analysis = crossed(differences)
    return Losses(images * analysis.sd_images / images.std(), rests * math.sqrt(seeds / (seeds - 1)), seed_sd)


@dataclass(frozen=True)
class Analyses:
    """Mean and mean squares of many experiments with the same numbers of seeds and images, one value each."""

    seeds: int
    images: int
    mean: Array
    ms_seeds: Array
    ms_images: Array
    ms_rest: Array

    def half_widths(self, level: float) -> tuple[Array, Array]:
        """Return the half-widths of the paired t interval and of the floored crossed interval at a confidence."""
        seeds, images, cells = self.seeds - 1, self.images - 1, self.seeds * self.images
        paired = float(stdtrit(seeds, (1 + level) / 2)) * np.sqrt(self.ms_seeds / cells)
        by_seeds, by_images = (np.maximum(square, self.ms_rest) for square in (self.ms_seeds, self.ms_images))
        total = by_seeds + by_images - self.ms_rest
        spread = by_seeds**2 / seeds + by_images**2 / images + self.ms_rest**2 / (seeds * images)
        return paired, stdtrit(total**2 / spread, (1 + level) / 2) * np.sqrt(total / cells)


def analyses(
    source: Flips | Losses,
    experiments: int,
    seeds: Sequence[int],
    images: Sequence[int],
    generator: np.random.Generator,
) -> dict[tuple[int, int], Analyses]:
    """Return the analyses of experiments for each number of seeds and images.

    An experiment is drawn once, at the largest numbers; its first seeds and images are the smaller ones. Only sums and
    sums of squares are kept. The first experiments of each pair of numbers are compared with ``crossed.py``.
    """
    found: dict[tuple[int, int], list[Array]] = {(s, n): [] for s in seeds for n in images}
    for number in range(math.ceil(experiments / BATCH)):
        values = source.draw(generator, max(seeds), max(images))
        exact = np.int16 if values.dtype == np.int8 else np.float64
        by_image = values.cumsum(axis=1, dtype=exact)
        squares = (values * values).cumsum(axis=1, dtype=exact)
        for n in images:
            by_seed = values[:, :, :n].sum(axis=2, dtype=np.float64)
            for s in seeds:
                columns = by_image[:, s - 1, :n].astype(np.float64)
                total = by_seed[:, :s].sum(axis=1)
                middle = total**2 / (s * n)
                of_seeds = (by_seed[:, :s] ** 2).sum(axis=1) / n - middle
                of_images = np.einsum("en,en->e", columns, columns) / s - middle
                rest = squares[:, s - 1, :n].sum(axis=1, dtype=np.float64) - middle - of_seeds - of_images
                one = [total / (s * n), of_seeds / (s - 1), of_images / (n - 1), rest / ((s - 1) * (n - 1))]
                found[s, n].append(np.array(one))
                if number == 0:
                    _compare(values[:CHECKED, :s, :n], Analyses(s, n, *one))
    return {key: Analyses(*key, *np.concatenate(parts, axis=1)[:, :experiments]) for key, parts in found.items()}


def _compare(values: NDArray[np.float64 | np.int8], found: Analyses) -> None:
    """Hold the sums against the package's own interval."""
    wider = np.maximum(*found.half_widths(0.95))
    for place, one in enumerate(values):
        interval = deciding_interval(one)
        if not np.allclose([interval.mean, interval.high - interval.mean], [found.mean[place], wider[place]]):
            raise AssertionError(f"{interval} is not {found.mean[place]} with half-width {wider[place]}")
