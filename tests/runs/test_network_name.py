"""A run is called after its network unless the user named it; runs with the name of their config are still found."""

import shutil
from pathlib import Path

import pytest
import yaml

from resnet_lab.cli import main
from resnet_lab.config.find import shipped_configs
from resnet_lab.runs import Run, find_runs
from resnet_lab.runs.network_name import name_of_run

RUNS = Path(__file__).parents[1] / "assets" / "runs"
LOGS = Path("lightning_logs")


def name(words: str, resolved: str, residual: bool, depth: int, **seed: int) -> str:
    return name_of_run(words.split(), resolved, residual=residual, depth=depth, logs=LOGS, **seed)


@pytest.mark.parametrize(
    ("words", "depth", "called"),
    [
        ("", 34, "plain34"),
        ("--model.depth 18", 18, "plain18"),
        ("--model.depth 18 --name plain34", 18, "plain34"),
        ("--name mine --model.depth 18", 18, "mine"),
        ("--config deeper.yaml", 50, "plain50"),
        ("--config named.yaml --model.depth 18", 18, "mine"),
    ],
)
def test_a_fit_is_called_after_its_network_unless_it_is_named(words, depth, called):
    Path("deeper.yaml").write_text("model: {depth: 50}")
    Path("named.yaml").write_text("name: mine")
    arguments = f"fit --config plain34.yaml {words}"
    resolved = {"deeper": "plain34", "named": "mine"}.get(words[9:].partition(".")[0], "plain34")
    assert name(arguments, "mine" if "--name mine" in words else resolved, False, depth) == called


def test_the_other_network_of_a_config_is_not_called_after_the_config():
    assert name("fit -c plain34.yaml --model.residual true", "plain34", True, 34) == "resnet34"


@pytest.mark.parametrize("config", ["name: plain34\nmodel: {residual: false, depth: 18}", "name: first"])
def test_a_config_with_a_name_of_its_own_keeps_it(config):
    """So has the config in the folder of a run that an earlier version made."""
    Path("own.yaml").write_text(config)
    resolved = yaml.safe_load(config)["name"]
    assert name("fit --config own.yaml --model.depth 50", resolved, False, 50) == resolved


@pytest.fixture
def earlier() -> Run:
    """A run of Plain-20 that was called plain34, as earlier versions did."""
    shutil.copytree(RUNS / "plain34" / "version_0", LOGS / "plain34" / "version_0")
    return find_runs(LOGS, "plain34")[0]


FIT = "fit --config plain34.yaml --model.depth 20"


def test_resume_auto_finds_a_run_with_the_name_of_its_config(earlier):
    assert name(f"{FIT} --resume auto", "plain34", False, 20, seed=0) == "plain34"
    assert name(f"{FIT} --resume=auto", "plain34", False, 20, seed=0) == "plain34"


@pytest.mark.parametrize(
    ("words", "depth", "seed"), [(FIT, 20, 0), (f"{FIT} --resume auto", 50, 0), (f"{FIT} --resume auto", 20, 1)]
)
def test_a_new_run_another_network_and_another_seed_have_the_name_of_the_network(earlier, words, depth, seed):
    assert name(words, "plain34", False, depth, seed=seed) == f"plain{depth}"


def test_resume_auto_prefers_the_run_with_the_name_of_the_network(earlier):
    shutil.copytree(earlier.path, LOGS / "plain20" / "version_0")
    assert name(f"{FIT} --resume auto", "plain34", False, 20, seed=0) == "plain20"


@pytest.mark.parametrize("command", ["test", "validate", "predict"])
def test_an_evaluation_means_the_run_of_the_network_if_there_is_one(earlier, command):
    words = f"{command} --config plain34.yaml --model.depth 20"
    assert name(words, "plain34", False, 20) == "plain34"
    shutil.copytree(earlier.path, LOGS / "plain20" / "version_0")
    assert name(words, "plain34", False, 20) == "plain20"
    assert name(f"{command} --config {earlier.config_path} --model.depth 50", "plain34", False, 50) == "plain34"


def test_the_run_folder_and_its_config_have_the_name(cell_folder):
    tiny = (
        "--data.image_size 32 --data.batch_size 14 --data.num_workers 0 --trainer.max_epochs 1 --trainer.logger false"
    )
    words = f"--config resnet34.yaml --model.depth 20 --data.root {cell_folder} {tiny}"
    assert main(f"fit {words} --resume auto".split()) == 0
    [run] = find_runs(LOGS, "resnet20")
    assert (run.config()["name"], run.status().name, run.status().arm) == ("resnet20", "resnet20", "ResNet-20")
    assert main(f"fit {words} --resume auto".split()) == 0  # it is finished, so nothing is trained
    assert main(f"test {words}".split()) == 0
    assert run.test_metrics()
    assert main(f"fit --config {run.config_path} --trainer.limit_train_batches 1".split()) == 0
    assert len(find_runs(LOGS, "resnet20")) == 2
    assert {path.name for path in LOGS.iterdir()} == {"resnet20"}


@pytest.mark.parametrize("arm", ["plain34", "resnet34"])
def test_the_shipped_arms_are_called_after_their_networks(arm):
    """Else a run at another depth would keep the name of the config."""
    content = yaml.safe_load((shipped_configs() / f"{arm}.yaml").read_text())
    assert content["name"] == f"{'resnet' if content['model']['residual'] else 'plain'}34"
    assert name(f"fit --config {arm}.yaml --model.depth 101", arm, content["model"]["residual"], 101)[-3:] == "101"
