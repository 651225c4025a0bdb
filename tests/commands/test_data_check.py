"""``resnet-lab data check`` as it is called: exit codes, text, JSON, and no torch."""

import json
import shutil
import subprocess
import sys

import pytest
from PIL import Image

from resnet_lab.cli import main


@pytest.fixture
def tree(cell_folder, tmp_path):
    """39 cells; the 40th was cut next to another one, whose pattern it has."""
    return shutil.copytree(cell_folder, tmp_path / "tree", ignore=shutil.ignore_patterns("cell0065.png"))


def test_a_clean_data_set_exits_with_0(tree, capsys):
    assert main(["data", "check", "--data.root", str(tree)]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"{tree}\n39 usable images in 2 classes; train, val, test split by content")
    assert text.endswith("\n\nNothing to repair.\n")


def test_findings_exit_with_1_and_the_json_names_every_file(tree, tmp_path, capsys):
    for k in range(12):
        (tree / "defective" / f"broken{k:02}.png").write_bytes(b"no image")
    Image.new("L", (50, 50)).save(tree / "functional" / "blank.png")
    (tree / "functional" / "notes.txt").touch()
    assert main(["data", "check", "--data.root", str(tree), "--json", str(tmp_path / "new" / "report.json")]) == 1
    text = capsys.readouterr().out
    assert "\n! 12 images cannot be used [a fit refuses this]\n    defective/broken00.png cannot be decoded (" in text
    assert "\n    ... and 2 more (--json FILE has all)\n" in text
    assert "\n- 1 file ignored, which are not images: .txt (1)\n    functional/notes.txt\n" in text
    assert text.endswith("\n2 findings, marked !: repair, then check again. Until then, a fit refuses this data set.\n")
    report = json.loads((tmp_path / "new" / "report.json").read_text())
    found = {topic["name"]: topic for topic in report["topics"]}
    assert report["format"] == 1
    assert set(found) == {"unusable", "blank", "ignored"}
    names = [entry["files"][0]["path"] for entry in found["unusable"]["entries"]]
    assert names == [f"defective/broken{k:02}.png" for k in range(12)]


def test_a_fold_is_checked_as_a_fit_takes_it(tree, capsys):
    assert main(["data", "check", "--data.root", str(tree), "--data.fold", "1/4"]) == 0
    assert capsys.readouterr().out.startswith(
        f"{tree}\n39 usable images in 2 classes; train, val, test split by content, as a fit does, test is fold 1/4\n"
    )


def test_notes_alone_exit_with_0(tree, capsys):
    (tree / "functional" / "notes.txt").touch()
    assert main(["data", "check", "--data.root", str(tree)]) == 0
    assert "- 1 file ignored" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--data.root", "nowhere"], "data.root nowhere does not exist."),
        (
            ["--data.root", "builtin:mars"],
            "data.root builtin:mars is not known. Data sets with a name are builtin:digits, ",
        ),
        ([], "The data folder is missing: give --data.root FOLDER."),
    ],
)
def test_wrong_input_exits_with_2(arguments, says, capsys):
    assert main(["data", "check", *arguments]) == 2
    assert says in capsys.readouterr().err


def test_a_json_file_that_cannot_be_written_exits_with_2(cell_folder, tmp_path, capsys):
    (tmp_path / "file").touch()
    assert main(["data", "check", "--data.root", str(cell_folder), "--json", str(tmp_path / "file" / "a.json")]) == 2
    assert f"cannot be written to {tmp_path / 'file' / 'a.json'} (" in capsys.readouterr().err


def test_torch_is_never_imported(tree):
    code = (
        "import sys; from resnet_lab.cli import main; "
        "code = main(['data', 'check', '--data.root', sys.argv[1], '--html', 'a']); "
        "print([name for name in ('torch', 'torchvision', 'lightning', 'torchmetrics') if name in sys.modules]); "
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tree)], capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout.endswith("Nothing to repair.\nwrote   a\n[]\n")
    assert done.stderr == ""


def test_a_page_is_written_on_request(tree, tmp_path, capsys):
    page = tmp_path / "new" / "check.html"
    assert main(["data", "check", "--data.root", str(tree), "--html", str(page)]) == 0
    assert capsys.readouterr().out.endswith(f"Nothing to repair.\nwrote   {page}\n")
    assert page.read_text().startswith("<!DOCTYPE html>")
    (tmp_path / "file").touch()
    assert main(["data", "check", "--data.root", str(tree), "--html", str(tmp_path / "file" / "a.html")]) == 2
    assert f"cannot be written to {tmp_path / 'file' / 'a.html'} (" in capsys.readouterr().err
