"""Both arms, fitted once by their shipped configs, and the command in their folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from resnet_lab.cli import main
from resnet_lab.runs import Run, find_runs


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("experiment")


@pytest.fixture(scope="session")
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


@pytest.fixture
def fit_tiny(folder, resnet_lab):
    """Fit a small plain net under a name of its own, with some options."""

    def fit(name: str, options: str) -> Run:
        tiny = "--model.depth 20 --data.image_size 32 --data.batch_size 8 --data.num_workers 0"
        done = resnet_lab(f"fit --config plain34.yaml --name {name} {tiny} {options}")
        assert done.returncode == 0, done.stderr
        [run] = find_runs(folder / "lightning_logs", name)
        assert run.status()["status"] == "finished"
        return run

    return fit


@pytest.fixture(scope="session")
def fitted(console_script):
    """Both arms at depth 34, fitted by their shipped configs; with what each printed."""
    small = "--data.image_size 64 --data.batch_size 8 --trainer.max_epochs 2"
    return {name: console_script(f"fit --config {name}.yaml {small}") for name in ("plain34", "resnet34")}


@pytest.fixture(scope="module", params=["plain34", "resnet34"])
def arm(request):
    return request.param


@pytest.fixture(scope="module")
def run(fitted, folder, arm):
    assert fitted[arm].returncode == 0, fitted[arm].stderr
    [run] = find_runs(folder / "lightning_logs", arm)
    return run
