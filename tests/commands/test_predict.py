"""Single images are classified by a run or a checkpoint, without a data set."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from resnet_lab.cli import main
from resnet_lab.runs import Run, find_runs

TINY = "--model.depth 20 --data.image_size 32 --data.batch_size 8 --data.num_workers 0 --trainer.max_epochs 1"


@pytest.fixture(scope="module")
def run(cell_folder, tmp_path_factory) -> Run:
    """A finished and tested run; its logs lie at run.path.parents[1]."""
    root = tmp_path_factory.mktemp("predict")
    arguments = f"--name resnet34 --data.root {cell_folder} {TINY} --trainer.default_root_dir {root}"
    assert main(f"fit --config resnet34.yaml {arguments}".split()) == 0
    assert main(f"test --config resnet34.yaml {arguments}".split()) == 0
    return find_runs(root / "lightning_logs", "resnet34")[0]


def predict(capsys, *arguments: object) -> tuple[int, str, str]:
    code = main(["predict", *map(str, arguments)])
    return code, *capsys.readouterr()


def test_predictions_are_those_of_the_test(run, cell_folder, capsys):
    """Same checkpoint, same pixels, same precision: the rows of test/predictions.csv come back."""
    tested = run.test_predictions("best")
    images = [cell_folder / row["path"] for row in tested]
    code, out, err = predict(capsys, "--config", run.config_path, "--data.images", *images)
    assert code == 0
    assert f"using   {run.checkpoints['best']} on 6 images" in err
    rows = list(csv.DictReader(io.StringIO(out)))
    assert list(rows[0]) == ["path", "class", "probability_defective", "probability_functional"]
    for row, expected in zip(rows, tested, strict=True):
        assert row["path"] == str(cell_folder / expected["path"])
        assert row["class"] == expected["predicted"]
        assert float(row["probability_defective"]) == pytest.approx(float(expected["probability_defective"]), rel=1e-6)


def test_a_run_by_name_or_folder_needs_nothing_else(run, cells, capsys):
    images = ("--data.images", *cells["defective"][:3])
    outputs = [
        predict(capsys, *words, *images)
        for words in (("--config", run.config_path), (run.path,), ("resnet34", "--logs", run.path.parents[1]))
    ]
    assert {code for code, *_ in outputs} == {0}
    assert len({out for _, out, _ in outputs}) == 1
    notes = ["note" in err for *_, err in outputs]
    assert notes == [True, False, False]


def test_the_run_may_come_last_and_also_for_the_held_out_split(run, cells, capsys):
    logs = run.path.parents[1]
    code, out, _ = predict(capsys, "--data.images", cells["defective"][0], "--logs", logs, "resnet34")
    assert (code, len(out.splitlines())) == (0, 2)
    assert predict(capsys, "--logs", logs, "resnet34")[0] == 0
    rows = list(csv.DictReader(io.StringIO((run.path / "predict" / "predictions.csv").read_text())))
    assert rows == run.test_predictions("best")


def test_the_old_spelling_of_a_name_works_and_says_the_new_one(run, cells, capsys):
    code, _, err = predict(
        capsys, "--name", "resnet34", "--logs", run.path.parents[1], "--data.images", cells["defective"][0]
    )
    assert code == 0
    assert err.startswith("note    --name: write resnet34 instead; ")


def test_a_checkpoint_alone_is_enough_wherever_it_lies(run, cells, capsys, tmp_path):
    moved = shutil.copy(run.checkpoints["last"], tmp_path / "net.ckpt")
    code, out, _ = predict(capsys, "--ckpt_path", moved, "--format", "json", "--data.images", cells["defective"][0])
    assert code == 0
    [row] = json.loads(out)
    assert row["probability_defective"] + row["probability_functional"] == pytest.approx(1)


def test_a_file_of_an_export_answers_as_well(exported_run, cells, capsys):
    file = exported_run.path / "exported" / "model.safetensors"
    code, out, err = predict(capsys, "--ckpt_path", file, "--data.images", *cells["defective"][:2])
    assert (code, f"using   {file} on 2 images" in err) == (0, True)
    assert len(out.splitlines()) == 3


def test_a_config_that_says_otherwise_is_not_overruled(run, cells, capsys, tmp_path):
    (tmp_path / "mine.yaml").write_text("name: resnet34\nmodel:\n  depth: 56\n")
    logs = run.path.parents[1]
    code, _, err = predict(
        capsys, "--config", tmp_path / "mine.yaml", "--logs", logs, "--data.images", cells["defective"][0]
    )
    assert code == 2
    assert "was made with other settings: model.depth is 20 there and 56 here. Name another run" in err


def test_images_can_be_given_more_than_once(run, cells, capsys):
    images = [("--data.images", path) for path in cells["defective"][:3]]
    code, out, _ = predict(capsys, "--config", run.config_path, *(word for pair in images for word in pair))
    assert code == 0
    assert len(out.splitlines()) == 4


def test_unreadable_files_are_listed_and_the_rest_predicted(run, cells, capsys, tmp_path):
    folder, output = tmp_path / "photos", tmp_path / "out" / "classes.csv"
    folder.mkdir()
    shutil.copy(cells["defective"][0], folder / "a.png")
    (folder / "b.png").write_bytes(b"no image")
    logs = run.path.parents[1]
    code, out, err = predict(capsys, "--name", "resnet34", "--logs", logs, "--output", output, "--data.images", folder)
    assert code == 1
    assert out == ""
    assert "b.png cannot be decoded" in err
    assert [row["path"] for row in csv.DictReader(io.StringIO(output.read_text()))] == [str(folder / "a.png")]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("--data.images .", "data.images holds no images"),
        ("--data.images nowhere.png", "data.images nowhere.png does not exist."),
        (
            "--data.images IMAGE",
            "Whose checkpoint? Name a run (resnet-lab predict plain34 ...), or give --ckpt_path",
        ),
        ("--config plain34.yaml --data.images IMAGE", "There is no finished run of plain34 in lightning_logs"),
        ("--config plain43.yaml --data.images IMAGE", "did you mean plain34.yaml?"),
        ("--ckpt_path no.ckpt --name x --data.images IMAGE", "stands for itself: leave RUN, --config and --name out."),
        ("x --ckpt_path no.ckpt --data.images IMAGE", "stands for itself: leave RUN, --config and --name out."),
        ("x --data.images IMAGE", "x is neither a run folder nor the name of a run in lightning_logs; there is none."),
        ("--ckpt_path no.ckpt --data.images IMAGE", "There is no checkpoint no.ckpt."),
        ("--name x --data.images IMAGE --data.batch_size 0", "data.batch_size is 0; it must be 1 or more."),
        ("--name x --data.images IMAGE --output .", "--output . cannot be written: give a file, in a folder."),
        ("--name x --data.images IMAGE --output IMAGE/a.csv", "a.csv cannot be written: give a file, in a folder."),
        ("--config year.yaml --data.images IMAGE", "name is 2024; it must be text: put it in quotes."),
        ("--ckpt_path IMAGE --data.images IMAGE", "it is truncated or no checkpoint."),
    ],
)
def test_wrong_input_is_named(cells, capsys, arguments, text):
    Path("year.yaml").write_text("name: 2024\n")
    code, _, err = predict(capsys, *arguments.replace("IMAGE", str(cells["defective"][0])).split())
    assert code == 2
    assert "resnet-lab: error: " in err
    assert text in err
