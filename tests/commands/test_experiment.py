"""``resnet-lab experiment``: what it says before the first run, what it writes, and how it goes on."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from resnet_lab.cli import main
from resnet_lab.runs import find_runs
from resnet_lab.study.estimate import StepTimer
from resnet_lab.study.plan import read_study

FAKE = Path(__file__).parents[1] / "study" / "fake_lab.py"
SHORT = "--data.batch_size 14 --data.num_workers 0 --trainer.max_epochs 3"
STUDY = Path("lightning_logs/experiments/photos/photos.yaml")


@pytest.fixture
def photos(cell_folder):
    """A folder of real photographs in the working folder."""
    shutil.copytree(cell_folder, "photos")
    return Path("photos")


@pytest.fixture
def compared(photos, tmp_path, monkeypatch, quick_polls):
    """Put a program that fits nothing in the place of ``resnet-lab``; return the words of each ``compare``."""
    monkeypatch.setattr("resnet_lab.program.PROGRAM", (sys.executable, "-S", "-E", str(FAKE)))
    monkeypatch.setenv("FAKE_CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setattr("resnet_lab.study.experiment.physical_cores", lambda: 1)
    called = []
    monkeypatch.setattr("resnet_lab.commands.experiment.compare", lambda words: called.append(words) or 0)
    return called


@pytest.fixture
def minute_steps(monkeypatch):
    """Let a run of 34 layers at 224 pixels take a minute, and others as long as their pixels and layers say."""

    def seconds(self, configs, threads):
        return {
            name: 60 * (config["data.image_size"] / 224) ** 2 * config["model.depth"] / 34
            for name, config in configs.items()
        }

    monkeypatch.setattr(StepTimer, "seconds", seconds)


def experiment(words: str) -> int:
    return main(["experiment", *words.split()])


def calls(tmp_path):
    path = tmp_path / "calls"
    return path.read_text().splitlines() if path.exists() else []


def test_a_plan_is_shown_with_its_time_and_nothing_is_written(compared, minute_steps, capsys):
    assert experiment("photos --plan") == 0
    assert capsys.readouterr().out.splitlines() == [
        "data    photos: 40 photographs in 2 classes (defective 20, functional 20); 28 train, 6 val, 6 test",
        "note    1 group of near-duplicates in two splits or classes; 1 of val have one in train",
        "        for the files: resnet-lab data check --data.root photos",
        "plan    Plain-34 and ResNet-34, 224 pixels, 2 epochs per run",
        "        3 pairs, about 6 min; up to 9 more if undecided, about 24 min in all",
        "        timed by a few steps; other work on this machine makes it longer",
        "        judged at 3, 6, 9 and 12 pairs; false verdicts in at most 5% of such studies",
    ]
    assert {path.name for path in Path().iterdir()} == {"photos"}


def test_minutes_make_a_smaller_plan_and_say_what_it_costs(compared, minute_steps, capsys):
    assert experiment("photos --plan --minutes 6.2") == 0
    out = capsys.readouterr().out
    assert "\nplan    Plain-34 and ResNet-34, 160 pixels, " in out
    assert "\n        3 pairs, about 3 min; up to 3 more if undecided, about 6 min in all\n" in out
    assert "\ncosts   6 pairs in place of 12: " in out
    assert "\ncosts   160 pixels in place of 224: " in out
    assert experiment("photos --plan --minutes 0.1") == 2
    assert "give --minutes 1 or more" in capsys.readouterr().err


def test_minutes_that_cannot_be_measured_are_refused(compared, capsys):
    assert experiment("photos --minutes 5") == 2
    assert "give --pairs in place of --minutes" in capsys.readouterr().err
    assert not STUDY.exists()


def test_an_experiment_runs_its_pairs_and_compares_them(compared, minute_steps, tmp_path, capsys):
    assert experiment("photos --pairs 4 --language id --model.depth 18 --output here") == 0
    study = read_study(Path("here/photos.yaml"))
    assert [cell.name for cell in study.cells] == ["plain18", "resnet18"]
    assert study.plan.looks == (4,)
    assert [call for call in calls(tmp_path) if call.startswith("fit")] == [
        f"fit {name}:{seed}" for seed in (1, 2, 3, 4) for name in ("plain18", "resnet18")
    ]
    assert compared == [["here/photos.yaml", "--logs", "here", "--output", "here/report", "--language", "id"]]
    out, _ = capsys.readouterr()
    order = [
        out.index(word)
        for word in ("data    ", "plan    ", "costs   4 pairs", "files   here; Ctrl-C", "study   8 of 8")
    ]
    assert order == sorted(order)
    assert "\nnext    " not in out


def test_the_same_command_goes_on_and_a_changed_one_is_refused(compared, minute_steps, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FAKE_FAILS", "resnet34:2")
    assert experiment("photos --pairs 3 --data.image_size 64") == 1
    assert not compared
    text, done = STUDY.read_text(), len(calls(tmp_path))
    monkeypatch.delenv("FAKE_FAILS")
    capsys.readouterr()
    for words in ("--pairs 4 --data.image_size 64", "--pairs 3", ""):
        assert experiment(f"photos {words}") == 2
        assert "resnet-lab experiment photos --pairs 3 --data.image_size 64. " in capsys.readouterr().err
    assert experiment("photos --data.image_size 64 --pairs 3") == 0
    assert calls(tmp_path)[done:] == ["fit resnet34:2", "test resnet34:2"]
    out = capsys.readouterr().out
    assert "the photographs of lightning_logs/experiments/photos/photos.yaml, which goes on\n" in out
    assert "\n        1 pair done; 2 pairs, about " in out
    assert STUDY.read_text() == text
    assert len(compared) == 1
    next(Path("photos/defective").iterdir()).unlink()
    assert experiment("photos --data.image_size 64 --pairs 3") == 2
    assert "are not those with which lightning_logs/experiments/photos was begun" in capsys.readouterr().err


def test_the_study_file_goes_on_by_hand(compared, minute_steps, tmp_path):
    assert experiment("photos --pairs 3 --plan") == 0
    assert not STUDY.exists()
    assert experiment("photos --pairs 3") == 0
    done = calls(tmp_path)
    [by_hand] = [line.split()[3:] for line in STUDY.read_text().splitlines() if " By hand: " in line]
    assert by_hand[0] == "resnet-lab"
    assert main(by_hand[1:]) == 0
    assert calls(tmp_path) == done


def test_doubts_are_one_line_each_and_what_must_be_mended_stops(compared, minute_steps, photos, tmp_path, capsys):
    image = next((photos / "defective").iterdir())
    shutil.copy(image, photos / "stray.png")
    assert experiment("photos --plan") == 0
    out = capsys.readouterr().out
    assert "\nnote    1 image outside the class folders, which no fit uses\n" in out
    assert "\n        for the files: resnet-lab data check --data.root photos\n" in out
    (photos / "defective" / "broken.png").write_bytes(image.read_bytes()[:300])
    assert experiment("photos") == 2
    err = capsys.readouterr().err
    assert "The photographs in photos must be mended first.\n! 1 image cannot be used" in err
    assert "defective/broken.png" in err
    assert "To go on as it is: --data.on_bad_image skip. The whole check: resnet-lab data check" in err
    assert not calls(tmp_path)
    assert experiment("photos --plan --data.on_bad_image skip") == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "FOLDER is missing: resnet-lab experiment --help"),
        ("nowhere", "data.root nowhere does not exist"),
        ("photos --image_size 32", "There is no option --image_size; did you mean --data.image_size?"),
        ("photos --minutes 0", "--minutes is 0; it must be a number above zero."),
        ("photos --minutes nan", "--minutes is nan; it must be a number above zero."),
        ("photos --trainer.max_epochs 0", "trainer.max_epochs is 0, so nothing would be trained: give 1 or more."),
        ("photos --minutes soon", "--minutes is soon; it must be a number."),
        ("photos --pairs 2", "--pairs is 2; a verdict needs 3 pairs or more."),
        ("photos --data.root x", "--data.root cannot be set here, because the photographs are the first word"),
        ("photos --model.residual true", "--model.residual cannot be set here, because the two networks differ in it"),
        (
            "photos --model.init_from torchvision",
            "--model.init_from cannot be set here, because trained weights are of one of the two networks (the study "
            "fine-tune.yaml trains both twice): leave it out.",
        ),
        ("photos --model.lrr 3", "There is no option --model.lrr; did you mean --model.lr?"),
        ("photos/defective", "20 images lie in defective/ without class folders"),
        (".", "would lie among the photographs"),
    ],
)
def test_wrong_input_is_answered_before_anything_is_run(photos, words, message, capsys):
    assert experiment(words) == 2
    assert message in capsys.readouterr().err
    assert {path.name for path in Path().iterdir()} == {"photos"}


@pytest.mark.slow
def test_a_real_experiment_stopped_and_started_again_ends_in_its_report(cell_folder, tmp_path):
    """Ctrl-C ends the experiment and its run; the same command resumes the run and writes the report."""
    words = f"experiment {cell_folder} --pairs 3 --output here --model.depth 20 --data.image_size 16".split()
    words += [*SHORT.split(), "--trainer.logger", "false"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}

    def start():
        return subprocess.Popen(
            [sys.executable, "-m", "resnet_lab", *words],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell ignores it in the background
        )

    process = start()
    metrics = tmp_path / "here" / "plain20" / "version_0" / "metrics.csv"
    deadline = time.monotonic() + 200
    while not metrics.exists():
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 130, out
    assert "the same command continues the study" in out
    process = start()
    out, _ = process.communicate(timeout=500)
    assert process.returncode == 0, out
    runs = [run for name in ("plain20", "resnet20") for run in find_runs(tmp_path / "here", name)]
    assert sorted(run.status().seed for run in runs) == [1, 1, 2, 2, 3, 3]
    assert {run.status().plan.study for run in runs} == {"cells0"}
    assert (tmp_path / "here" / "report" / "report.html").stat().st_size > 10_000
    order = [
        out.index(word) for word in ("data    ", "plan    ", "study   6 of 6 finished", "Higher accuracy", "wrote   ")
    ]
    assert order == sorted(order)
