"""The same blocks at each place of the axis, under a heading of its own where there are several."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from resnet_lab.comparison.conditions import in_words
from resnet_lab.comparison.pairing import place_name
from resnet_lab.comparison.results import Finding, Results
from resnet_lab.report.document import Block, Heading


def at_each_place(results: Results, language: str, blocks_of: Callable[[Finding], list[Block]]) -> list[Block]:
    """Return the blocks of all findings; a finding without blocks has no heading either."""
    blocks: list[Block] = []
    for finding in results.findings:
        own = blocks_of(finding)
        if results.pairing.axis and own:
            blocks.append(Heading(in_words(finding.contrast.place, language), 3))
        blocks += own
    return blocks


def in_brackets(place: Mapping[str, Any], language: str) -> str:
    """Return a place for the end of a caption; empty where there is no axis."""
    words = in_words(place, language)
    return f" ({words})" if words else ""


def file_name(place: Mapping[str, Any], figure: str) -> str:
    """Return the name of a figure's files.

    >>> file_name({}, "curves-loss"), file_name({"model.depth": 18}, "curves-loss")
    ('curves-loss', 'depth-18-curves-loss')
    """
    prefix = re.sub(r"[^a-z0-9.]+", "-", place_name(place).lower())
    return f"{prefix}-{figure}" if prefix else figure
