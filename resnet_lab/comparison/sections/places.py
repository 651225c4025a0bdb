"""The same blocks at each place of the axis, under a heading of its own where there are several."""

import re
from collections.abc import Callable

from resnet_lab.comparison.conditions import in_words
from resnet_lab.comparison.document import Block, Heading
from resnet_lab.comparison.results import Finding, Results


def at_each_place(results: Results, language: str, blocks_of: Callable[[Finding], list[Block]]) -> list[Block]:
    """Return the blocks of all findings."""
    blocks: list[Block] = []
    for finding in results.findings:
        if results.pairing.axis:
            blocks.append(Heading(in_words(finding.contrast.place, language), 3))
        blocks += blocks_of(finding)
    return blocks


def in_brackets(finding: Finding, language: str) -> str:
    """Return the place for the end of a caption; empty where there is no axis."""
    place = in_words(finding.contrast.place, language)
    return f" ({place})" if place else ""


def file_name(finding: Finding, figure: str) -> str:
    """Return the name of a figure's files: ``curves-loss``, or ``depth-18-curves-loss`` where there is an axis."""
    place = re.sub(r"[^a-z0-9.]+", "-", finding.contrast.place_name.lower())
    return f"{place}-{figure}" if place else figure
