"""Optimizer of a fit, built from the hyper-parameters of the model; its name is known without torch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch.nn import Parameter
    from torch.optim import Optimizer


def optimizer_name(hyper_parameters: Mapping[str, Any]) -> str:
    """Return the name of the optimizer, as its paper and torch write it.

    Args:
        hyper_parameters: Keys of the config's ``model``, also of a run that was made before a key was there.

    >>> optimizer_name({"lr": 3e-4, "weight_decay": 1e-4})
    'AdamW'
    """
    return "AdamW"


def build_optimizer(
    parameters: Iterable[Parameter], hyper_parameters: Mapping[str, Any], *, fused: bool = True
) -> Optimizer:
    """Build the optimizer: AdamW with the same decay on all parameters (Loshchilov and Hutter 2019, arXiv:1711.05101).

    Args:
        parameters: What it updates.
        hyper_parameters: ``lr`` and ``weight_decay`` of the model.
        fused: Whether torch updates all parameters in one kernel.
    """
    from torch.optim import AdamW

    return AdamW(parameters, lr=hyper_parameters["lr"], weight_decay=hyper_parameters["weight_decay"], fused=fused)
