"""Plans from a first analysis: the seeds and images that a difference needs, and where no seed can decide any more."""

import math
from bisect import bisect_left
from dataclasses import dataclass

from scipy.special import chdtri, ndtri, stdtrit

from resnet_lab.statistics.crossed import Crossed

LIMIT = 0.8
"""Confidence of the one-sided limit of a variance that is used in place of its estimate."""
IMAGE_LIMIT = 0.99
"""The same for the images of a plan. They are many, so a surer limit costs little; at ``LIMIT`` for both variances, a
third of the plans would be too small where both matter."""
FEWEST_SEEDS = 3
"""Fewer pairs get no verdict."""
MOST_SEEDS = 1000
"""Images with which more seeds would be needed are not enough."""


@dataclass(frozen=True)
class Needed:
    """The seeds and images that find a difference.

    Attributes:
        seeds: Number of seeds, with ``images`` test images; None without an analysis to plan from,
            and above ``MOST_SEEDS``.
        images: Number of test images: those at hand if they are enough, else a larger number.
        enough_at_hand: Whether the images at hand are enough; if not, no number of seeds (up to ``MOST_SEEDS``) is
            enough with them.
        difference: The difference to find.
        power: Chance that the interval excludes zero, if this is the true difference.
    """

    seeds: int | None
    images: int
    enough_at_hand: bool
    difference: float
    power: float


@dataclass(frozen=True)
class _Components:
    """Variances of the effects of seeds and images, and of the rest."""

    seeds: float
    images: float
    rest: float

    def detectable(self, seeds: int, images: int, power: float, level: float) -> float:
        """Return the difference that the deciding interval finds with this power."""
        ms_seeds, ms_images = images * self.seeds + self.rest, seeds * self.images + self.rest
        analysis = Crossed(0.0, seeds, images, ms_seeds, ms_images, self.rest)
        crossed = _quantiles(analysis.df, power, level) * math.sqrt(analysis.variance)
        paired = _quantiles(seeds - 1, power, level) * math.sqrt(ms_seeds / (seeds * images))
        return max(crossed, paired)

    def detectable_by_all_seeds(self, images: int, power: float, level: float) -> float:
        """Return the difference that this number of images finds with any number of seeds."""
        return _quantiles(images - 1, power, level) * math.sqrt(self.images / images)


def needed(crossed: Crossed, difference: float, *, power: float = 0.8, level: float = 0.05) -> Needed:
    """Return the numbers of seeds and images with which a difference is found.

    A plan from estimated variances reaches its power in about half of all studies, since the estimates are too small as
    often as too large. So the plan takes their upper limits (Browne 1995, Statistics in Medicine 14:1933-1940): those
    of the mean squares of seeds and images by their chi-square distributions, at ``LIMIT``. The difference that a
    design finds is its standard error times the sum of the two t quantiles.

    If the images at hand are not enough with any number of seeds, the plan has so many images that they take at most
    half of the permitted variance, rounded up to two significant digits.

    Args:
        crossed: Analysis of the runs at hand.
        difference: The difference to find, positive, in the unit of the analysis.
        power: Chance to find it.
        level: Level of the test, such as 0.05.
    """
    images = crossed.n_images
    if not crossed.variance > 0:
        return Needed(None, images, False, difference, power)
    upper = _components(crossed, 1 - LIMIT, 1 - IMAGE_LIMIT)
    seeds = None
    if upper.detectable_by_all_seeds(images, power, level) <= difference:
        seeds = _seeds(upper, images, difference, power, level)
    if seeds is not None:
        return Needed(seeds, images, True, difference, power)
    permitted = (difference / (ndtri(1 - level / 2) + ndtri(power))) ** 2
    more = max(_rounded_up(2 * upper.images / permitted), images)
    return Needed(_seeds(upper, more, difference, power, level), more, False, difference, power)


def detectable_by_pairs(pairs: int, *, power: float = 0.8, level: float = 0.05) -> float:
    """Return the difference that the paired t finds, in standard deviations of the differences over seed pairs.

    It needs no analysis at hand, so it compares plans before any run. Test images add their own uncertainty, which no
    pair lowers.

    Args:
        pairs: Number of seed pairs, 2 or more.
        power: Chance to find the difference.
        level: Level of the test, such as 0.05.
    """
    return _quantiles(pairs - 1, power, level) / math.sqrt(pairs)


def images_forbid(crossed: Crossed, worth: float | None, level: float) -> bool:
    """Return whether no further seed can decide, because the images alone leave too much uncertainty.

    With ever more seeds, the interval shrinks to that of the images alone, around a mean that lies within today's
    paired t interval at 95%, if today's is right. The images forbid a verdict if no such interval excludes zero and
    none lies inside plus and minus ``worth``. The variance of the images is taken at its lower limit (``LIMIT``), so
    that a study is not stopped by a chance estimate.

    Args:
        crossed: Analysis of the runs at hand.
        worth: The smallest difference worth having; None if there is none.
        level: Level of the test, such as 0.05.
    """
    if not crossed.variance > 0 or crossed.n_seeds < FEWEST_SEEDS:
        return False
    lower = _components(crossed, LIMIT, LIMIT)
    half = float(stdtrit(crossed.n_images - 1, 1 - level / 2)) * math.sqrt(lower.images / crossed.n_images)
    se = math.sqrt(crossed.ms_seeds / (crossed.n_seeds * crossed.n_images))
    reach = float(stdtrit(crossed.n_seeds - 1, 1 - level / 2)) * se
    farthest, nearest = abs(crossed.mean) + reach, max(abs(crossed.mean) - reach, 0.0)
    return farthest <= half and (worth is None or nearest + half >= worth)


def _components(crossed: Crossed, of_seeds: float, of_images: float) -> _Components:
    """Return the components at limits of the mean squares, which belong to these quantiles of their chi-squares."""
    seeds, images = crossed.n_seeds, crossed.n_images
    ms_seeds = (seeds - 1) * crossed.ms_seeds / float(chdtri(seeds - 1, 1 - of_seeds))
    ms_images = (images - 1) * crossed.ms_images / float(chdtri(images - 1, 1 - of_images))
    rest = crossed.ms_rest
    return _Components(max(ms_seeds - rest, 0.0) / images, max(ms_images - rest, 0.0) / seeds, rest)


def _seeds(components: _Components, images: int, difference: float, power: float, level: float) -> int | None:
    """Return the smallest number of seeds that finds the difference, None above ``MOST_SEEDS``."""
    numbers = range(FEWEST_SEEDS, MOST_SEEDS + 1)
    found = bisect_left(
        numbers, True, key=lambda seeds: components.detectable(seeds, images, power, level) <= difference
    )
    return numbers[found] if found < len(numbers) else None


def _quantiles(df: float, power: float, level: float) -> float:
    return float(stdtrit(df, 1 - level / 2) + stdtrit(df, power))


def _rounded_up(number: float) -> int:
    """Return the number rounded up to two significant digits."""
    step = 10 ** max(math.floor(math.log10(number)) - 1, 0) if number > 0 else 1
    return math.ceil(number / step) * step
