"""Repetition of blocks per axis value, each under its own heading if the comparison has an axis."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from resnet_lab.comparison.conditions import axis_value_name
from resnet_lab.comparison.one_arm import AnyFinding
from resnet_lab.report.document import Block, Heading
from resnet_lab.report.words import Words

F = TypeVar("F", bound=AnyFinding)


def at_each_axis_value(findings: Sequence[F], words: Words, blocks_of: Callable[[F], list[Block]]) -> list[Block]:
    """Return the blocks of all findings; a finding without blocks gets no heading."""
    blocks: list[Block] = []
    for finding in findings:
        own = blocks_of(finding)
        if finding.axis_value and own:
            blocks.append(Heading(words.axis_value(finding.axis_value), 3))
        blocks += own
    return blocks


def file_name(axis_value: Mapping[str, Any], plot: str) -> str:
    """Return the name of a plot's files.

    >>> file_name({}, "curves-loss"), file_name({"model.depth": 18}, "curves-loss")
    ('curves-loss', 'depth-18-curves-loss')
    """
    prefix = re.sub(r"[^a-z0-9.]+", "-", axis_value_name(axis_value).lower())
    return f"{prefix}-{plot}" if prefix else plot
