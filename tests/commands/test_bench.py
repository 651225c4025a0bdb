"""``resnet-lab bench``: a page on the screen and in a file; wrong input named."""

import re

import pytest

from resnet_lab.cli import main
from resnet_lab.commands.bench import COMMAND

TINY = "--model.depth 20 --data.image_size 32 --data.batch_size 8 --data.num_workers 0 --steps 1 --rounds 1"


@pytest.mark.filterwarnings("default")
def test_the_page_is_printed_and_written(cell_folder, tmp_path, capsys):
    assert main(["bench", "--data.root", str(cell_folder), *TINY.split(), "--output", str(tmp_path / "results")]) == 0
    out, err = capsys.readouterr()
    [page] = (tmp_path / "results").iterdir()
    assert re.fullmatch(r"bench_[a-z0-9-]+_\d{6}\.md", page.name)
    assert page.read_text() == out
    assert f"`resnet-lab bench --data.root {cell_folder} --model.depth 20 " in out
    assert "\n## What to change\n\n- " in out
    assert err.splitlines()[-1] == f"wrote   {page}"
    assert "round 2 of 2: training loop, bare step, data" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--data.batch_size 0", "--data.batch_size is 0; it must be 1 or more."),
        ("--rounds -1", "--rounds is -1; it must be 1 or more."),
        ("--data.image-size 64", "There is no option --data.image-size; did you mean --data.image_size?"),
        (
            "--trainer.precision bf17",
            "argument --trainer.precision: invalid choice: 'bf17' (choose from 'bf16-mixed', '32-true')",
        ),
        ("--output pyproject/x", "--output pyproject/x cannot be written: give a folder."),
        ("--data.root nowhere", "data.root nowhere does not exist"),
        ("--model.residual maybe", "argument --model.residual: invalid YAML value"),
    ],
)
def test_wrong_input(words, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject").touch()
    assert main(["bench", *words.split()]) == 2
    assert f"resnet-lab: error: {message}" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["pyproject"]


def test_the_spelling_of_version_0_1_still_works_and_says_the_new_one(capsys):
    words = "--root photos --depth 18 --plain --workers 0 --precision 32-true"
    old = COMMAND.parse(words.split())
    told = capsys.readouterr().err
    assert told.count("note    ") == 5
    assert "note    --plain: write --model.residual false instead; version 0.3 will refuse it." in told
    words = "--data.root photos --model.depth 18 --model.residual false --data.num_workers 0"
    assert COMMAND.parse([*words.split(), "--trainer.precision", "32-true"]) == old
    assert not capsys.readouterr().err
