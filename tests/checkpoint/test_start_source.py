"""What ``model.init_from`` means is known before torch is there, and what cannot be started from is refused."""

import zipfile

import pytest

from resnet_lab.checkpoint.start_source import StartSource, find_source
from resnet_lab.errors import InputError

PLAIN, RESIDUAL = {"residual": False}, {"residual": True}
TORCHVISION = {"residual": True, "shortcut": "B"}


@pytest.fixture
def trained(make_run):
    """Return what makes a finished run with a checkpoint."""

    def make(residual, seed, name, **options):
        run = make_run(residual, seed, name=name, **options)
        run.checkpoints["best"].parent.mkdir()
        with zipfile.ZipFile(run.checkpoints["best"], "w"):
            pass
        return run

    return make


def test_a_name_is_the_newest_run_of_the_seed_of_the_fit(trained, logs):
    trained(True, 1, "source")
    newest, other = trained(True, 1, "source"), trained(True, 2, "source")
    assert find_source("source", logs, 1, RESIDUAL) == StartSource("run", "source", newest.checkpoints["best"], newest)
    assert find_source("source", logs, 2, RESIDUAL).run == other
    with pytest.raises(InputError, match=r"source has no finished run of seed 3 to start from, only of seed 1, 2: "):
        find_source("source", logs, 3, RESIDUAL)


def test_a_run_folder_is_that_run_whatever_its_seed(trained, logs):
    run = trained(True, 1, "source")
    for word in (str(run.path), "source/version_0"):
        assert find_source(word, logs, 5, RESIDUAL).run == run


def test_a_checkpoint_in_a_run_folder_is_of_that_run(trained, logs):
    run = trained(True, 1, "source")
    weights = run.path / "exported" / "model.pth"
    weights.parent.mkdir()
    weights.write_bytes(b"12345678")
    assert find_source(str(weights), logs, 5, RESIDUAL) == StartSource("run", str(weights), weights, run)
    with pytest.raises(InputError, match=r"version_0 is of another network: model.residual is true there and false"):
        find_source(str(weights), logs, 5, PLAIN)


def test_a_file_elsewhere_is_of_no_run(tmp_path, logs):
    file = tmp_path / "weights.pth"
    file.write_bytes(b"12345678")
    assert find_source(str(file), logs, 0, PLAIN) == StartSource("file", str(file), file)


def test_torchvision_is_for_its_own_networks(logs):
    assert find_source("torchvision", logs, 0, TORCHVISION) == StartSource("torchvision", "torchvision")
    for model, said in [
        (PLAIN, "has weights of residual networks only"),
        (RESIDUAL, "give --model.shortcut B"),
        ({**TORCHVISION, "depth": 110}, "no weights of depth 110: choose one of 18, 34, 50, 101, 152"),
    ]:
        with pytest.raises(InputError, match=said):
            find_source("torchvision", logs, 0, model)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (RESIDUAL, "model.residual is false there and true here. Each arm starts from a run of its own arm"),
        ({**PLAIN, "depth": 18}, "model.depth is 34 there and 18 here"),
        ({**RESIDUAL, "shortcut_weight": 0.5}, "model.shortcut_weight is 1.0 there and 0.5 here"),
    ],
)
def test_a_run_of_another_network_is_refused(trained, logs, model, said):
    trained(False, 0, "source")
    with pytest.raises(InputError, match=said):
        find_source("source", logs, 0, model)


@pytest.mark.parametrize("status", ["running", "failed", "diverged"])
def test_a_run_that_is_not_trained_is_refused(trained, logs, status):
    run = trained(True, 0, "source", status={"status": status})
    for word in ("source", str(run.path), str(run.checkpoints["best"])):
        with pytest.raises(InputError, match="finished run"):
            find_source(word, logs, 0, RESIDUAL)


def test_a_run_without_its_checkpoint_is_refused(make_run, logs):
    make_run(True, 0, name="source")
    with pytest.raises(InputError, match=r"has no checkpoints/best.ckpt to start from .* train it again"):
        find_source("source", logs, 0, RESIDUAL)


def test_a_word_that_means_nothing_is_refused_with_what_there_is(trained, logs, tmp_path):
    trained(True, 0, "source")
    trained(True, 0, "other")
    (tmp_path / "weights.bin").write_bytes(b"12345678")
    for word, said in [
        ("sourse", "did you mean source"),
        ("nowhere.ckpt", "there is no such file"),
        (str(tmp_path / "weights.bin"), "weights are read from .ckpt, .pt, .pth, .safetensors"),
        (str(logs), f"is a folder of runs: name one of {logs / 'other'}, {logs / 'source'}"),
    ]:
        with pytest.raises(InputError, match=said):
            find_source(word, logs, 0, RESIDUAL)


@pytest.mark.parametrize(
    ("name", "content"), [("a.ckpt", b"garbage"), ("a.pth", b""), ("a.safetensors", b"garbage garbage")]
)
def test_a_damaged_file_is_refused(tmp_path, logs, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match="truncated, or no file of weights"):
        find_source(str(tmp_path / name), logs, 0, RESIDUAL)


@pytest.mark.parametrize("key", [{"init": "dirac"}, {"norm_bias": 2.0}, {"zero_init_residual": True}])
def test_a_key_that_draws_weights_beside_weights_is_refused(logs, key):
    with pytest.raises(InputError, match=f"model.{next(iter(key))} says how weights are drawn"):
        find_source("torchvision", logs, 0, {**TORCHVISION, **key})
