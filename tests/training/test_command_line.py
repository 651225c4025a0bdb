"""The whole way through the console script, on real cells: fit both arms, test, read the run folder back."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from resnet_lab.allocator import preload_environment
from resnet_lab.checkpoint.reading import read_checkpoint
from resnet_lab.checkpoint.states import states
from resnet_lab.cli import main
from resnet_lab.data.folder import read_image_folder
from resnet_lab.diagnostics.table import COLUMNS
from resnet_lab.runs import Run, find_runs

# In this process a warning is an error; what a user sees of warnings is tested with the console script.
pytestmark = pytest.mark.filterwarnings("default")
SMALL = "--data.image_size 64 --data.batch_size 8 --trainer.max_epochs 2"
SCALARS = {
    "train/accuracy",
    "train/loss",
    "train/objective",
    "val/accuracy",
    "val/loss",
    "lr",
    "time/images_per_second",
    "time/data_wait",
    "time/epoch_seconds",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("experiment")


@pytest.fixture(scope="module")
def console_script(folder, cell_folder):
    """Run the command as a process of its own."""

    def run(command: str) -> subprocess.CompletedProcess[str]:
        script = Path(sys.executable).with_name("resnet-lab")
        arguments = [*command.split(), "--data.root", str(cell_folder)]
        return subprocess.run([script, *arguments], cwd=folder, capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def resnet_lab(folder, cell_folder, monkeypatch, capsys):
    """Run the command in this process, which saves the seconds that every start takes."""

    def run(command: str) -> subprocess.CompletedProcess[str]:
        monkeypatch.chdir(folder)
        arguments = [*command.split(), "--data.root", str(cell_folder)]
        capsys.readouterr()
        code = main(arguments)
        return subprocess.CompletedProcess(arguments, code, *capsys.readouterr())

    return run


@pytest.fixture(scope="module", params=["plain34", "resnet34"])
def arm(request):
    return request.param


@pytest.fixture(scope="module")
def fitted(console_script):
    """Both arms at depth 34, fitted by their shipped configs; with what each printed."""
    return {name: console_script(f"fit --config {name}.yaml {SMALL}") for name in ("plain34", "resnet34")}


@pytest.fixture(scope="module")
def run(fitted, folder, arm):
    assert fitted[arm].returncode == 0, fitted[arm].stderr
    [run] = find_runs(folder / "lightning_logs", arm)
    return run


@pytest.fixture(scope="module")
def tested(run, console_script):
    done = console_script(f"test --config {run.name}.yaml {SMALL.partition('--trainer')[0]}")
    assert done.returncode == 0, done.stderr
    return done


def scalars(run: Run) -> dict[str, list[tuple[int, float]]]:
    events = EventAccumulator(str(run.path), size_guidance={"scalars": 0}).Reload()
    return {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def test_the_run_folder_is_complete(run, tested):
    files = {str(path.relative_to(run.path)) for path in run.path.rglob("*") if path.is_file()}
    events = {name for name in files if name.startswith("events.out.tfevents.")}
    assert sorted(Path(name).suffix for name in events) == [".0", ".figures", ".test"]
    assert files - events == {
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


def test_logs_names_the_folder_of_the_runs(resnet_lab, tmp_path):
    logs, tiny = tmp_path / "runs", "--model.depth 20 --data.image_size 32 --data.num_workers 0"
    done = resnet_lab(f"fit --config plain34.yaml {tiny} --trainer.max_epochs 1 --logs {logs}")
    assert done.returncode == 0, done.stderr
    [run] = find_runs(logs, "plain34")
    assert run.config()["logs"] == str(logs)
    assert any(run.path.glob("events.out.tfevents.*"))
    for words in (f"--config plain34.yaml {tiny} --logs {logs}", f"--config {run.config_path}"):
        done = resnet_lab(f"test {words}")
        assert done.returncode == 0, done.stderr
        assert f"run     {run.path} (best.ckpt, last.ckpt)" in done.stdout


def test_the_status_says_what_was_run(run, cell_folder):
    status = run.status()
    folder = read_image_folder(cell_folder)
    assert status["format"] == 1
    assert (status["status"], status["epochs"], status["seed"]) == ("finished", 2, 0)
    assert status["arm"] == {"plain34": "Plain-34", "resnet34": "ResNet-34"}[run.name]
    assert status["parameters"] == 21_111_874  # both arms
    assert status["fingerprint"] == folder.fingerprint
    assert status["split_sizes"] == {"train": 28, "val": 6, "test": 6}
    assert status["precision"] in ("bf16-mixed", "32-true")
    assert status["threads"] >= 1
    assert {"processor", "device"} <= status["hardware"].keys()
    assert {"torch", "lightning", "resnet-lab"} <= status["versions"].keys()
    assert "git_commit" in status
    assert status["wall_seconds"] > 0
    assert status["images_per_second"] > 0
    assert 0 < status["data_wait"] < 1
    assert status["allocator"] == ("mimalloc" if preload_environment() else "system")
    assert status["compiled"] is False
    assert status["peak_share"] == pytest.approx(
        status["images_per_second"] * status["gflops_per_image"] / status["peak_gflops"]
    )


def test_tensorboard_shows_the_rows_of_metrics_csv(run):
    rows, shown = run.metrics(), scalars(run)
    assert [row["epoch"] for row in rows] == [1, 2]
    diagnostics = {f"diagnostics/{column}" for column in COLUMNS}
    assert set(shown) - {"test/accuracy"} - diagnostics == SCALARS  # the same tags for both arms
    assert {tuple(step for step, _ in shown[tag]) for tag in diagnostics} == {(1, 2)}
    for tag in SCALARS:
        points = shown[tag]
        expected = [(int(row["epoch"]), row[tag]) for row in rows if tag in row]
        assert [step for step, _ in points] == [step for step, _ in expected]
        assert [value for _, value in points] == pytest.approx([value for _, value in expected], rel=1e-6)


def test_checkpoints_are_plain_and_self_describing(run, cell_folder):
    for which, path in run.checkpoints.items():
        checkpoint = torch.load(path, weights_only=True, map_location="cpu")
        assert checkpoint["epoch"] == {"last": run.status()["epochs"], "best": run.status()["best_epoch"]}[which] - 1
        assert checkpoint["hyper_parameters"] == {
            "num_classes": 2,
            "depth": 34,
            "residual": run.name == "resnet34",
            "shortcut": "A",
            "lr": 3e-4,
            "weight_decay": 1e-4,
            "label_smoothing": 0.1,
            "warmup_epochs": 1,
            "class_weights": "none",
        }
        assert checkpoint["ImageFolderDataModule"] == {
            "classes": ["defective", "functional"],
            "image_size": 64,
            "normalize": "imagenet",
            "background": "white",
            "value_range": None,
            "mean": [0.485, 0.456, 0.406],
            "std": [0.229, 0.224, 0.225],
            "fingerprint": read_image_folder(cell_folder).fingerprint,
        }


def test_best_is_the_best_epoch_and_scores_as_it_did(run):
    rows = run.metrics()
    best = max(rows, key=lambda row: (row["val/accuracy"], -row["val/loss"]))
    assert run.status()["best_epoch"] == best["epoch"]
    final = run.final_metrics()
    for which, row in (("best", best), ("last", rows[-1])):
        assert final[which]["val"]["accuracy"] == pytest.approx(row["val/accuracy"], abs=1e-6)
        assert final[which]["val"]["loss"] == pytest.approx(row["val/loss"], abs=1e-6)
        assert final[which]["train"].keys() == {"accuracy", "loss"}


def test_validate_gives_the_logged_accuracy_back(run, resnet_lab):
    done = resnet_lab(f"validate --config {run.name}.yaml --data.image_size 64")
    assert done.returncode == 0, done.stderr
    best = run.metrics()[run.status()["best_epoch"] - 1]
    assert done.stdout.splitlines() == [
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


def test_predict_writes_the_best_checkpoints_predictions(run, tested, resnet_lab):
    done = resnet_lab(f"predict --config {run.config_path}")
    assert done.returncode == 0, done.stderr
    tested_rows = (run.path / "test" / "predictions.csv").read_text().splitlines()
    assert (run.path / "predict" / "predictions.csv").read_text().splitlines() == [
        row for row in tested_rows if not row.startswith("last")
    ]


def test_the_arms_start_from_the_same_weights(folder, resnet_lab):
    """With a learning rate of 0 the weights stay where they were."""
    for name in ("plain34", "resnet34"):
        options = "--model.lr 0 --trainer.max_epochs 1 --data.image_size 32 --model.depth 20"
        assert resnet_lab(f"fit --config {name}.yaml --name start-{name} {options}").returncode == 0
    runs = [find_runs(folder / "lightning_logs", f"start-{name}")[0] for name in ("plain34", "resnet34")]
    states = [torch.load(run.checkpoints["last"], weights_only=True)["state_dict"] for run in runs]
    assert states[0].keys() == states[1].keys()
    trained = [name for name in states[0] if "running_" not in name]  # BatchNorm's statistics are of the data
    assert len(trained) > 60
    for name in trained:
        assert torch.equal(states[0][name], states[1][name]), name


def test_the_arms_differ_in_one_key(folder, fitted):
    plain, residual = (find_runs(folder / "lightning_logs", name)[0] for name in ("plain34", "resnet34"))
    configs = [run.config() for run in (plain, residual)]
    for config in configs:
        del config["name"], config["model"]["residual"]
    assert configs[0] == configs[1]
    assert plain.status()["fingerprint"] == residual.status()["fingerprint"]


def test_a_saved_config_repeats_the_run_bit_for_bit(folder, fitted, resnet_lab):
    original = find_runs(folder / "lightning_logs", "resnet34")[0]
    done = resnet_lab(f"fit --config {original.config_path} --name again --data.num_workers 0")
    assert done.returncode == 0, done.stderr
    [again] = find_runs(folder / "lightning_logs", "again")
    untimed = [
        [{k: v for k, v in row.items() if not k.startswith("time/")} for row in run.metrics()]
        for run in (original, again)
    ]
    assert untimed[0] == untimed[1]
    weights = [torch.load(run.checkpoints["last"], weights_only=True)["state_dict"] for run in (original, again)]
    assert all(torch.equal(value, weights[1][name]) for name, value in weights[0].items())
    saved = [yaml.safe_load(run.config_path.read_text()) for run in (original, again)]
    assert saved[1] == {**saved[0], "name": "again", "data": {**saved[0]["data"], "num_workers": 0}}


def test_a_checkpoint_of_the_other_arm_is_refused(folder, fitted, resnet_lab):
    residual = find_runs(folder / "lightning_logs", "resnet34")[0]
    done = resnet_lab(f"test --config plain34.yaml --data.image_size 64 --ckpt_path {residual.checkpoints['best']}")
    assert done.returncode == 2
    assert "version_0, is another: model.residual is True there and False here." in done.stderr


def test_other_overrides_than_the_runs_own_are_refused(fitted, resnet_lab):
    done = resnet_lab("test --config resnet34.yaml --model.depth 18")
    assert done.returncode == 2
    assert "is another: model.depth is 34 there and 18 here." in done.stderr
    done = resnet_lab("test --config resnet34.yaml")  # at the recipe's image size
    assert done.returncode == 2
    assert "does not fit the config: image_size is 64 there and 224 here." in done.stderr
    done = resnet_lab("test --config resnet34.yaml --data.image_size 64 --seed_everything 1")
    assert done.returncode == 2
    assert "is another: seed_everything is 0 there and 1 here." in done.stderr


def test_a_truncated_checkpoint_is_refused(folder, fitted, resnet_lab):
    original = find_runs(folder / "lightning_logs", "plain34")[0]
    damaged = original.checkpoints["best"].with_name("damaged.ckpt")
    damaged.write_bytes(original.checkpoints["best"].read_bytes()[:-1000])
    done = resnet_lab(f"test --config {original.config_path} --ckpt_path {damaged}")
    damaged.unlink()
    assert done.returncode == 2
    assert "damaged.ckpt cannot be read (" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_single_checkpoint_is_scored_beside_the_runs_own_results(run, tested, resnet_lab):
    own = (run.path / "test" / "metrics.json").read_text()
    done = resnet_lab(f"test --config {run.config_path} --ckpt_path {run.checkpoints['last']}")
    assert done.returncode == 0, done.stderr
    assert (run.path / "test" / "metrics.json").read_text() == own
    assert (run.path / "test-last" / "metrics.json").exists()


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


def test_a_clean_run_says_what_it_does_and_no_more(fitted, arm, run):
    """Without a terminal: five lines, a line an epoch, five lines; no warning, advertisement, control character."""
    done = fitted[arm]
    assert [line.split()[0] for line in done.stdout.splitlines()] == [
        *("arm", "data", "cache", "device", "run"),
        *("run", "last", "best", "speed", "next"),
    ]
    lines = done.stderr.splitlines()
    assert len(lines) == 2
    for epoch, line in enumerate(lines, start=1):
        assert line.startswith(f"epoch {epoch}/2  train loss ")
        assert re.search(r"  elapsed \d:\d\d:\d\d  left \d:\d\d:\d\d$", line)
        assert line.isprintable()
    assert " images/s " in lines[1]


def test_a_part_of_the_held_out_split_never_stands_for_the_whole(run, tested, resnet_lab):
    own = (run.path / "test" / "metrics.json").read_text()
    done = resnet_lab(f"test --config {run.config_path} --trainer.limit_test_batches 1")
    assert done.returncode == 2
    assert "trainer.limit_test_batches limits what is scored, and scores are of whole splits" in done.stderr
    done = resnet_lab(f"test --config {run.config_path} --trainer.precision 64-true")
    assert done.returncode == 0, done.stderr
    assert (run.path / "test" / "metrics.json").read_text() == own
    assert (run.path / "test-64-true" / "metrics.json").exists()


def test_fast_dev_run_writes_nothing(folder, resnet_lab):
    done = resnet_lab(f"fit --config plain34.yaml --name fast {SMALL} --trainer.fast_dev_run true")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "fast_dev_run: every step was taken once, and nothing was written.\n"
    assert not find_runs(folder / "lightning_logs", "fast")


TINY = "--model.depth 20 --data.image_size 32 --data.batch_size 8 --data.num_workers 0"


def fit_tiny(folder, resnet_lab, name: str, options: str) -> Run:
    done = resnet_lab(f"fit --config plain34.yaml --name {name} {TINY} {options}")
    assert done.returncode == 0, done.stderr
    [run] = find_runs(folder / "lightning_logs", name)
    assert run.status()["status"] == "finished"
    return run


def test_final_scores_are_of_whole_splits_whatever_was_limited(folder, resnet_lab):
    run = fit_tiny(folder, resnet_lab, "limited", "--trainer.max_epochs 1 --trainer.limit_val_batches 1")
    scores = run.final_metrics()["last"]
    # 28 training and 6 validation images: any other count would give other fractions.
    assert (scores["train"]["accuracy"] * 28) % 1 == pytest.approx(0, abs=1e-5)
    assert (scores["val"]["accuracy"] * 6) % 1 == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "options", "epochs", "validated"),
    [
        ("second", "--trainer.max_epochs 2 --trainer.check_val_every_n_epoch 2", 2, [False, True]),
        ("never", "--trainer.max_epochs 1 --trainer.limit_val_batches 0", 1, [False]),
        ("steps", "--trainer.max_steps 2", 1, [False]),
    ],
)
def test_epochs_without_validation_are_survived(folder, resnet_lab, name, options, epochs, validated):
    run = fit_tiny(folder, resnet_lab, name, options)
    assert run.status()["epochs"] == run.status()["best_epoch"] == epochs
    assert ["val/accuracy" in row for row in run.metrics()] == validated


def test_a_strategy_changes_no_batch(folder, resnet_lab):
    options = "--trainer.max_epochs 1 --trainer.strategy"
    runs = [fit_tiny(folder, resnet_lab, name, f"{options} {name}") for name in ("auto", "ddp")]
    losses = [run.metrics()[0]["train/loss"] for run in runs]
    assert losses[0] == losses[1]


def test_a_diverged_run_failed_and_is_not_scored(folder, resnet_lab):
    done = resnet_lab(f"fit --config plain34.yaml --name wild {TINY} --trainer.max_epochs 1 --model.lr 1e30")
    assert done.returncode == 1
    assert "resnet-lab: error: Training diverged in step 2, batch 2 of epoch 1: the objective is nan" in done.stderr
    assert "Traceback" not in done.stderr
    assert find_runs(folder / "lightning_logs", "wild")[0].status()["status"] == "failed"
    assert resnet_lab(f"test --config plain34.yaml --name wild {TINY}").returncode == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGUSR1, 143)],
    ids=lambda value: str(value),
)
@pytest.mark.parametrize("whole_group", [False, True])
def test_a_signal_leaves_an_interrupted_run_and_its_code(folder, cell_folder, number, code, whole_group):
    """To the command alone, or to its whole process group, as Ctrl-C, SLURM and systemd do."""
    name = f"signal-{int(number)}-{whole_group}"
    command = f"fit --config plain34.yaml --name {name} {TINY} --data.num_workers 2 --trainer.max_epochs 500"
    process = subprocess.Popen(
        [Path(sys.executable).with_name("resnet-lab"), *command.split(), "--data.root", str(cell_folder)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A job in the background of a shell inherits a Ctrl-C that is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("epoch 1/500")  # it is training
        (os.killpg if whole_group else os.kill)(process.pid, number)
        errors = process.communicate(timeout=60)[1]
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == code, errors
    [run] = find_runs(folder / "lightning_logs", name)
    status = run.status()
    assert status["status"] == "interrupted"
    assert status["epochs"] >= 1
    go_on = f"resnet-lab: interrupted; go on with: resnet-lab fit --resume lightning_logs/{name}/version_0"
    assert errors.splitlines()[-1] == go_on
    newest = states(run.states)[0]
    assert read_checkpoint(newest, must_have_checksum=True)["global_step"] >= 4 * status["epochs"]
    assert not list(run.path.rglob("*.tmp"))


def test_on_slurm_a_stray_checkpoint_of_lightnings_is_not_read(folder, resnet_lab, monkeypatch):
    monkeypatch.chdir(folder)
    stray = folder / "hpc_ckpt_1.ckpt"
    stray.write_bytes(b"whoever reads this fails")
    job = {"NTASKS": "1", "JOB_NAME": "fit", "JOB_ID": "7", "PROCID": "0", "LOCALID": "0", "NODEID": "0"}
    for key, value in job.items():
        monkeypatch.setenv(f"SLURM_{key}", value)
    run = fit_tiny(folder, resnet_lab, "slurm", "--trainer.max_epochs 1")
    done = resnet_lab(f"validate --config plain34.yaml --name slurm {TINY}")
    assert done.returncode == 0, done.stderr
    assert run.status()["status"] == "finished"
    assert [path.name for path in folder.glob("hpc_ckpt*")] == [stray.name]
    stray.unlink()


COMPILED = "fit --config resnet34.yaml --model.depth 20 --data.image_size 32 --trainer.max_epochs 1 --compile true"


@pytest.mark.slow
def test_a_compiled_run_is_the_same_network_and_says_so(folder, console_script):
    done = console_script(f"{COMPILED} --name compiled")
    assert done.returncode == 0, done.stderr
    [run] = find_runs(folder / "lightning_logs", "compiled")
    assert run.status()["compiled"] is True
    done = console_script("test --config resnet34.yaml --model.depth 20 --data.image_size 32 --name compiled")
    assert done.returncode == 0, done.stderr  # the checkpoint's names are those of the network


@pytest.mark.slow
def test_without_a_compiler_a_compiled_run_fails_by_name(folder, console_script, monkeypatch):
    monkeypatch.setenv("CXX", "/nowhere/g++")
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(folder / "inductor"))
    done = console_script(f"{COMPILED} --name uncompiled")
    assert done.returncode == 1
    [run] = find_runs(folder / "lightning_logs", "uncompiled")
    assert run.status()["status"] == "failed"
    said = done.stderr.splitlines()[-1]
    assert said.startswith("resnet-lab: error: torch.compile cannot make the network (")
    assert said.endswith("leave --compile out.")
