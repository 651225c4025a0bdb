"""A run that is named on the command line brings its own config."""

from pathlib import Path

import pytest

from resnet_lab.errors import InputError, NothingToResumeError
from resnet_lab.runs import claim_run
from resnet_lab.training.run_argument import new_spelling, with_config_of_run

LOGS = Path("lightning_logs")


@pytest.fixture
def make():
    def make(name, status="finished", logs=LOGS):
        run = claim_run(logs, name)
        run.config_path.write_text(f"name: {name}\n")
        run.update_status({"status": status, "name": name})
        return run

    return make


@pytest.mark.parametrize("command", ["test", "validate", "predict"])
@pytest.mark.parametrize(
    ("words", "rest"),
    [
        ("arm", ""),
        ("lightning_logs/arm/version_0", ""),
        ("arm --data.batch_size 8", "--data.batch_size 8"),
        ("--data.batch_size 8 arm --config plain34.yaml", "--data.batch_size 8 --config plain34.yaml"),
    ],
)
def test_the_config_of_the_run_comes_first(make, command, words, rest):
    make("arm")
    config = "lightning_logs/arm/version_0/config.yaml"
    assert with_config_of_run([command, *words.split()]) == [command, "--config", config, *rest.split()]


@pytest.mark.parametrize(
    "words", ["--logs runs", "--logs=runs", "--config mine.yaml", "--trainer.default_root_dir root"]
)
def test_a_name_is_looked_up_in_the_folder_of_the_runs_that_is_given(make, words):
    Path("mine.yaml").write_text("logs: runs\n")
    logs = Path("root/lightning_logs" if "root" in words else "runs")
    run = make("arm", logs=logs)
    assert with_config_of_run(["test", "arm", *words.split()])[:3] == ["test", "--config", str(run.config_path)]
    with pytest.raises(InputError, match="the name of a run in lightning_logs; there is none"):
        with_config_of_run(["test", "arm"])


@pytest.mark.parametrize(
    "words",
    ["test --config plain34.yaml", "fit --config plain34.yaml --resume=auto", "test plain34.yaml", "fit --help"],
)
def test_what_names_no_run_stays_as_it_is(words):
    assert with_config_of_run(words.split()) == words.split()


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("test arm other", r"test takes one run, and here are 2: arm, other\."),
        ("predict arm a.jpg", r"here are 2: arm, a\.jpg\. Images are given as --data\.images PATH\.\.\.$"),
        ("test best.ckpt", r"best\.ckpt is a checkpoint, which is given as --ckpt_path best\.ckpt\."),
        ("test amr", r"amr is neither a run folder nor the name of a run in lightning_logs; did you mean arm\?"),
        (
            "fit arm",
            r"fit takes a config \(resnet-lab fit --config arm.yaml\), or .* \(resnet-lab fit --resume arm\)\.",
        ),
        ("fit .", r"^\. belongs to no option; a data set is given as --data\.root \.\.$"),
        (
            "fit --resume nowhere",
            r"nowhere is neither a run folder nor the name of a run in lightning_logs; there is",
        ),
    ],
)
def test_what_cannot_be_is_refused(make, words, text):
    make("arm")
    with pytest.raises(InputError, match=text):
        with_config_of_run(words.split())


def test_a_resumed_run_brings_its_config_and_its_folder(make):
    folder = make("arm", "interrupted").path
    config = ["--config", f"{folder}/config.yaml"]
    words = ["--resume", str(folder), "--data.root", "b"]
    assert with_config_of_run(["fit", *words]) == ["fit", *config, *words]
    by_name = ["--resume", "arm", "--data.root", "b"]
    assert with_config_of_run(["fit", *by_name]) == ["fit", *config, *by_name, "--resume", str(folder)]
    make("done")
    with pytest.raises(NothingToResumeError):
        with_config_of_run(["fit", "--resume", "done"])


def test_the_old_spelling_of_a_run_has_a_new_one(make):
    run = make("arm")
    assert new_spelling(["test", "--config", str(run.config_path)]) == f"resnet-lab test {run.path}"
    for words in ("test arm", "test --config plain34.yaml", f"fit --config {run.config_path}"):
        assert new_spelling(words.split()) is None
