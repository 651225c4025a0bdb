"""Cell of a study: the options that make it."""

from pathlib import Path

from resnet_lab.study.cell import Cell, as_options


def test_a_cell_is_a_config_with_a_name_and_its_settings_over_it():
    cell = Cell("a", Path("plain34.yaml"), {"model.lr": 1e-5, "data.root": "my photos"}, frozenset())
    assert cell.words == [
        *("--config", "plain34.yaml", "--name", "a"),
        *("--model.lr", "1e-05", "--data.root", "my photos"),
    ]


def test_values_are_written_as_yaml_reads_them():
    assert as_options({"a.b": True, "a.c": None, "a.d": [1, "x"], "a.e": "1/5"}) == [
        *("--a.b", "true", "--a.c", "null", "--a.d", '[1, "x"]', "--a.e", "1/5")
    ]
