"""Curves from rows."""

from resnet_lab.inspection.lesion_curves import (
    block_positions,
    by_number,
    common_sets,
    intact_accuracy,
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
    assert by_number(ROWS) == {0: [0.9], 1: [0.8], 2: [0.7, 0.6]}


def test_a_block_has_one_position_in_both_arms():
    residual = block_positions(f"layer{s}.{n}" for s in (1, 2, 3) for n in range(18))
    plain = block_positions(f"layer{s}.{n}" for s in (1, 2, 3) for n in range(18) if s == 1 or n)
    assert residual["layer3.17"] == 54
    assert plain == {name: residual[name] for name in plain}


def test_networks_are_compared_without_the_same_blocks():
    sets = common_sets([ROWS, ROWS[:-1]])
    assert sets == {row["blocks"] for row in ROWS[:-1]}
    assert by_number(ROWS, sets) == by_number(ROWS[:-1])
