"""Optimizer and schedule of runs in the words of a report."""

from collections.abc import Mapping, Sequence
from typing import Any

from resnet_lab.config.historic_defaults import with_later_keys
from resnet_lab.model.optimizer import optimizer_name
from resnet_lab.model.schedule import HE_ET_AL
from resnet_lab.statistics.mean_sd import MISSING

Configs = Sequence[Mapping[str, Any]]
"""Flat configs of runs."""


def optimizer_words(configs: Configs, texts: Mapping[str, Any]) -> str:
    """Return the optimizers of some runs, such as ``SGD with momentum 0.9``.

    Args:
        configs: Flat configs of the runs.
        texts: Section ``recipe`` of the report's words.
    """
    return ", ".join(dict.fromkeys(_optimizer(config, texts) for config in configs))


def schedule_words(configs: Configs, texts: Mapping[str, Any], form: str) -> str:
    """Return the schedules of some runs.

    Args:
        configs: Flat configs of the runs.
        texts: Section ``recipe`` of the report's words.
        form: ``name`` for a table, ``noun`` within a list, or ``falls`` for what the learning rate does.
    """
    found = dict.fromkeys(_schedule(config, texts, form) for config in configs)
    return str(texts["others" if form == "falls" else "apart"]).join(found)


def length_words(configs: Configs, texts: Mapping[str, Any]) -> str:
    """Return how long some runs were trained: epochs, or steps if their number was given."""
    return ", ".join(dict.fromkeys(_length(config, texts["length"]) for config in configs))


def rate_sentence(configs: Configs, texts: Mapping[str, Any]) -> str:
    """Return the sentence on the learning rate: its warm-up, if a run has one, and its schedule."""
    warm = any(config.get("model.warmup_epochs", 1) for config in configs)
    return str(texts["warm" if warm else "cold"].format(falls=schedule_words(configs, texts, "falls")))


def _optimizer(config: Mapping[str, Any], texts: Mapping[str, Any]) -> str:
    own = with_later_keys(config)
    name, momentum = optimizer_name({"optimizer": own["model.optimizer"]}), own["model.momentum"]
    if name != "SGD" or not momentum:
        return name
    return str(texts["nesterov" if own["model.nesterov"] else "momentum"].format(name=name, value=f"{momentum:g}"))


def _length(config: Mapping[str, Any], texts: Mapping[str, Any]) -> str:
    steps, epochs = config.get("trainer.max_steps") or -1, config.get("trainer.max_epochs", MISSING)
    form = "epochs" if steps < 0 else "only_steps" if epochs in (None, -1, MISSING) else "steps"
    return str(texts[form].format(steps=steps, epochs=epochs))


def _schedule(config: Mapping[str, Any], texts: Mapping[str, Any], form: str) -> str:
    own = with_later_keys(config)
    shares = [f"{100 * share:.4g}%" for share in own["model.milestones"] or HE_ET_AL]
    at = texts["and"].join(part for part in (", ".join(shares[:-1]), shares[-1]) if part)
    return str(texts[form][own["model.schedule"]].format(shares=at))
