"""A rung is refused where it is not defined, in one sentence that says what to do."""

import inspect
import math

import pytest

from resnet_lab import Classifier
from resnet_lab.errors import InputError
from resnet_lab.model.rung import RUNG_KEYS, Rung

RESIDUAL = {"residual": True, "shortcut": "A", "bottlenecks": False}
PLAIN = {**RESIDUAL, "residual": False, "shortcut": "B"}


def test_the_classifier_has_the_keys_and_defaults_of_a_rung():
    parameters = inspect.signature(Classifier).parameters
    assert {key: parameters[key].default for key in RUNG_KEYS} == {key: getattr(Rung(), key) for key in RUNG_KEYS}


@pytest.mark.parametrize(
    ("keys", "network"),
    [
        ({}, {**RESIDUAL, "shortcut": "C", "bottlenecks": True}),
        ({"init": "dirac", "norm_bias": 2.0}, PLAIN),
        ({"zero_init_residual": True}, {**RESIDUAL, "shortcut": "B"}),
        ({"shortcut_weight": 0.0}, RESIDUAL),
        ({"shortcut_weight": 0.5, "shortcut_gradient": "stop_gradient", "shortcut_span": 1}, RESIDUAL),
        ({"shortcut_weight": 0.5, "shortcut_gradient": "straight_through"}, {**RESIDUAL, "bottlenecks": True}),
        ({"norm_bias": -1.0, "zero_init_residual": True, "shortcut_gradient": "stop_gradient"}, RESIDUAL),
    ],
)
def test_what_is_defined_is_taken(keys, network):
    Rung(**keys).check(**network)


@pytest.mark.parametrize(
    ("keys", "network", "message"),
    [
        ({"shortcut_weight": 1.5}, RESIDUAL, r"shortcut_weight is 1\.5; it must lie between 0 and 1\."),
        ({"shortcut_weight": -0.1}, RESIDUAL, r"shortcut_weight is -0\.1; it must lie between 0 and 1\."),
        ({"shortcut_weight": math.nan}, RESIDUAL, r"shortcut_weight is nan; it must lie between 0 and 1\."),
        ({"norm_bias": math.inf}, PLAIN, r"norm_bias is inf; it must be a finite number\."),
        ({"shortcut_span": 3}, RESIDUAL, r"shortcut_span 3 is not known; choose one of 2, 1\."),
        ({"shortcut_gradient": "none"}, RESIDUAL, "'none' is not known; choose one of both, stop_gradient, straight"),
        ({"init": "orthogonal"}, PLAIN, "'orthogonal' is not known; choose one of kaiming_normal, delta_orthogonal, d"),
        *(
            ({key: value}, PLAIN, f"{key} needs a shortcut: set residual to true, or leave {key} out")
            for key, value in {
                "shortcut_weight": 0.5,
                "shortcut_gradient": "stop_gradient",
                "shortcut_span": 1,
            }.items()
        ),
        *(
            ({"shortcut_weight": 0.0, key: value}, RESIDUAL, f"{key} needs a shortcut, and shortcut_weight 0 leaves no")
            for key, value in {
                "shortcut_gradient": "stop_gradient",
                "shortcut_span": 1,
                "zero_init_residual": True,
            }.items()
        ),
        ({"zero_init_residual": True}, PLAIN, "zero_init_residual needs residual=True: .* would silence the net"),
        (
            {"zero_init_residual": True, "shortcut_gradient": "straight_through"},
            RESIDUAL,
            "zero_init_residual needs the value of the shortcut, which straight_through sets to 0",
        ),
        *(
            ({key: value}, {**RESIDUAL, "shortcut": option}, f"{key} needs shortcut A, not {option}: the projections")
            for option in "BC"
            for key, value in {
                "shortcut_weight": 0.5,
                "shortcut_gradient": "stop_gradient",
                "shortcut_span": 1,
                "init": "dirac",
                "norm_bias": 2.0,
            }.items()
        ),
        *(
            ({key: value}, {**network, "bottlenecks": True}, f"{key} {value} is not defined for the bottlenecks of de")
            for key, value, network in (
                ("init", "delta_orthogonal", PLAIN),
                ("init", "dirac", RESIDUAL),
                ("shortcut_span", 1, RESIDUAL),
            )
        ),
    ],
)
def test_what_is_not_defined_is_refused_with_the_way_out(keys, network, message):
    with pytest.raises(InputError, match=message) as caught:
        Rung(**keys).check(**network)
    assert str(caught.value).endswith(".")
    assert str(caught.value).count(". ") == 0
