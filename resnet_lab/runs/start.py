"""Start of a run: the trained weights it began with, in one text by which runs with equal starts are grouped."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from resnet_lab.config.flatten import flatten
from resnet_lab.config.historic_defaults import LATER, with_later_keys
from resnet_lab.config.result_neutral_keys import is_result_neutral
from resnet_lab.runs.folder import Run
from resnet_lab.runs.status import Status

INIT_FROM = "model.init_from"
ARCHITECTURE = ("depth", "residual", "shortcut", "shortcut_weight", "shortcut_gradient", "shortcut_span")
"""Keys of ``model`` that say what a network computes."""
_APART = frozenset({"name", "seed_everything", INIT_FROM, *(f"model.{key}" for key in ARCHITECTURE)})
_SHORT = 8


def network_settings(model: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of ``model`` that say what a network computes; a key that is absent has its historic value.

    Initial values are not among them: they do not change what given weights compute.
    """
    return {key: model[key] if key in model else LATER[f"model.{key}"] for key in ARCHITECTURE}


def other_network(there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """Return in what two networks differ, in words; the shortcut of plain networks has no effect.

    Args:
        there: Settings of ``model`` of the source.
        here: Settings of ``model`` of the fit.
    """
    theirs, own = network_settings(there), network_settings(here)
    keys = [key for key in ARCHITECTURE if key != "shortcut" or (theirs["residual"] and own["residual"])]
    return [
        f"model.{key} is {_yaml(theirs[key])} there and {_yaml(own[key])} here"
        for key in keys
        if theirs[key] != own[key]
    ]


def start_text(status: Status) -> str | None:
    """Return what a run started from, equal for runs that started alike; None if all its weights were drawn.

    The name of a source and its arm are no part of it: the sources of two arms have other names. Neither is its seed,
    but whether it is that of the run.

    Args:
        status: Status of the run.
    """
    start = status.init_from
    if start is None:
        return None
    if start.kind != "run":
        return f"{start.kind} {start.weights_sha256[:_SHORT]}"
    seed = "" if start.seed == status.seed else ", another seed"
    data, settings = str(start.fingerprint)[:_SHORT], str(start.settings_sha256)[:_SHORT]
    return f"{start.checkpoint} of data {data}, settings {settings}{seed}"


def training_settings(run: Run) -> str:
    """Return the SHA-256 of the settings of a training, without its network, its name and its seed.

    It is equal for the runs of two arms that were trained alike. Keys of a later version count only if they depart from
    what a run did before them.

    Args:
        run: The run. The start of this run counts, too.
    """
    config: Mapping[str, Any] = with_later_keys(flatten(run.config()))
    kept = {
        key: value
        for key, value in config.items()
        if not (key in _APART or is_result_neutral(key) or value is None or (key in LATER and LATER[key] == value))
    }
    content = json.dumps([start_text(run.status()), kept], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()


def _yaml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
