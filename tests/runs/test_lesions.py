"""Accuracies from the rows of lesion.csv: of rows in memory, and of rows read from a run folder."""

import csv

import pytest

from resnet_lab.files import write_csv
from resnet_lab.runs.lesions import (
    accuracies_by_number,
    block_positions,
    common_sets,
    intact_accuracy,
    read_lesions,
    single_accuracies,
)

ROWS = [
    {"removed": 0, "blocks": "", "accuracy": 0.9, "shape_changing": 0},
    {"removed": 1, "blocks": "layer1.0", "accuracy": 0.8, "shape_changing": 0},
    {"removed": 1, "blocks": "layer2.0", "accuracy": 0.3, "shape_changing": 1},
    {"removed": 2, "blocks": "layer1.0 layer1.1", "accuracy": 0.7, "shape_changing": 0},
    {"removed": 2, "blocks": "layer1.0 layer2.1", "accuracy": 0.6, "shape_changing": 0},
]


def test_rows_become_curves():
    assert intact_accuracy(ROWS) == 0.9
    assert single_accuracies(ROWS) == {"layer1.0": (0.8, False), "layer2.0": (0.3, True)}
    assert accuracies_by_number(ROWS) == {0: [0.9], 1: [0.8], 2: [0.7, 0.6]}


def test_a_block_has_one_position_in_both_arms():
    residual = block_positions(f"layer{s}.{n}" for s in (1, 2, 3) for n in range(18))
    plain = block_positions(f"layer{s}.{n}" for s in (1, 2, 3) for n in range(18) if s == 1 or n)
    assert residual["layer3.17"] == 54
    assert plain == {name: residual[name] for name in plain}


def test_networks_are_compared_without_the_same_blocks():
    sets = common_sets([ROWS, ROWS[:-1]])
    assert sets == {row["blocks"] for row in ROWS[:-1]}
    assert accuracies_by_number(ROWS, sets) == accuracies_by_number(ROWS[:-1])
    assert common_sets([ROWS, []]) == common_sets([ROWS])  # a network without rows was not inspected
    assert common_sets([[]]) == set()


@pytest.fixture
def run(make_run, inspect):
    made = make_run(residual=True)
    inspect(made)
    return made


def rows_of(run):
    return list(csv.DictReader((run.path / "inspect" / "lesion.csv").read_text().splitlines()))


def test_lesions_are_gathered_by_how_many_blocks_are_gone(run):
    assert accuracies_by_number(read_lesions(run, "best")) == {
        0: [pytest.approx(0.81)],
        1: pytest.approx([0.71, 0.72]),
        2: pytest.approx([0.61, 0.62]),
        3: pytest.approx([0.51, 0.52]),
    }


def test_nets_are_compared_without_the_same_blocks(run, make_run):
    """A budget cuts each run elsewhere, and a plain net cannot do without a block that changes the shape."""
    rows = rows_of(run)
    cut = make_run(residual=False)
    write_csv(cut.path / "inspect" / "lesion.csv", rows[0].keys(), rows[:-1])
    changing = {**rows[1], "blocks": "layer2.0", "accuracy": "0.1", "shape_changing": "1"}
    write_csv(run.path / "inspect" / "lesion.csv", rows[0].keys(), [*rows, changing])
    whole, cut, none = (read_lesions(r, "best") for r in (run, cut, make_run(residual=True, seed=7)))
    assert accuracies_by_number(whole)[1] == pytest.approx([0.71, 0.72])
    assert single_accuracies(whole)["layer2.0"] == (0.1, True)
    assert none == []
    sets = common_sets([whole, cut, none])
    assert sets == {row["blocks"] for row in rows[:-1]}
    assert accuracies_by_number(whole, sets) == accuracies_by_number(cut, sets) == accuracies_by_number(cut)


def test_rows_are_those_of_one_checkpoint(run):
    assert intact_accuracy(read_lesions(run, "best")) == pytest.approx(0.81)
    assert read_lesions(run, "last") == []
