"""Depth from which on linear probes read the class less well in the control than in the treated arm."""

from dataclasses import dataclass

from resnet_lab.comparison.results import Finding
from resnet_lab.runs.measurements import TRAINED, probe_accuracy_profile
from resnet_lab.statistics.intervals import paired_t

CLASS_DEPTH = "class_depth"
"""Key of the claim on the last block."""


@dataclass(frozen=True)
class FallingBehind:
    """First block of the part of the network in which the control is behind.

    Attributes:
        block: Name of the block.
        position: Its position, from 1.
        blocks: Number of blocks.
        level: Confidence of the interval at each block.
    """

    block: str
    position: int
    blocks: int
    level: float


def falling_behind(finding: Finding) -> FallingBehind | None:
    """Return the first block from which on the control is behind; None unless the claim on the last block is supported.

    Blocks are tested from the last one backward, each by a paired t test over seeds at the level of the claim, and the
    first block whose interval reaches zero ends the sequence. So the chance that any block of the sequence is named
    wrongly is at most the level (a fixed sequence of tests; Maurer, Hothorn and Lehmacher 1995). Folds, whose seeds are
    not independent, and arms with different blocks have no such block.

    Args:
        finding: Results of one contrast.
    """
    claim = next(claim for claim in finding.claims if claim.key == CLASS_DEPTH)
    if claim.verdict != "supported" or claim.folds is not None or claim.interval is None:
        return None
    pairs = [finding.contrast.pairs[seed] for seed in claim.seeds]
    profiles = [[probe_accuracy_profile(run, TRAINED) for run in pair] for pair in pairs]
    names = list(profiles[0][0])
    if any(list(profile) != names for pair in profiles for profile in pair):
        return None
    first = len(names)
    for position in range(len(names), 0, -1):
        name = names[position - 1]
        interval = paired_t([treated[name] - control[name] for control, treated in profiles], claim.interval.level)
        if not interval.has_spread or interval.side <= 0:
            break
        first = position
    return FallingBehind(names[first - 1], first, len(names), claim.interval.level)
