"""Cells are read by ``fit`` itself: its resolved config, or its refusal."""

import sys

import pytest

from resnet_lab.errors import InputError
from resnet_lab.program import PROGRAM
from resnet_lab.study.plan import read_study
from resnet_lab.study.resolved_configs import resolve_configs


@pytest.fixture
def study_file(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("cells: [plain34.yaml, resnet34.yaml]\nseeds: [0]\n")
    return path


def test_every_key_of_each_cell_is_there(study_file, fake):
    configs = resolve_configs(read_study(study_file, {"model.depth": "18"}), fake)
    assert {name: config["model.residual"] for name, config in configs.items()} == {"plain34": False, "resnet34": True}
    assert configs["plain34"]["model.depth"] == 18


def test_a_refusal_names_the_cell_and_what_fit_said(study_file, fake):
    with pytest.raises(InputError) as error:
        resolve_configs(read_study(study_file, {"model.depth": "33"}), fake)
    assert str(error.value) == ("The cell plain34 cannot be used: depth 33 is not known; choose 18, 34 or 50.")


def test_a_refusal_names_the_cell_that_is_refused_and_not_the_first(tmp_path, fake):
    path = tmp_path / "mine.yaml"
    path.write_text("cells: [plain34.yaml, {config: plain34.yaml, name: bad, model: {depth: 33}}]\nseeds: [0]\n")
    with pytest.raises(InputError, match=r"The cell bad cannot be used: depth 33 is not known"):
        resolve_configs(read_study(path), fake)


def test_a_program_that_dies_without_a_word_is_an_error_too(study_file):
    with pytest.raises(InputError, match=r"The cell plain34 cannot be used: exit code 1"):
        resolve_configs(read_study(study_file), ("false",))


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_config_is_read_whole_whatever_the_terminal_can_show(study_file, monkeypatch, encoding):
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    program = (sys.executable, "-c", "import sys; sys.stdout.reconfigure(errors='replace'); print('root: foto 日本')")
    configs = resolve_configs(read_study(study_file, cells=["plain34"]), program)
    assert configs["plain34"]["root"] == "foto 日本"


@pytest.mark.slow
def test_the_real_program_says_what_is_wrong_and_what_is_right(study_file):
    assert (
        resolve_configs(read_study(study_file, {"model.lr": "3e-5"}, cells=["plain34"]), PROGRAM)["plain34"]["model.lr"]
        == 3e-5
    )
    with pytest.raises(
        InputError, match=r"The cell plain34 cannot be used: There is no option --model.dept; did you me"
    ):
        resolve_configs(read_study(study_file, {"model.dept": "18"}, cells=["plain34"]), PROGRAM)
    with pytest.raises(
        InputError, match=r"^The cell plain34 cannot be used: shortcut_span needs a shortcut: set resid"
    ):
        resolve_configs(read_study(study_file, {"model.shortcut_span": "1"}), PROGRAM)
