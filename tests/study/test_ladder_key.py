"""Keys of a ladder in a study file: what is read, what is refused, and what is part of the plan."""

import pytest

from resnet_lab.comparison.plan import LadderEnds
from resnet_lab.errors import InputError
from resnet_lab.study.plan import read_study

CELLS = """\
seeds: [0, 1, 2]
cells:
  - plain.yaml
  - {config: plain.yaml, name: dirac, asks: "Is a start
      near the identity enough?", model: {init: dirac}}
  - resnet.yaml
"""
ENDS = "ladder: {from: plain34, to: resnet34}\n"


@pytest.fixture
def read(tmp_path):
    """Return what reads a study, from its text."""
    (tmp_path / "plain.yaml").write_text("name: plain34\nmodel: {residual: false}\n")
    (tmp_path / "resnet.yaml").write_text("name: resnet34\nmodel: {residual: true}\n")

    def of(text):
        (tmp_path / "s.yaml").write_text(text)
        return read_study(tmp_path / "s.yaml")

    return of


def test_ends_and_questions_are_read(read):
    plan = read(CELLS + ENDS).plan
    assert plan.ladder == LadderEnds("plain34", "resnet34")
    assert plan.asks == {"dirac": "Is a start near the identity enough?"}
    assert list(plan.questions) == ["plain34", "dirac", "resnet34"]


def test_the_ends_are_part_of_the_plan_and_the_questions_are_not(read):
    without, ends = read(CELLS).plan, read(CELLS + ENDS).plan
    asked = read(CELLS.replace("Is a start", "Why is a start") + ENDS).plan
    turned = read(CELLS + "ladder: {from: resnet34, to: plain34}\n").plan
    assert asked.digest == ends.digest
    assert len({without.digest, ends.digest, turned.digest}) == 3
    assert without.ladder is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ladder: plain34\n", "must name two cells, from and to: ladder: {from: plain, to: residual}"),
        ("ladder: {from: plain34}\n", "must name two cells, from and to"),
        ("ladder: {from: plain34, to: resnet34, by: loss}\n", "must name two cells, from and to"),
        ("ladder: {from: plain34, to: 3}\n", "must name two cells, from and to"),
        ("ladder: {from: plain34, to: plain34}\n", "goes from plain34 to itself"),
        (
            "ladder: {from: plain43, to: resnet34}\n",
            "goes from plain43, which is no cell of the file; did you mean plain34",
        ),
        (
            "ladder: {from: plain34, to: xyz}\n",
            "goes to xyz, which is no cell of the file; there is plain34, dirac, resnet",
        ),
        (ENDS + "looks: [3, 3]\n", "they must ascend"),
        (ENDS + "folds: 2\n", "has ladder and folds"),
        ("laddder: {from: plain34, to: resnet34}\n", "did you mean ladder?"),
        (ENDS + "asks: Why?\n", "has asks, but a question in words belongs to a cell"),
    ],
)
def test_a_ladder_that_cannot_be_meant_is_refused(read, text, message):
    with pytest.raises(InputError) as refused:
        read(CELLS + text)
    assert message in str(refused.value)


def test_a_ladder_is_judged_once(read):
    text = CELLS.replace("[0, 1, 2]", "[0, 1, 2, 3, 4, 5]") + ENDS
    with pytest.raises(InputError, match=r"looks of .* are 3, 6, and a ladder has one look at most"):
        read(text + "looks: [3, 6]\n")
    assert read(text + "looks: [6]\n").plan.looks == (6,)


def test_a_ladder_needs_a_rung(read):
    with pytest.raises(InputError, match="has no rung: give the file a third cell"):
        read("seeds: [0, 1, 2]\ncells: [plain.yaml, resnet.yaml]\n" + ENDS)


@pytest.mark.parametrize("asks", ["[a]", "3", '" "'])
def test_a_question_is_text(read, asks):
    with pytest.raises(InputError, match="it must be a question in words"):
        read(CELLS.replace("name: dirac, asks", f"name: dirac, asks: {asks}, depth") + ENDS)


def test_a_cell_has_no_ladder(read):
    with pytest.raises(InputError, match="has ladder, but ladder is for all cells"):
        read(CELLS.replace("name: dirac,", "name: dirac, ladder: {from: a, to: b},"))
