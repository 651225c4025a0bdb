"""Cell of a study: a config with overrides, which the runs of all its seeds share."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from resnet_lab.comparison.families import PRIMARY


@dataclass(frozen=True)
class Cell:
    """A config with overrides, which the runs of all seeds share.

    Attributes:
        name: Name of the runs.
        config: Path of the config.
        settings: Overrides of the config, as ``group.key``: a value of YAML, or a word of the command line.
        named: Every key that the study, its configs or the command line name.
        planned: The keys of the config and of the settings that change results, in plain values.
        question: The question by which its runs are judged.
        of: Name of the cell in the study file, if this is that cell at one value of a tuned key; else empty.
        value: That value; None without one.
        asks: The question that it answers, in the words of the file; empty without one.
    """

    name: str
    config: Path
    settings: Mapping[str, Any]
    named: frozenset[str]
    planned: Mapping[str, Any] = field(default_factory=dict)
    question: str = PRIMARY
    of: str = ""
    value: float | None = None
    asks: str = ""

    @property
    def words(self) -> list[str]:
        """The cell as options of ``fit``."""
        return ["--config", str(self.config), "--name", self.name, *as_options(self.settings)]


def as_options(settings: Mapping[str, Any]) -> list[str]:
    """Return settings, as ``group.key``, as options of the command line."""
    words = []
    for key, value in settings.items():
        words += [f"--{key}", value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)]
    return words
