"""Options of our own, and those of Lightning that make another trainer."""

from types import SimpleNamespace

import pytest

from resnet_lab.cli import main
from resnet_lab.runs import Run, find_runs
from resnet_lab.runs.measurements import gradient_norm_profile
from resnet_lab.statistics.gradients import decades_lost
from resnet_lab.training.experiment_cli import ExperimentCLI

# In this process a warning is an error; what a user sees of warnings is tested with the console script.
pytestmark = pytest.mark.filterwarnings("default")
TINY = "--model.depth 20 --data.image_size 32 --data.batch_size 8 --data.num_workers 0"


def test_logs_names_the_folder_of_the_runs(resnet_lab, tmp_path):
    logs, tiny = tmp_path / "runs", "--model.depth 20 --data.image_size 32 --data.num_workers 0"
    done = resnet_lab(f"fit --config plain34.yaml {tiny} --trainer.max_epochs 1 --logs {logs}")
    assert done.returncode == 0, done.stderr
    [run] = find_runs(logs, "plain20")
    assert run.config()["logs"] == str(logs)
    assert any(run.path.glob("events.out.tfevents.*"))
    for words in (f"--config plain34.yaml {tiny} --logs {logs}", f"--config {run.config_path}"):
        done = resnet_lab(f"test {words}")
        assert done.returncode == 0, done.stderr
        assert f"run     {run.path} (best.ckpt, last.ckpt)" in done.stdout


def test_fast_dev_run_writes_nothing(folder, resnet_lab):
    options = "--trainer.max_epochs 2 --trainer.fast_dev_run true --test_after true"
    done = resnet_lab(f"fit --config plain34.yaml --name fast {TINY} {options}")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "fast_dev_run: every step was taken once, and nothing was written.\n"
    assert not find_runs(folder / "lightning_logs", "fast")


@pytest.mark.parametrize(
    ("command", "test_after", "processes", "tested"),
    [("fit", True, 1, True), ("fit", False, 1, False), ("fit", True, 2, False), ("test", True, 1, False)],
)
def test_a_fit_of_one_process_alone_is_tested_after_it(tmp_path, command, test_after, processes, tested):
    trainer = SimpleNamespace(fast_dev_run=False)
    cli = SimpleNamespace(
        subcommand=command,
        request=SimpleNamespace(settings=SimpleNamespace(test_after=test_after, trainer=trainer)),
        trainer=SimpleNamespace(world_size=processes),
        fitting=SimpleNamespace(run=Run(tmp_path)),
    )
    assert ExperimentCLI.to_test.fget(cli) == (Run(tmp_path) if tested else None)


def test_a_strategy_changes_no_batch(fit_tiny):
    options = "--trainer.max_epochs 1 --trainer.strategy"
    runs = [fit_tiny(name, f"{options} {name}") for name in ("auto", "ddp")]
    losses = [run.metrics()[0]["train/loss"] for run in runs]
    assert losses[0] == losses[1]


@pytest.mark.slow
def test_a_compiled_run_is_the_same_network_and_says_so(folder, console_script):
    tiny = "--config resnet34.yaml --model.depth 20 --data.image_size 32 --name compiled"
    done = console_script(f"fit {tiny} --trainer.max_epochs 1 --compile true")
    assert done.returncode == 0, done.stderr
    [run] = find_runs(folder / "lightning_logs", "compiled")
    assert run.status().compiled is True
    done = console_script(f"test {tiny}")
    assert done.returncode == 0, done.stderr  # the checkpoint's names are those of the network


@pytest.mark.parametrize(
    ("name", "options", "paths"),
    [
        ("half", "--model.shortcut_span 1 --model.shortcut_weight 0.5", "262,144 through 18 layers"),
        ("through", "--model.shortcut_gradient straight_through", "one, through all 9 blocks"),
        ("zeros", "--model.zero_init_residual true", "512 through 9 blocks"),
    ],
)
def test_a_rung_is_fitted_tested_inspected_and_used_as_itself(
    folder, resnet_lab, monkeypatch, capsys, name, options, paths
):
    monkeypatch.chdir(folder)
    tiny = "--config resnet34.yaml --model.depth 20 --data.image_size 16 --data.batch_size 8 --data.num_workers 0"
    done = resnet_lab(f"fit {tiny} --name {name} {options} --trainer.max_epochs 1")
    assert done.returncode == 0, done.stderr
    [run] = find_runs(folder / "lightning_logs", name)
    assert run.status().parameters == 269_202  # two classes
    assert resnet_lab(f"test {name}").returncode == 0
    assert resnet_lab(f"predict {name}").returncode == 0
    assert main(["inspect", str(run.path), "--images", "4", "--draws", "1"]) == 0
    assert f"paths            {paths}" in capsys.readouterr().out
    assert {path.name for path in (run.path / "inspect").glob("*.csv")} == {
        *("gradients.csv", "input_gradients.csv", "responses.csv", "lesion.csv")
    }
    initial = gradient_norm_profile(run, "initial")
    assert (decades_lost([initial[layer] for layer in initial if layer != "fc"]) is None) == (name == "zeros")
    as_residual = resnet_lab(f"test {tiny} --name other --ckpt_path {run.checkpoints['best']}")
    same_function = name == "zeros"  # a start is no part of a network
    assert as_residual.returncode == (0 if same_function else 2)
    assert ("does not fit the config: shortcut_" in as_residual.stderr) != same_function
