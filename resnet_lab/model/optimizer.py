"""Optimizer of a fit, built from the hyper-parameters of the model; its name is known without torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from torch.nn import Parameter
    from torch.optim import Optimizer

OptimizerChoice = Literal["adamw", "sgd"]
DecayOn = Literal["all", "weights"]
_NAMES = {"adamw": "AdamW", "sgd": "SGD"}
"""Class in ``torch.optim`` of each choice."""


def optimizer_name(hyper_parameters: Mapping[str, Any]) -> str:
    """Return the name of the optimizer, as its paper and torch write it, without its momentum.

    Args:
        hyper_parameters: Keys of the config's ``model``, also of a run that was made before a key was there.

    >>> optimizer_name({"lr": 3e-4}), optimizer_name({"optimizer": "sgd", "momentum": 0.9})
    ('AdamW', 'SGD')
    """
    return _NAMES[hyper_parameters.get("optimizer", "adamw")]


def build_optimizer(
    parameters: Iterable[Parameter], hyper_parameters: Mapping[str, Any], *, fused: bool = True
) -> Optimizer:
    """Build the optimizer.

    ``adamw``: decay apart from the gradient (Loshchilov and Hutter 2019, arXiv:1711.05101). ``sgd``: decay is part of
    the gradient, as in He et al. 2015 (arXiv:1512.03385, section 3.4).

    Args:
        parameters: What it updates.
        hyper_parameters: ``lr``, ``weight_decay``, ``optimizer``, ``momentum``, ``nesterov`` and ``decay_on`` of the
            model; keys that are not there have the defaults of the recipe.
        fused: Whether torch updates all parameters in one kernel.
    """
    from torch.optim import SGD, AdamW

    given = [*parameters]
    decay = hyper_parameters["weight_decay"]
    groups: list[dict[str, Any]] = [{"params": given}]
    if hyper_parameters.get("decay_on", "all") == "weights":
        vectors = [one for one in given if one.ndim < 2]
        groups = [{"params": [one for one in given if one.ndim >= 2]}, {"params": vectors, "weight_decay": 0.0}]
    lr = hyper_parameters["lr"]
    if hyper_parameters.get("optimizer", "adamw") == "adamw":
        return AdamW(groups, lr=lr, weight_decay=decay, fused=fused)
    momentum, nesterov = hyper_parameters.get("momentum", 0.9), hyper_parameters.get("nesterov", False)
    return SGD(groups, lr=lr, momentum=momentum, nesterov=nesterov, weight_decay=decay, fused=fused)
