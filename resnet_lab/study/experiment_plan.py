"""Plan of an experiment: its looks, and the networks and pairs that fit into a time, as pure functions of numbers."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from resnet_lab.comparison.claims import FEWEST_PAIRS
from resnet_lab.errors import InputError
from resnet_lab.statistics.looks import look_levels
from resnet_lab.statistics.planning import detectable_by_pairs
from resnet_lab.study.estimate import as_duration

PAIRS = 12
"""Pairs of an experiment, unless the user or a time says otherwise."""
WORTH = 2.0
"""Smallest difference worth having, in points: the one for which ``study --plan`` plans where a file names none."""
GOOD_PAIRS = 6
"""Pairs for which the photographs are made smaller: 6 pairs find a difference half as large as 3 pairs do."""
DEPTH, SHALLOW = 34, 18
SIZES = (224, 160, 128, 96, 64)
"""Sides in pixels from which a size is taken, the recipe's first."""
_MOST_LOOKS = 4
_FEW_STEPS = 100
"""Optimizer steps below which a network from random weights has hardly begun to learn."""


@dataclass(frozen=True)
class Size:
    """Size of a network and of its images.

    Attributes:
        depth: Layers.
        pixels: Side of an image in pixels.
    """

    depth: int
    pixels: int


@dataclass(frozen=True)
class Shape:
    """Networks and pairs of an experiment.

    Attributes:
        size: Size of the networks.
        pairs: The most pairs.
    """

    size: Size
    pairs: int = PAIRS


def looks_of(pairs: int) -> tuple[int, ...]:
    """Return the numbers of pairs at which an experiment is judged: four at most, three pairs apart at least.

    Args:
        pairs: The most pairs, ``FEWEST_PAIRS`` or more.

    >>> looks_of(12), looks_of(7), looks_of(5), looks_of(24)
    ((3, 6, 9, 12), (3, 7), (5,), (6, 12, 18, 24))
    """
    step = max(FEWEST_PAIRS, math.ceil(pairs / _MOST_LOOKS))
    return (*range(step, pairs - step + 1, step), pairs)


def pixels_for(short_sides: Mapping[int, int]) -> int:
    """Return the side that keeps what most photographs hold: the smallest of ``SIZES`` that is no less than theirs.

    Args:
        short_sides: Number of photographs by their shorter side in pixels.

    >>> pixels_for({300: 90}), pixels_for({100: 60, 4000: 30}), pixels_for({})
    (224, 128, 224)
    """
    sides = sorted(side for side, number in short_sides.items() for _ in range(number))
    median = sides[len(sides) // 2] if sides else SIZES[0]
    return min((pixels for pixels in SIZES if pixels >= median), default=SIZES[0])


def sizes_to_try(wanted: Size, fixed: Collection[str]) -> list[Size]:
    """Return the sizes of an experiment from the wanted one down: fewer pixels first, fewer layers last.

    Args:
        wanted: The size without a limit of time.
        fixed: Keys that the user has set, as ``group.key``. They stay as they are.
    """
    smaller = [pixels for pixels in SIZES if pixels < wanted.pixels and "data.image_size" not in fixed]
    sizes = [wanted, *(Size(wanted.depth, pixels) for pixels in smaller)]
    if "model.depth" not in fixed:
        sizes.append(Size(SHALLOW, sizes[-1].pixels))
    return sizes


def shape_within(seconds: Mapping[Size, float], budget: float, pairs: int | None = None) -> Shape:
    """Return the largest networks and the most pairs that a time holds.

    The images are made smaller until ``GOOD_PAIRS`` fit, then fewer pairs are taken, and only then fewer layers, which
    change the question. More pairs than these are taken last, up to ``PAIRS``.

    Args:
        seconds: Seconds of a pair by size, from the largest size to the smallest, the one with fewer layers last.
        budget: Seconds.
        pairs: The number of pairs, if the user has set it.

    Raises:
        InputError: The time does not hold the fewest pairs of the smallest networks.
    """
    sizes, fewest = list(seconds), pairs or FEWEST_PAIRS
    deep = [size for size in sizes if size.depth == sizes[0].depth]
    tries = [(size, pairs or GOOD_PAIRS) for size in deep] + [(size, fewest) for size in (deep[-1], sizes[-1])]
    for size, enough in tries:
        fit = int(budget / seconds[size])
        if fit >= enough:
            return Shape(size, pairs or min(fit, PAIRS))
    least = math.ceil(fewest * seconds[sizes[-1]] / 60)
    why = "" if pairs else ", and a verdict needs as many"
    raise InputError(
        f"{fewest} pairs of the smallest networks ({in_words(sizes[-1])}) take about {as_duration(60 * least)} on this "
        f"machine{why}: give --minutes {least} or more{', or fewer --pairs' if pairs and pairs > FEWEST_PAIRS else ''}."
    )


def costs(shape: Shape, wanted: Size) -> list[str]:
    """Return what an experiment loses against the whole one, a phrase per loss; none for the whole one.

    Args:
        shape: The experiment.
        wanted: Size of the networks of the whole one.
    """
    found = []
    if shape.pairs < PAIRS:
        times = _found_at_last(shape.pairs) / _found_at_last(PAIRS)
        found.append(
            f"{shape.pairs} pairs in place of {PAIRS}: to be found as surely, a difference between the networks must "
            f"be {times:.1f} times as large"
        )
    if shape.size.pixels != wanted.pixels:
        found.append(
            f"{shape.size.pixels} pixels in place of {wanted.pixels}: both networks see less of each photograph, and "
            f"the answer holds for {shape.size.pixels} pixels"
        )
    if shape.size.depth != wanted.depth:
        found.append(
            f"{shape.size.depth} layers in place of {wanted.depth}: the answer is about shallower networks; at "
            f"{SHALLOW} layers He et al. (2015) found little difference"
        )
    return found


def doubts(train: int, test: int, epochs: int, batch: int) -> list[str]:
    """Return what the number of photographs forbids, a phrase per doubt.

    Args:
        train: Photographs to train on.
        test: Photographs to test on.
        epochs: Epochs of a run.
        batch: Photographs of a step.
    """
    found = []
    if 0 < test < 100:
        found.append(f"{test} photographs are tested: each is {100 / test:.1f} points of accuracy")
    per_epoch = math.ceil(train / batch)
    if 0 < (steps := epochs * per_epoch) < _FEW_STEPS:
        more = math.ceil(_FEW_STEPS / per_epoch / 10) * 10
        found.append(
            f"{train} photographs make {counted(steps, 'step')} in {counted(epochs, 'epoch')}, in which a network "
            f"hardly learns: more photographs help, or --trainer.max_epochs {more}"
        )
    return found


def counted(number: int, what: str) -> str:
    """Return a number of things as a phrase.

    >>> counted(1, "pair"), counted(3, "pair")
    ('1 pair', '3 pairs')
    """
    return f"{number} {what}{'' if number == 1 else 's'}"


def in_words(size: Size) -> str:
    """Return a size as a phrase.

    >>> in_words(Size(34, 224))
    '34 layers, 224 pixels'
    """
    return f"{size.depth} layers, {size.pixels} pixels"


def as_list(numbers: Sequence[int]) -> str:
    """Return numbers as a phrase.

    >>> as_list([3, 6, 9]), as_list([5])
    ('3, 6 and 9', '5')
    """
    *most, last = map(str, numbers)
    return f"{', '.join(most)} and {last}" if most else last


def _found_at_last(pairs: int) -> float:
    return detectable_by_pairs(pairs, level=look_levels(looks_of(pairs))[-1])
