"""Runs are scored as what they are, and their results written beside others, never over them."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from resnet_lab.data.folder import read_image_folder
from resnet_lab.runs import find_runs
from resnet_lab.runs.intact import check_intact

# In this process a warning is an error; what a user sees of warnings is tested with the console script.
pytestmark = pytest.mark.filterwarnings("default")
one_arm = pytest.mark.parametrize("arm", ["resnet34"], scope="module")


@pytest.fixture(scope="module")
def tested(run, command_of):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_LAB_FIGURES", "true")
        done = command_of(run.name)(f"test --config {run.name}.yaml --data.image_size 64 --data.batch_size 8")
    assert done.returncode == 0, done.stderr
    return done


def test_the_run_folder_is_complete(run, tested):
    files = {str(path.relative_to(run.path)) for path in run.path.rglob("*") if path.is_file()}
    events = {name for name in files if name.startswith("events.out.tfevents.")}
    endings = sorted(Path(name).suffix for name in events)
    assert endings[0].removeprefix(".").isdigit()  # the number of the writer in its process
    assert endings[1:] == [".figures", ".test"]
    pictures = {name for name in files if name.startswith("figures/")}
    mistakes = {f"figures/{split}_mistakes.png" for split in ("val", "test")} | {"figures/test_confused_pairs.png"}
    always = {"curves", "train_images", "val_images", "val_confusion", "test_images", "test_confusion"}
    assert pictures - mistakes == {f"figures/{name}.png" for name in always}
    right = run.test_metrics()["best"]["accuracy"] == 1
    assert {"figures/test_mistakes.png", "figures/test_confused_pairs.png"} - pictures == (mistakes if right else set())
    assert ("figures/val_mistakes.png" in pictures) == (run.final_metrics()["best"]["val"]["accuracy"] < 1)
    assert files - events - pictures == {
        "checkpoints/best.ckpt",
        "checkpoints/last.ckpt",
        "config.yaml",
        "diagnostics.csv",
        "final/metrics.json",
        "hparams.yaml",
        "metrics.csv",
        "status.json",
        "test/metrics.json",
        "test/predictions.csv",
    }
    text = {"config.yaml", "diagnostics.csv", "final/metrics.json", "metrics.csv"}
    assert run.status().digests.keys() == {*text, "test/metrics.json", "test/predictions.csv"}
    check_intact(run)


@one_arm
def test_validate_gives_the_logged_accuracy_back(run, resnet_lab):
    done = resnet_lab(f"validate --config {run.name}.yaml --data.image_size 64")
    assert done.returncode == 0, done.stderr
    best = run.metrics()[run.status().best_epoch - 1]
    assert [line for line in done.stdout.splitlines() if not line.startswith("note")] == [
        f"run     lightning_logs/{run.name}/version_0 (best.ckpt)",
        f"best    val accuracy {best['val/accuracy']:.4f}, loss {best['val/loss']:.4f}",
    ]
    assert len(find_runs(run.path.parents[1], run.name)) == 1


def test_test_says_which_run_and_writes_both_checkpoints(run, tested, cell_folder):
    assert f"run     lightning_logs/{run.name}/version_0 (best.ckpt, last.ckpt)" in tested.stdout
    metrics = run.test_metrics()
    assert metrics["headline"] == "best"
    with (run.path / "test" / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    folder = read_image_folder(cell_folder)
    held_out = {item.path.relative_to(cell_folder).as_posix(): item.label for item in folder.splits["test"]}
    for which in ("best", "last"):
        mine = [row for row in rows if row["checkpoint"] == which]
        assert {row["path"]: row["label"] for row in mine} == held_out
        right = sum(row["predicted"] == row["label"] for row in mine)
        assert metrics[which]["accuracy"] == right / 6
        assert metrics[which]["n"] == 6
        for row in mine:
            p = {name: float(row[f"probability_{name}"]) for name in folder.classes}
            assert sum(p.values()) == pytest.approx(1)
            assert p[row["predicted"]] == max(p.values())


@one_arm
@pytest.mark.parametrize("word", ["NAME", "FOLDER"])
def test_a_run_by_name_or_folder_is_scored_as_it_was_made(run, tested, resnet_lab, word):
    """Nothing is repeated: depth, image size, batch size and data root are the run's own."""
    own = (run.path / "test" / "predictions.csv").read_bytes()
    (run.path / "test" / "predictions.csv").unlink()
    folder = f"lightning_logs/{run.name}/version_0"
    done = resnet_lab(f"test {run.name if word == 'NAME' else folder}")
    assert done.returncode == 0, done.stderr
    assert f"run     {folder} (best.ckpt, last.ckpt)" in done.stdout
    assert "note" not in done.stderr
    assert (run.path / "test" / "predictions.csv").read_bytes() == own


@one_arm
def test_the_config_of_a_run_is_scored_with_a_line_that_says_the_new_way(run, tested, resnet_lab):
    done = resnet_lab(f"validate --config {run.config_path}")
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == f"note    --config of a run: write resnet-lab validate {run.path} instead"
    assert "note" not in resnet_lab(f"validate --config {run.name}.yaml --data.image_size 64").stderr


def test_a_named_run_is_not_scored_as_another(fitted, resnet_lab):
    done = resnet_lab("test resnet34 --model.depth 18")
    assert done.returncode == 2
    assert "was made with other settings: model.depth is 34 there and 18 here." in done.stderr
    done = resnet_lab("test resnet34 --name plain34")
    assert done.returncode == 2
    assert "is the config of a run of resnet34, but the name is plain34: give one of them." in done.stderr


@one_arm
def test_a_data_set_that_is_all_test_is_scored(run, tested, resnet_lab, cells, tmp_path):
    """One class of two is there. Its images have the probabilities that predict gives them one by one."""
    images = tmp_path / "new" / "Testing" / "functional"
    images.mkdir(parents=True)
    for path in cells["functional"][:3]:
        shutil.copy(path, images)
    done = resnet_lab(f"test {run.path} --data.batch_size 2", root=images.parents[1])
    assert done.returncode == 0, done.stderr
    [results] = run.path.glob("test-*")
    assert json.loads((results / "metrics.json").read_text())["best"]["n"] == 3
    with (results / "predictions.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["checkpoint"] == "best"]
    done = resnet_lab(f"predict {run.path} --data.images {images} --format json", root=None)
    alone = {Path(row["path"]).name: row for row in json.loads(done.stdout)}
    assert {Path(row["path"]).name for row in rows} == alone.keys()
    for row in rows:
        assert row["label"] == "functional"
        assert float(row["probability_functional"]) == pytest.approx(
            alone[Path(row["path"]).name]["probability_functional"], rel=1e-4
        )
    shutil.rmtree(results)
    done = resnet_lab(f"validate {run.path}", root=images.parents[1])
    assert done.returncode == 2
    assert "has no val split: add one, or score another split." in done.stderr
    done = resnet_lab(f"fit --config {run.name}.yaml", root=images.parents[1])
    assert done.returncode == 2
    assert "has no training split, only test: nothing can be trained on." in done.stderr


@one_arm
def test_predict_writes_the_best_checkpoints_predictions(run, tested, resnet_lab):
    done = resnet_lab(f"predict --config {run.config_path}")
    assert done.returncode == 0, done.stderr
    tested_rows = (run.path / "test" / "predictions.csv").read_text().splitlines()
    assert (run.path / "predict" / "predictions.csv").read_text().splitlines() == [
        row for row in tested_rows if not row.startswith("last")
    ]


def test_a_checkpoint_of_the_other_arm_is_refused(folder, fitted, resnet_lab):
    residual = find_runs(folder / "lightning_logs", "resnet34")[0]
    done = resnet_lab(f"test --config plain34.yaml --data.image_size 64 --ckpt_path {residual.checkpoints['best']}")
    assert done.returncode == 2
    assert "version_0 was made with other settings: model.residual is True there and False here." in done.stderr


def test_other_overrides_than_the_runs_own_are_refused(fitted, resnet_lab):
    done = resnet_lab("test --config resnet34.yaml --model.depth 18")
    assert done.returncode == 2
    assert "was made with other settings: model.depth is 34 there and 18 here." in done.stderr
    done = resnet_lab("test --config resnet34.yaml")  # at the recipe's image size
    assert done.returncode == 2
    assert "does not fit the config: image_size is 64 there and 224 here." in done.stderr
    done = resnet_lab("test --config resnet34.yaml --data.image_size 64 --seed_everything 1")
    assert done.returncode == 2
    assert "was made with other settings: seed_everything is 0 there and 1 here." in done.stderr


def test_a_truncated_checkpoint_is_refused(folder, fitted, resnet_lab):
    original = find_runs(folder / "lightning_logs", "plain34")[0]
    damaged = original.checkpoints["best"].with_name("damaged.ckpt")
    damaged.write_bytes(original.checkpoints["best"].read_bytes()[:-1000])
    done = resnet_lab(f"test --config {original.config_path} --ckpt_path {damaged}")
    damaged.unlink()
    assert done.returncode == 2
    assert "damaged.ckpt cannot be read (" in done.stderr
    assert "Traceback" not in done.stderr


@one_arm
def test_a_single_checkpoint_is_scored_beside_the_runs_own_results(run, tested, resnet_lab):
    own = (run.path / "test" / "metrics.json").read_text()
    done = resnet_lab(f"test --config {run.config_path} --ckpt_path {run.checkpoints['last']}")
    assert done.returncode == 0, done.stderr
    assert (run.path / "test" / "metrics.json").read_text() == own
    assert (run.path / "test-last" / "metrics.json").exists()


@one_arm
def test_a_checkpoint_from_elsewhere_is_scored_into_the_users_folder(run, tested, resnet_lab, folder):
    moved = shutil.copy(run.checkpoints["best"], folder / f"{run.name}.ckpt")
    command = f"test --config {run.name}.yaml --data.image_size 64 --ckpt_path {moved}"
    done = resnet_lab(command)
    assert done.returncode == 2
    assert "is not in the checkpoints/ of a run folder: give --output FOLDER for the results." in done.stderr
    done = resnet_lab(f"{command} --output elsewhere/{run.name}")
    assert done.returncode == 0, done.stderr
    assert f"wrote   elsewhere/{run.name}" in done.stdout
    scores = json.loads((folder / "elsewhere" / run.name / "metrics.json").read_text())
    assert scores[run.name] == run.test_metrics()["best"]


@one_arm
def test_a_part_of_the_held_out_split_never_stands_for_the_whole(run, tested, resnet_lab):
    own = (run.path / "test" / "metrics.json").read_text()
    done = resnet_lab(f"test --config {run.config_path} --trainer.limit_test_batches 1")
    assert done.returncode == 2
    assert "trainer.limit_test_batches limits what is scored, and scores are of whole splits" in done.stderr
    done = resnet_lab(f"test --config {run.config_path} --trainer.precision 64-true")
    assert done.returncode == 0, done.stderr
    assert (run.path / "test" / "metrics.json").read_text() == own
    assert (run.path / "test-64-true" / "metrics.json").exists()
