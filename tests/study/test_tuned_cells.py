"""Cells of a study with ``tune``: one per value, each under a name of its own."""

import subprocess

import pytest

from resnet_lab.errors import InputError
from resnet_lab.study.plan import read_study
from resnet_lab.study.resolved_configs import resolve_configs

FILE = """\
cells: [plain34.yaml, resnet34.yaml]
seeds: [1, 2, 3]
tune: {key: model.lr, values: [1e-4, 3e-4, 1e-3], by: val/accuracy, seeds: [100, 101]}
"""
NAMES = [f"{arm}34-lr{value}" for arm in ("plain", "resnet") for value in ("0.0001", "0.0003", "0.001")]


@pytest.fixture
def path(tmp_path):
    (tmp_path / "s.yaml").write_text(FILE)
    return tmp_path / "s.yaml"


def test_each_cell_of_the_file_is_one_cell_per_value(path):
    study = read_study(path)
    assert [cell.name for cell in study.cells] == [cell.name for cell in study.every_cell] == NAMES
    assert [cell.of for cell in study.cells] == ["plain34"] * 3 + ["resnet34"] * 3
    for cell in study.cells:
        assert cell.settings["model.lr"] == cell.planned["model.lr"] == cell.value
        assert "model.lr" in cell.named
        assert f"--model.lr {cell.value}" in " ".join(cell.words)


def test_questions_and_digest_are_those_of_the_file(path):
    plan = read_study(path).plan
    assert dict(plan.questions) == {"plain34": "accuracy", "resnet34": "accuracy"}
    assert read_study(path, cells=NAMES[:1], seeds=[100]).plan.digest == plan.digest
    path.write_text(FILE.replace("1e-4", "0.0001").replace("[100, 101]", "[101, 100]"))
    assert read_study(path).plan.digest == plan.digest
    for change in (("1e-4", "2e-4"), ("[100, 101]", "[100]"), ("val/accuracy", "val/loss"), ("model.lr", "model.wd")):
        path.write_text(FILE.replace(*change))
        assert read_study(path).plan.digest != plan.digest


def test_cells_are_chosen_by_the_name_of_a_value(path):
    assert [cell.name for cell in read_study(path, cells=["plain34-lr0.0003"]).cells] == ["plain34-lr0.0003"]
    with pytest.raises(InputError, match=r"has no cell plain34-lr3e-4; did you mean plain34-lr0.0003\?"):
        read_study(path, cells=["plain34-lr3e-4"])


def test_one_process_reads_each_cell_at_each_value(path, fake, monkeypatch):
    started = []
    real = subprocess.run
    monkeypatch.setattr(subprocess, "run", lambda command, **options: started.append(0) or real(command, **options))
    configs = resolve_configs(read_study(path), fake)
    assert len(started) == 1
    assert {name: (c["name"], c["model.residual"], c["model.lr"]) for name, c in configs.items()} == {
        name: (name, name.startswith("resnet"), float(name.rpartition("lr")[2])) for name in NAMES
    }
