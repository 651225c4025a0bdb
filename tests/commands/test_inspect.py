"""``resnet-lab inspect`` as a user meets it: the whole way on two small runs, and wrong input."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from resnet_lab.cli import main
from resnet_lab.data.folder import read_image_folder
from resnet_lab.files import write_csv
from resnet_lab.runs import Run

PLOTS = ("gradients", "input_gradients", "responses", "lesion_single", "lesion_random", "path_lengths")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def inspect(*arguments: str) -> int:
    return main(["inspect", *arguments])


@pytest.fixture
def logs(fitted_logs) -> Path:
    """Copies of a run an arm in the working folder's lightning_logs."""
    return Path(shutil.copytree(fitted_logs, "lightning_logs"))


def test_two_runs_side_by_side(logs, capsys):
    assert inspect("plain34", "resnet34", "--draws", "2", "--allocator", "system") == 0
    captured = capsys.readouterr()
    said = captured.out.splitlines()
    assert [line.split()[0] for line in said[:10]] == ["plain34/version_0"] * 5 + ["resnet34/version_0"] * 5
    assert said[4] == "plain34/version_0  paths            one, through all 9 blocks"
    assert said[9].startswith("resnet34/version_0  paths            512 through 9 blocks, mean length 4.5; ")
    assert said[-1] == f"        {Path('lightning_logs/inspection/plain34-vs-resnet34')} (plots)"
    assert "sample  6 held-out images of" in captured.err
    assert "%|" not in captured.err  # no bar where nobody looks
    written = {path.name for path in Path("lightning_logs/inspection/plain34-vs-resnet34").iterdir()}
    assert written == {f"{name}.{ending}" for name in PLOTS for ending in ("svg", "png")} | {"path_lengths.csv"}
    plain, residual = (
        rows_of(logs / name / "version_0" / "inspect" / "lesion.csv") for name in ("plain34", "resnet34")
    )
    assert [row["blocks"] for row in plain if int(row["removed"]) > 1] == [
        row["blocks"] for row in residual if int(row["removed"]) > 1
    ]
    samples = [
        json.loads((logs / name / "version_0/inspect/inspect.json").read_text())["measurements"]["lesion"]["sample"]
        for name in ("plain34", "resnet34")
    ]
    assert samples[0] == samples[1]


def test_the_intact_accuracy_is_that_of_the_test(logs):
    """Here the sample is the whole held-out split."""
    run = logs / "resnet34" / "version_0"
    assert main(f"test --config {run / 'config.yaml'} --trainer.precision 32-true --output tested".split()) == 0
    assert inspect(str(run), "--what", "lesion", "--draws", "1") == 0
    [intact] = [row for row in rows_of(run / "inspect" / "lesion.csv") if row["removed"] == "0"]
    tested = json.loads(Path("tested/metrics.json").read_text())
    assert float(intact["accuracy"]) == pytest.approx(tested["best"]["accuracy"])


def test_a_budget_says_what_it_cut(logs, capsys):
    more = "--budget 0.00001 --output here --checkpoint last"
    assert inspect("resnet34", "--what", "lesion", "gradients", *more.split()) == 0
    said = capsys.readouterr().out
    assert "resnet34/version_0  the budget cut lesion: 0 of 9 single blocks, 0 of " in said
    assert {path.stem for path in Path("here").iterdir()} == set(PLOTS) - {"responses"}
    assert {row["checkpoint"] for row in rows_of(logs / "resnet34/version_0/inspect/gradients.csv")} == {
        "initial",
        "last",
    }


def test_a_landscape_begins_at_the_loss_of_the_test(logs):
    """Here the sample is the whole held-out split."""
    run = logs / "resnet34" / "version_0"
    assert main(f"test --config {run / 'config.yaml'} --trainer.precision 32-true --output tested".split()) == 0
    assert inspect(str(run), "--what", "plane", "landscape", "--budget", "0.02", "--output", "here") == 0
    [center] = [row for row in rows_of(run / "inspect" / "landscape.csv") if row["x"] == "0.0"]
    tested = json.loads(Path("tested/metrics.json").read_text())["best"]
    assert float(center["loss"]) == pytest.approx(tested["loss"], rel=1e-5)
    assert float(center["accuracy"]) == pytest.approx(tested["accuracy"])
    assert {path.name for path in Path("here").iterdir()} == {
        f"{name}.{ending}" for name in ("landscape", "plane") for ending in ("svg", "png")
    }


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("plain43", "plain43 is neither a run folder nor the name of a run in lightning_logs; did you mean plain34?"),
        (
            "plain34 --what lesions",
            "--what has lesions; choose from gradients, responses, branch, probes, similarity, attention, "
            "landscape, plane, lesion.",
        ),
        (
            "plain34 --what lesion,",
            "--what has an empty word; choose from gradients, responses, branch, probes, similarity, attention, "
            "landscape, plane, lesion.",
        ),
        ("plain34 --what attention", "was not tested, so its mistakes are not known: run resnet-lab test on it."),
        ("plain34 --images 1", "--images is 1; it must be 2 or more."),
        ("plain34 --what similarity --images 3", "--images is 3; it must be 4 or more."),
        ("plain34 --train_images 1", "--train_images is 1; it must be 2 or more."),
        ("plain34 --draws 0", "--draws is 0; it must be 1 or more."),
        ("plain34 --seed -1", "--seed is -1; it must be 0 or more."),
        ("plain34 --budget 0", "--budget is 0; it must be minutes, more than 0."),
        ("plain34 --budget nan", "--budget is nan; it must be minutes, more than 0."),
        ("plain34 --output file", "--output file cannot be written: give a folder."),
        ("plain34 --bugdet 3", "There is no option --bugdet; did you mean --budget?"),
        ("", "RUN|NAME is missing: resnet-lab inspect --help"),
    ],
)
def test_wrong_input_is_one_paragraph_and_exit_code_2(fitted_logs, capsys, arguments, text):
    Path("file").touch()
    Path("lightning_logs").symlink_to(fitted_logs)
    assert main(["inspect", *arguments.split()]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("resnet-lab: error: ")
    assert text in captured.err
    assert captured.err.count("\n") == 1


def test_a_folder_that_takes_nothing_is_told(logs, capsys):
    (logs / "plain34" / "version_0" / "inspect").write_text("a file in the way")
    assert inspect("plain34", "--what", "responses") == 2
    assert "The results cannot be written (" in capsys.readouterr().err


def test_options_are_read_without_torch():
    code = (
        "import sys; from resnet_lab.cli import main; code = main(['inspect', 'x', '--what', 'y']); "
        "print(code, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.split() == ["2", "False"]


def test_the_words_of_what_are_those_of_the_measurements():
    """The command names them without torch."""
    from resnet_lab.commands.inspect import _WHAT, COMMAND
    from resnet_lab.inspection.inspect_run import MEASUREMENTS
    from resnet_lab.inspection.measurement import TRAIN_IMAGES

    assert tuple(dict.fromkeys(measurement.what for measurement in MEASUREMENTS)) == _WHAT
    assert COMMAND.parse(["any"]).what == ["gradients", "responses", "lesion"]
    assert COMMAND.parse(["any"]).train_images == TRAIN_IMAGES


def test_similarity_is_that_of_the_runs_of_one_command(logs, capsys):
    assert inspect("plain34", "resnet34", "--what", "similarity", "--output", "here") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[1].startswith("resnet34/version_0  similarity       blocks of equal name, mean: ")
    assert {path.name for path in Path("here").iterdir()} == {"similarity.svg", "similarity.png"}
    svg = Path("here/similarity.svg").read_text()
    assert "block, Plain-20" in svg
    assert "equal seeds, pairs of networks: 1" in svg
    rows = rows_of(logs / "resnet34/version_0/inspect/similarity.csv")
    assert {row["partner"] for row in rows} == {"plain34/version_0", "resnet34/version_0"}


def test_attention_is_on_the_images_on_which_the_arms_disagree(logs, capsys):
    """The networks may agree on six images, so what they predicted is made up."""
    for name, right in (("plain34", (True, False, True)), ("resnet34", (True, True, False))):
        run = Run(logs / name / "version_0")
        root = Path(run.config()["data"]["root"])
        paths = [path.relative_to(root).as_posix() for path in read_image_folder(root).splits["test"].paths[:3]]
        label, other = (Path(paths[0]).parent.name, "any")
        rows = [
            {"checkpoint": "best", "path": path, "label": label, "predicted": label if hit else other}
            for path, hit in zip(paths, right, strict=True)
        ]
        write_csv(run.path / "test" / "predictions.csv", rows[0].keys(), rows)
    assert inspect("plain34", "resnet34", "--what", "attention", "responses", "--output", "here") == 0
    captured = capsys.readouterr()
    assert "2 held-out images on which the arms disagree, for attention" in captured.err
    assert "resnet34/version_0  attention        2 images" in captured.out
    assert {"attention.svg", "attention.png"} <= {path.name for path in Path("here").iterdir()}
    for name in ("plain34", "resnet34"):
        folder = logs / name / "version_0" / "inspect"
        assert [row["path"] for row in rows_of(folder / "attention.csv")] == paths[1:]
        measurements = json.loads((folder / "inspect.json").read_text())["measurements"]
        assert [measurements[what]["sample"]["n"] for what in ("attention", "responses")] == [2, 6]
        assert measurements["attention"]["sample"]["seed"] is None
        assert len(rows_of(folder / "images.csv")) == 6


def test_probes_and_branches_of_two_runs_are_drawn_side_by_side(logs, capsys):
    assert inspect("plain34", "resnet34", "--what", "branch", "probes", "--train_images", "8") == 0
    captured = capsys.readouterr()
    assert "8 training images to fit on, drawn in the same way" in captured.err
    assert [line.split()[:2] for line in captured.out.splitlines()[:4]] == [
        [f"{name}/version_0", what] for name in ("plain34", "resnet34") for what in ("branch", "probes")
    ]
    assert "; 6 images, fitted on 8" in captured.out
    written = {path.stem for path in Path("lightning_logs/inspection/plain34-vs-resnet34").iterdir()}
    assert written == {"branch", "probes"}


def test_a_list_with_commas_is_read_and_noted(capsys):
    assert main(["inspect", "nothing", "--what", "lesion,responses"]) == 2
    told = capsys.readouterr().err
    assert "note    lesion,responses: write --what lesion responses instead; version 0.3 will refuse it." in told
