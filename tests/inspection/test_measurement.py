"""Rows of a profile, and rows by network."""

from resnet_lab.inspection.measurement import by_checkpoint, profile_rows

VALUES = {"conv1": 1 / 3, "fc": None}


def test_a_profile_has_positions_from_1_and_nine_digits():
    assert profile_rows(VALUES, checkpoint="best", name_column="layer", value_column="norm") == [
        {"checkpoint": "best", "layer": "conv1", "position": 1, "norm": 0.333333333},
        {"checkpoint": "best", "layer": "fc", "position": 2, "norm": None},
    ]


def test_rows_are_grouped_by_network_in_their_order():
    rows = [{"checkpoint": name, "n": n} for n, name in enumerate(("initial", "last", "initial"))]
    assert by_checkpoint(rows) == [("at initialization", [rows[0], rows[2]]), ("after training", [rows[1]])]
