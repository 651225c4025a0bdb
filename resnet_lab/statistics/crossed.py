"""Crossed random effects of seeds and images: the interval of a difference on images like these, with new nets."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from resnet_lab.statistics.intervals import Interval, paired_t


@dataclass(frozen=True)
class Crossed:
    """Analysis of variance of differences D of shape (seeds, images), one value per cell.

    The model is D[s, i] = mean + seed[s] + image[i] + rest[s, i], where seeds and images are samples of populations
    (Searle, Casella and McCulloch 1992, Variance Components, chapter 4). With one seed or one image there is no
    analysis, and all attributes but the mean and the two numbers are nan.

    Attributes:
        mean: Mean over all seeds and images.
        n_seeds: Number of seeds S.
        n_images: Number of images N.
        ms_seeds: Mean square of the seeds, S - 1 degrees of freedom; it expects N seed² + rest².
        ms_images: Mean square of the images, N - 1 degrees of freedom; it expects S image² + rest².
        ms_rest: Mean square of the rest, (S - 1) (N - 1) degrees of freedom; it expects rest².
    """

    mean: float
    n_seeds: int
    n_images: int
    ms_seeds: float
    ms_images: float
    ms_rest: float

    @property
    def sd_seeds(self) -> float:
        """Standard deviation of the seed effects, at least 0."""
        return math.sqrt((self._seeds - self.ms_rest) / self.n_images)

    @property
    def sd_images(self) -> float:
        """Standard deviation of the image effects, at least 0."""
        return math.sqrt((self._images - self.ms_rest) / self.n_seeds)

    @property
    def sd_rest(self) -> float:
        """Standard deviation of what neither the seed nor the image explains."""
        return math.sqrt(self.ms_rest)

    @property
    def variance(self) -> float:
        """Variance of the mean for new seeds and new images: seed² / S + image² / N + rest² / (S N)."""
        return (self._seeds + self._images - self.ms_rest) / (self.n_seeds * self.n_images)

    @property
    def df(self) -> float:
        """Degrees of freedom of the variance (Satterthwaite 1946, Biometrics Bulletin 2:110-114); nan at variance 0."""
        seeds, images = self.n_seeds - 1, self.n_images - 1
        spread = self._seeds**2 / seeds + self._images**2 / images + self.ms_rest**2 / (seeds * images)
        return (self._seeds + self._images - self.ms_rest) ** 2 / spread if spread else math.nan

    @property
    def share_images(self) -> float:
        """Share of the variance that comes from the images and stays, however many seeds there are."""
        return self.sd_images**2 / self.n_images / self.variance if self.variance else math.nan

    @property
    def share_seeds(self) -> float:
        """Share of the variance that comes from the seeds and stays, however many images there are."""
        return self.sd_seeds**2 / self.n_seeds / self.variance if self.variance else math.nan

    @property
    def _seeds(self) -> float:
        """Mean square of the seeds, not below that of the rest: a variance is not negative."""
        return max(self.ms_seeds, self.ms_rest)

    @property
    def _images(self) -> float:
        """Mean square of the images, not below that of the rest."""
        return max(self.ms_images, self.ms_rest)


def crossed(differences: ArrayLike) -> Crossed:
    """Return the analysis of variance of differences by seed and image.

    Args:
        differences: Treated minus control ``(S, N)``, one row per seed and one column per image: -1, 0 or 1 if the
            value is whether an image is classified correctly, or differences of losses. At least one of each.

    >>> analysis = crossed([[0, 1, 0, 1], [1, 1, -1, 1], [0, 1, 0, 0]])
    >>> round(analysis.mean, 3), round(analysis.variance, 4), round(analysis.df, 1), round(analysis.share_images, 2)
    (0.417, 0.081, 2.5, 0.69)
    """
    values = np.asarray(differences, dtype=np.float64)
    n_seeds, n_images = values.shape
    mean = float(values.mean())
    if n_seeds == 1 or n_images == 1:
        return Crossed(mean, n_seeds, n_images, math.nan, math.nan, math.nan)
    rows, columns = values.mean(axis=1, keepdims=True), values.mean(axis=0, keepdims=True)
    rest = values - rows - columns + mean
    return Crossed(
        mean,
        n_seeds,
        n_images,
        n_images * _squares(rows - mean) / (n_seeds - 1),
        n_seeds * _squares(columns - mean) / (n_images - 1),
        _squares(rest) / ((n_seeds - 1) * (n_images - 1)),
    )


def deciding_interval(differences: ArrayLike, level: float = 0.95) -> Interval:
    """Return the interval of a mean difference on images like these, with nets trained anew.

    Two intervals have the same mean: that of crossed random effects, whose variance knows the images (as in Owen 2007,
    Annals of Applied Statistics 1:386-411, section 3), and the paired t over seeds, which knows these images only. The
    wider one decides: with three seeds, or large seed effects, the first alone is too narrow. Its mean squares of seeds
    and images are never taken below that of the rest; a smaller one is luck. Simulated in ``benchmarks/verdicts.py``.

    Seeds whose mean differences are all equal leave the crossed interval alone. With one image, there is only the
    paired t.

    Args:
        differences: Treated minus control ``(S, N)``, as for :func:`crossed`.
        level: Confidence.

    Returns:
        The interval; ``sd`` and ``n`` are those of the seeds, ``second_se`` and ``second_df`` those of the crossed
        random effects. One seed has nan ends.

    >>> interval = deciding_interval([[0, 1, 0, 1], [1, 1, -1, 1], [0, 1, 0, 0]])
    >>> round(interval.low, 3), round(interval.high, 3)
    (-0.599, 1.433)
    """
    values: NDArray[np.float64] = np.asarray(differences, dtype=np.float64)
    paired = paired_t(values.mean(axis=1).tolist(), level)
    analysis = crossed(values)
    if not analysis.variance > 0:  # nan or no spread at all
        return paired
    se, df = math.sqrt(analysis.variance), analysis.df
    half = float(stdtrit(df, (1 + level) / 2)) * se
    low, high = min(paired.low, paired.mean - half), max(paired.high, paired.mean + half)
    return replace(paired, low=low, high=high, second_se=se, second_df=df)


def _squares(values: NDArray[np.float64]) -> float:
    return float((values**2).sum())
