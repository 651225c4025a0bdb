"""``resnet-lab bench``: a page on the screen and in a file; wrong input named."""

import re

import pytest

from resnet_lab.cli import main

TINY = "--depth 20 --image_size 32 --batch_size 8 --workers 0 --steps 1 --rounds 1"


@pytest.mark.filterwarnings("default")
def test_the_page_is_printed_and_written(cell_folder, tmp_path, capsys):
    assert main(["bench", "--root", str(cell_folder), *TINY.split(), "--output", str(tmp_path / "results")]) == 0
    out, err = capsys.readouterr()
    [page] = (tmp_path / "results").iterdir()
    assert re.fullmatch(r"bench_[a-z0-9-]+_\d{6}\.md", page.name)
    assert page.read_text() == out
    assert f"`resnet-lab bench --root {cell_folder} --depth 20 " in out
    assert "\n## What to change\n\n- " in out
    assert err.splitlines()[-1] == f"wrote   {page}"
    assert "round 2 of 2: training loop, bare step, data" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--batch_size 0", "--batch_size is 0; it must be 1 or more."),
        ("--rounds -1", "--rounds is -1; it must be 1 or more."),
        ("--image-size 64", "There is no option --image-size; did you mean --image_size?"),
        ("--precision bf17", "argument --precision: invalid choice: 'bf17' (choose from 'bf16-mixed', '32-true')"),
        ("--output pyproject/x", "--output pyproject/x cannot be written: give a folder."),
        ("--root nowhere", "data.root nowhere does not exist"),
    ],
)
def test_wrong_input(words, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject").touch()
    assert main(["bench", *words.split()]) == 2
    assert f"resnet-lab: error: {message}" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["pyproject"]
