"""Knob of a rung: the one setting in which it differs from the nearer end."""

import pytest

from resnet_lab.comparison.knobs import KNOB_KEYS, Knob, knob_of
from resnet_lab.model.rung import RUNG_KEYS

START = {
    "model.residual": False,
    "model.lr": 1e-3,
    "model.init": "kaiming_normal",
    "model.norm_bias": 0.0,
    "model.shortcut_weight": 1.0,
    "model.shortcut_gradient": "both",
    "model.shortcut_span": 2,
    "model.zero_init_residual": False,
}
END = {**START, "model.residual": True}


@pytest.mark.parametrize(
    ("end", "key", "value", "name"),
    [
        (START, "model.init", "dirac", "dirac"),
        (START, "model.init", "delta_orthogonal", "delta_orthogonal"),
        (START, "model.norm_bias", 2.0, "norm_bias"),
        (END, "model.shortcut_gradient", "stop_gradient", "stop_gradient"),
        (END, "model.shortcut_gradient", "straight_through", "straight_through"),
        (END, "model.shortcut_span", 1, "span"),
        (END, "model.shortcut_weight", 0.5, "shortcut_weight"),
        (END, "model.zero_init_residual", True, "zero_init"),
        (START, "model.lr", 1e-4, "other"),
    ],
)
def test_each_knob_has_its_name(end, key, value, name):
    assert knob_of({**end, key: value}, START, END) == Knob(name, {key: value})


def test_several_changes_are_another_knob_and_are_counted_from_the_nearer_end():
    both = {**END, "model.init": "dirac", "model.norm_bias": 2.0}
    assert knob_of(both, START, END) == Knob("several", {"model.init": "dirac", "model.norm_bias": 2.0})


def test_a_rung_like_an_end_changes_nothing():
    assert knob_of(START, START, END) == Knob("other", {})


def test_a_knob_of_the_start_in_a_net_with_shortcuts_is_another_one():
    """Its sentence would say that it does this without any shortcut."""
    assert knob_of({**END, "model.init": "dirac"}, START, END) == Knob("other", {"model.init": "dirac"})


def test_every_key_of_a_rung_is_a_knob():
    assert set(KNOB_KEYS) == {f"model.{key}" for key in RUNG_KEYS}
