"""Cases that users brought: odd names, terminals, streams, threads, scripts of their own, commands to paste."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from resnet_lab.data.folder import read_image_folder
from resnet_lab.errors import InputError
from resnet_lab.program import PROGRAM
from resnet_lab.runs import Run

FIT = (
    "fit --config plain34.yaml --name plain34 --data.root data --model.depth 20 --data.image_size 32 "
    "--data.batch_size 8 --data.num_workers 0 --trainer.max_epochs 1 --diagnostics.every_n_steps 0 "
    "--trainer.precision 32-true"
)


def photographs(root: Path, *classes: str, names: str = "{}.png") -> None:
    rng = np.random.default_rng(0)
    for place, name in enumerate(classes):
        (root / name).mkdir(parents=True)
        for number in range(12):
            pixels = rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)
            pixels[..., place] //= 2
            Image.fromarray(pixels).save(root / name / names.format(number))


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command in a folder with a cache of its own; by its words, or by a line of the shell around ``LAB``."""
    monkeypatch.chdir(tmp_path)

    def start(command: list[str] | str, **environment: str) -> "subprocess.CompletedProcess[bytes]":
        own = {**os.environ, "RESNET_LAB_CACHE": str(tmp_path / "cache"), "OMP_NUM_THREADS": "1", **environment}
        own.pop("PYTHONSAFEPATH", None)
        words = ["bash", "-c", command.replace("LAB", shlex.join(PROGRAM))] if isinstance(command, str) else command
        return subprocess.run(words, env=own, capture_output=True, timeout=120, check=False)

    return start


def test_the_command_of_a_refusal_can_be_pasted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    photographs(Path("my photos"), "cat", "dog")
    Path("my photos/cat/bad.png").write_text("x")
    with pytest.raises(InputError) as error:
        read_image_folder(Path("my photos"))
    command = re.search(r"resnet-lab data check .*?(?= lists)", str(error.value))[0]
    assert shlex.split(command) == ["resnet-lab", "data", "check", "--data.root", "my photos"]


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_letters_that_the_output_cannot_show_are_escaped(run, tmp_path, encoding):
    photographs(tmp_path / "data", "café", "日本")
    done = run([*PROGRAM, "data", "check", "--data.root", "data"], PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"\u65e5\u672c" in done.stdout


@pytest.mark.slow
def test_names_do_nothing_to_a_terminal(run, tmp_path):
    """Folder, classes, images, other files and the folder of the runs all have escape sequences in their names."""
    root, logs = "d\x1b[2J", "lo\x1b[1mgs"
    photographs(tmp_path / root, "cat\x1b[31m", "dog\x9b1m", names="{}\x1b]0;title\a.png")
    (tmp_path / root / "cat\x1b[31m" / "notes\x1b[5m.doc").write_text("x")
    done = run([*PROGRAM, *FIT.split(), "--data.root", root, "--logs", logs, "--test_after", "true"])
    assert done.returncode == 0, done.stderr
    assert not set(done.stdout + done.stderr) & {0x1B, 0x07}
    assert rb"cat\x1b[31m" in done.stdout
    done = run([*PROGRAM, "predict", f"{logs}/plain34/version_0", "--data.images", f"{root}/cat\x1b[31m"])
    assert done.stdout.count(b"\n") == 13
    assert not set(done.stdout + done.stderr) & {0x1B, 0x07}


@pytest.mark.slow
def test_a_fit_needs_no_streams(run, tmp_path):
    photographs(tmp_path / "data", "cat", "dog")
    assert run(f"LAB {FIT} <&- >&- 2>&-").returncode == 0
    fitted = Run(tmp_path / "lightning_logs/plain34/version_0")
    assert fitted.status_content()["status"] == "finished"
    assert fitted.metrics_path.read_text().startswith("epoch,")  # a closed descriptor would be that of a file


@pytest.mark.slow
def test_a_fit_works_in_a_thread(run, tmp_path):
    photographs(tmp_path / "data", "cat", "dog")
    code = (
        "import threading; from resnet_lab.cli import main; codes = []\n"
        f"thread = threading.Thread(target=lambda: codes.append(main({FIT.split()})))\n"
        "thread.start(); thread.join(); print(codes)"
    )
    done = run([sys.executable, "-c", code])
    assert done.stdout.splitlines()[-1] == b"[0]", done.stderr


@pytest.mark.slow
def test_a_study_is_planned_beside_a_script_called_lightning(run, tmp_path):
    photographs(tmp_path / "data", "cat", "dog")
    (tmp_path / "lightning.py").write_text("raise SystemExit('a script of my own')")
    (tmp_path / "random.py").write_text("raise SystemExit('a script of my own')")
    (tmp_path / "s.yaml").write_text("data: {root: data}\ncells: [plain34.yaml]\nseeds: [0]\n")
    done = run([sys.executable, "-m", "resnet_lab", "study", "s.yaml", "--plan"])
    assert done.returncode == 0, done.stderr
