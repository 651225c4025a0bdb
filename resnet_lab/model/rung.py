"""Rung between the plain and the residual network: the keys of the backbone that are not in the paper."""

import math
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from resnet_lab.errors import InputError

ShortcutGradient = Literal["both", "stop_gradient", "straight_through"]
ShortcutSpan = Literal[2, 1]
Init = Literal["kaiming_normal", "delta_orthogonal", "dirac"]

_CHOICES = {"shortcut_gradient": ShortcutGradient, "shortcut_span": ShortcutSpan, "init": Init}
_OF_THE_SHORTCUT = ("shortcut_weight", "shortcut_gradient", "shortcut_span")


@dataclass(frozen=True, kw_only=True)
class Rung:
    """Part of what a shortcut gives to a network. The defaults are the networks of He et al. 2015.

    Rungs have the same parameters, with the same names. With F the layers of a block and s its shortcut of option A, a
    block computes relu(F(x) + w s(x)).

    Attributes:
        shortcut_weight: Weight w of the shortcut, from 0 (the plain net) to 1.
        shortcut_gradient: Way in which the shortcut works. ``stop_gradient``: w s(x) has no gradient. With
            ``straight_through``, w s(x) has its gradient and the value 0.
        shortcut_span: Layers that a shortcut spans. With 1, a block computes relu(F1(x) + w s(x)), and from that
            h the output relu(F2(h) + w h).
        init: Initial weights of the convolutions in blocks, see :mod:`~resnet_lab.model.initialization`.
        norm_bias: Initial bias of each BatchNorm in blocks.
        zero_init_residual: Whether the last BatchNorm of each branch F starts with the weight 0, so that each block
            starts as its shortcut (Goyal et al. 2017, arXiv:1706.02677, section 5.1).
    """

    shortcut_weight: float = 1.0
    shortcut_gradient: ShortcutGradient = "both"
    shortcut_span: ShortcutSpan = 2
    init: Init = "kaiming_normal"
    norm_bias: float = 0.0
    zero_init_residual: bool = False

    @property
    def departures(self) -> dict[str, Any]:
        """The keys whose value is not the default."""
        values = {field.name: (getattr(self, field.name), field.default) for field in fields(self)}
        return {key: value for key, (value, default) in values.items() if value != default}

    def check(self, *, residual: bool, shortcut: str, bottlenecks: bool) -> None:
        """Refuse a value out of its range, and a rung that the network cannot have.

        Args:
            residual: Whether the network has shortcuts.
            shortcut: Option of Table 3.
            bottlenecks: Whether the blocks of the network are bottlenecks.

        Raises:
            InputError: The rung is impossible.
        """
        for key, choices in _CHOICES.items():
            if getattr(self, key) not in get_args(choices):
                known = ", ".join(map(str, get_args(choices)))
                raise InputError(f"{key} {getattr(self, key)!r} is not known; choose one of {known}.")
        if not 0 <= self.shortcut_weight <= 1:
            raise InputError(f"shortcut_weight is {self.shortcut_weight}; it must lie between 0 and 1.")
        if not math.isfinite(self.norm_bias):
            raise InputError(f"norm_bias is {self.norm_bias}; it must be a finite number.")
        self._refuse_without_shortcut(residual)
        rungs = [key for key in self.departures if key != "zero_init_residual"]  # torchvision has it with B
        if residual and shortcut != "A" and rungs:
            raise InputError(
                f"{rungs[0]} needs shortcut A, not {shortcut}: the projections of B and C have parameters of their "
                "own, and rungs have equal parameters."
            )
        for key in ("init", "shortcut_span"):
            if bottlenecks and key in self.departures:
                raise InputError(
                    f"{key} {getattr(self, key)} is not defined for the bottlenecks of depths 50, 101 and 152, whose "
                    "1x1 convolutions change the number of channels: choose another depth, or leave it out."
                )

    def _refuse_without_shortcut(self, residual: bool) -> None:
        if self.zero_init_residual and not residual:
            raise InputError(
                "zero_init_residual needs residual=True: in a plain net the last BatchNorm of a block carries "
                "the whole signal, and starting it at zero would silence the net."
            )
        for key in _OF_THE_SHORTCUT:
            if key in self.departures and not residual:
                raise InputError(f"{key} needs a shortcut: set residual to true, or leave {key} out.")
        for key in (*_OF_THE_SHORTCUT[1:], "zero_init_residual"):
            if key in self.departures and not self.shortcut_weight:
                raise InputError(
                    f"{key} needs a shortcut, and shortcut_weight 0 leaves none: give it a weight above 0."
                )
        if self.zero_init_residual and self.shortcut_gradient == "straight_through":
            raise InputError(
                "zero_init_residual needs the value of the shortcut, which straight_through sets to 0: no signal would "
                "pass a block; leave one of them out."
            )


RUNG_KEYS = tuple(field.name for field in fields(Rung))
"""Keys of a rung, in a config under ``model.``."""
