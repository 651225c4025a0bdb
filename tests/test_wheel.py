"""An installed wheel brings its configs: the same command works in any folder."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=600)
    [path] = folder.glob("*.whl")
    return path


def test_it_holds_the_package_and_the_configs_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    configs = {f"resnet_lab/configs/{name}.yaml" for name in ("recipe", "plain34", "studies/residual")}
    assert {*configs, "resnet_lab/cli.py"} <= set(names)
    assert {name.split("/")[0] for name in names} == {"resnet_lab", "resnet_lab-0.1.0.dist-info"}


@pytest.mark.slow
def test_the_command_finds_its_configs_far_from_the_checkout(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    command = [sys.executable, "-m", "resnet_lab", "fit", "--config", "plain34.yaml", "--print_config"]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = subprocess.run(
        command,
        cwd=elsewhere,
        env={"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert "name: plain34" in done.stdout
    assert "residual: false" in done.stdout
    assert "max_epochs: 10" in done.stdout
