"""Lines on the course of a study: the choice, and what is to be said of it."""

from resnet_lab.comparison.plan import Tuning
from resnet_lab.comparison.tuning import Choice, Chosen
from resnet_lab.study.course_lines import chosen_lines

RATES = Tuning("model.lr", (1e-4, 3e-4, 1e-3), "val/loss", (100,))


def test_a_tie_an_edge_and_two_values_are_told():
    chosen = {"a": Chosen(3e-4, (), True, None), "b": Chosen(1e-3, (), False, "highest")}
    lines = chosen_lines(Choice(RATES, chosen, {"a": (3e-4, 1e-3), "b": (1e-3,)}))
    assert lines == [
        "tune    model.lr: a 0.0003, b 0.001; by val/loss on seed 100, 3 runs each",
        "note    a: several values are equally good, and the one nearest the middle is taken",
        "note    b: the best value is the highest tried: the range may be too narrow",
        "note    a is run at 0.0003 and 0.001: a verdict needs the control at both values",
    ]


def test_one_value_between_the_ends_has_no_note():
    chosen = {name: Chosen(3e-4, (), False, None) for name in ("a", "b")}
    assert len(chosen_lines(Choice(RATES, chosen, {"a": (3e-4,), "b": (3e-4,)}))) == 1
