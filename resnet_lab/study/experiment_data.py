"""Photographs of an experiment: what must be mended before it, what is doubtful, and what was changed since."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from resnet_lab.checking.data_set import check_data_set
from resnet_lab.checking.report import Report
from resnet_lab.data.folder import read_image_folder
from resnet_lab.data.groups import Groups
from resnet_lab.data.manifest import ManifestRule
from resnet_lab.data.rgb import DecodeRule
from resnet_lab.data.sources import resolve_root
from resnet_lab.data.split import Fold, parse_fold

_WAIVERS = {
    "unusable": "--data.on_bad_image skip",
    "equal_leaks": "--data.allow_leaks true",
    "groups_apart": "--data.allow_leaks true",
}
"""Options by which a fit accepts what it refuses by default, by the name of the topic in ``data check``."""


@dataclass(frozen=True)
class DataRules:
    """Rules by which a data set is read, as the keys of ``data`` say them.

    Attributes:
        decode: How images are decoded.
        manifest: How a manifest is read.
        fold: The fold that is held out.
        skips: Whether images that cannot be used are left out.
        allows_leaks: Whether equal images in two splits or classes are accepted, and groups in two given splits.
        groups: Images that stay in one split.
    """

    decode: DecodeRule
    manifest: ManifestRule
    fold: Fold | None
    skips: bool
    allows_leaks: bool
    groups: Groups | None = None


def data_rules(settings: Mapping[str, Any]) -> DataRules:
    """Return the rules of settings.

    Args:
        settings: Keys as ``group.key``; a key that is absent has its default.

    Raises:
        InputError: A value cannot be used.
    """
    data = {key.removeprefix("data."): value for key, value in settings.items() if key.startswith("data.")}
    return DataRules(
        DecodeRule.of_options(data),
        ManifestRule(data.get("columns"), data.get("images_root")),
        parse_fold(data.get("fold")),
        data.get("on_bad_image") == "skip",
        data.get("allow_leaks") is True,
        data.get("groups"),
    )


def checked(root: str, rules: DataRules) -> Report:
    """Return the report of ``data check`` on a data set."""
    return check_data_set(
        resolve_root(root), rule=rules.decode, fold=rules.fold, manifest=rules.manifest, groups=rules.groups
    )


def accepted(rules: DataRules) -> frozenset[str]:
    """Return the names of the topics that a fit by these rules accepts, while a fit by default refuses them."""
    return frozenset(
        name for name, option in _WAIVERS.items() if (rules.skips if "skip" in option else rules.allows_leaks)
    )


def waivers(report: Report, rules: DataRules) -> list[str]:
    """Return the options with which a fit would accept all that it refuses; none if no option helps."""
    refused = {topic.name for topic in report.topics if topic.refused} - accepted(rules)
    return [*dict.fromkeys(_WAIVERS[name] for name in sorted(refused))] if refused <= _WAIVERS.keys() else []


def fingerprint(root: str, rules: DataRules) -> str:
    """Return the fingerprint that the runs will record. Files that were read before are not read again.

    Raises:
        InputError: A fit refuses the data set.
    """
    return read_image_folder(
        resolve_root(root),
        rule=rules.decode,
        on_bad_image="skip" if rules.skips else "error",
        allow_leaks=rules.allows_leaks,
        fold=rules.fold,
        manifest=rules.manifest,
        groups=rules.groups,
    ).fingerprint


def short_sides(report: Report) -> dict[int, int]:
    """Return the number of photographs by their shorter side in pixels."""
    sides = Counter[int]()
    for size, number in report.sizes.items():
        sides[min(map(int, size.split("x")))] += number
    return dict(sides)
