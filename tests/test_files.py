"""Files written whole or not at all."""

import json

import pytest

from resnet_lab.files import read_csv, write_csv, write_json


def test_a_failed_write_leaves_the_old_file(tmp_path):
    write_json(tmp_path / "a.json", {"x": 1})
    with pytest.raises(TypeError):
        write_json(tmp_path / "a.json", {"x": object()})
    assert json.loads((tmp_path / "a.json").read_text()) == {"x": 1}


def test_a_csv_file_is_read_as_it_was_written_and_a_missing_one_has_no_rows(tmp_path):
    rows = [{"name": "a, b", "value": "1.5"}, {"name": "line\nbreak", "value": ""}]
    write_csv(tmp_path / "a.csv", ("name", "value"), rows)
    assert read_csv(tmp_path / "a.csv") == rows
    assert read_csv(tmp_path / "b.csv") == []
