"""Words of a report in one language: its texts, and the phrases for keys, axis values and differences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path, PurePath
from typing import Any

from resnet_lab.comparison.conditions import Difference, as_text
from resnet_lab.comparison.degradation import DEPTH
from resnet_lab.config.safe_yaml import read_yaml

LANGUAGES = ("en", "id")
DECIMAL_COMMAS = ("id",)
"""Languages that write 0,5 and 1.000."""
_FOLDER = Path(__file__).parent / "wording"


@dataclass(frozen=True)
class Words:
    """The texts of one language, and short phrases made of them.

    Attributes:
        language: One of ``LANGUAGES``.
        claims: Name, measure and sentences of each claim, by its key (``claims.yaml``).
        sentences: Templates of all other sentences on what was found (``en.yaml``, ``id.yaml``).
        report: Headings, tables and captions, by section of the report (``report_en.yaml``, ``report_id.yaml``).
        ladder: All texts of a ladder (``ladder_en.yaml``, ``ladder_id.yaml``).
    """

    language: str
    claims: Mapping[str, Mapping[str, Any]]
    sentences: Mapping[str, Any]
    report: Mapping[str, Any]
    ladder: Mapping[str, Any]

    def of_one_arm(self) -> "Words":
        """Return the words of a report on one arm alone: some texts have another wording there."""
        return replace(self, report=_merged(self.report, self.report["one_arm"]))

    def verdict(self, key: str) -> str:
        """Return the name of a verdict."""
        return str(self.sentences["verdicts"][key])

    def claim(self, key: str) -> str:
        """Return the name of a claim."""
        return str(self.claims[key]["name"])

    def factor(self, key: str) -> str:
        """Return the name of a compared factor; the key itself if it has no name."""
        return str(self.report["factors"].get(key, key))

    def date(self, day: str) -> str:
        """Return a day of the form ``2026-11-24`` as the language writes it."""
        year, month, of_month = day.split("-")
        return f"{int(of_month)} {self.report['months'][f'm{month}']} {year}"

    def days(self, days: Sequence[str]) -> str:
        """Return the first and the last of some days, such as ``24\u201325 November 2026``."""
        first, last = min(days), max(days)
        if first == last:
            return self.date(last)
        if first[:7] == last[:7]:
            return f"{int(first[8:])}\u2013{self.date(last)}"
        began = self.date(first).removesuffix(f" {last[:4]}")
        return f"{began} \u2013 {self.date(last)}"

    def key(self, key: str) -> str:
        """Return the name of a config key for use within a sentence; its last part if it has no name."""
        name: str = self.report["setting"]["names"].get(key, key.rpartition(".")[2])
        return f"{name[0].lower()}{name[1:]}"

    def axis_value(self, axis_value: Mapping[str, Any]) -> str:
        """Return an axis value, such as ``depth 18``; empty for an empty one."""
        return ", ".join(f"{self.key(key)} {as_text(value)}" for key, value in axis_value.items())

    def in_brackets(self, axis_value: Mapping[str, Any], arm: str = "") -> str:
        """Return an axis value for the end of a caption, such as `` (depth 18)``; empty for an empty one.

        Args:
            axis_value: Values of the other factors by their key.
            arm: The name before the brackets. If it is ``Plain-18``, a depth of 18 alone is not said again.
        """
        name = "" if says_setting(arm, axis_value) else self.axis_value(axis_value)
        return f" ({name})" if name else ""

    def data(self, root: str) -> str:
        """Return the name of a data set for a reader, such as that of a folder without its path."""
        known: Mapping[str, str] = self.report["data"]["names"]
        return known.get(root) or PurePath(root).name or root

    def difference(self, difference: Difference) -> str:
        """Return a difference in conditions, such as ``threads: 8 (plain34/version_0), 2 (3 runs)``."""
        texts = self.report["conditions"]
        group, _, name = difference.key.partition(".")
        key = (
            texts["version"].format(name=name)
            if group == "versions"
            else texts["names"].get(difference.key, difference.key)
        )
        sides = (
            f"{value} ({runs[0] if len(runs) == 1 else texts['runs'].format(n=len(runs))})"
            for value, runs in difference.runs.items()
        )
        return f"{key}{self.in_brackets(difference.axis_value)}: {', '.join(sides)}"


def says_setting(arm: str, axis_value: Mapping[str, Any]) -> bool:
    """Return whether the name of an arm says its setting already.

    >>> says_setting("Plain-18", {"model.depth": 18}), says_setting("Plain-18", {"model.depth": 18, "data.fold": "1/5"})
    (True, False)
    """
    return list(axis_value) == [DEPTH] and arm.endswith(f"-{axis_value[DEPTH]}")


@cache
def load_words(language: str) -> Words:
    """Read the words of a language.

    Args:
        language: One of ``LANGUAGES``.
    """
    claims = {key: by_language[language] for key, by_language in _read("claims").items()}
    return Words(language, claims, _read(language), _read(f"report_{language}"), _read(f"ladder_{language}"))


def _merged(texts: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested texts, with other texts under the same keys in their place."""
    merged = {
        key: _merged(texts.get(key, {}), text) if isinstance(text, Mapping) else text for key, text in others.items()
    }
    return {**texts, **merged}


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = read_yaml(_FOLDER / f"{name}.yaml")
    return content
