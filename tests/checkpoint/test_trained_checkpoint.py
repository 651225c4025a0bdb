"""A checkpoint is read once, believed only where it can be true, and used only under a config that it fits."""

import re
import shutil
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from resnet_lab.checkpoint.trained_checkpoint import TrainedCheckpoint
from resnet_lab.cli import main
from resnet_lab.errors import InputError
from resnet_lab.model.classifier import Classifier
from resnet_lab.model.rung import RUNG_KEYS, Rung
from resnet_lab.runs import Run

DATA = {"classes": ["a", "b"], "image_size": 32, "fingerprint": "f00d", "mean": [0.5] * 3, "std": [0.25] * 3}
CONFIG = {"model": {"depth": 20, "residual": True, "shortcut": "A"}, "classes": ("a", "b")}
CONFIG["data"] = {
    "image_size": 32,
    "normalize": "imagenet",
    "background": "white",
    "value_range": None,
    "color": "as_stored",
    "short_side": None,
}


@pytest.fixture
def save(tmp_path):
    model = Classifier(2, lr=0.1, weight_decay=0.0, label_smoothing=0.0, warmup_epochs=0, depth=20, shortcut="A")

    def save(data=None, **changes):
        content = {
            "epoch": 4,
            "state_dict": model.state_dict(),
            "hyper_parameters": {**model.hparams, **changes},
            "ImageFolderDataModule": {**DATA, **(data or {})},
        }
        torch.save(content, tmp_path / "net.ckpt")
        return tmp_path / "net.ckpt"

    return save


# -- how often a command reads a file


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("predict --ckpt_path BEST --data.images IMAGE", {"best.ckpt": 1}),
        ("predict --config RUN/config.yaml --data.images IMAGE", {"best.ckpt": 1}),
        ("predict --config RUN/config.yaml", {"best.ckpt": 1}),
        ("validate --config RUN/config.yaml", {"best.ckpt": 1}),
        ("test --config RUN/config.yaml", {"best.ckpt": 1, "last.ckpt": 1}),
        ("test --config RUN/config.yaml --ckpt_path MOVED --output results", {"moved.ckpt": 1}),
        ("inspect RUN --what responses --images 2", {"best.ckpt": 1}),
    ],
)
def test_a_command_reads_each_checkpoint_once(fitted_logs, cells, tmp_path, monkeypatch, words, expected):
    logs = Path(shutil.copytree(fitted_logs, tmp_path / "lightning_logs"))
    run = Run(logs / "plain34" / "version_0")
    moved = shutil.copy(run.checkpoints["best"], tmp_path / "moved.ckpt")
    reads, load = Counter(), torch.load

    def counted(file, *arguments, **options):
        reads[Path(getattr(file, "name", file)).name] += 1
        return load(file, *arguments, **options)

    monkeypatch.setattr(torch, "load", counted)
    places = {"BEST": run.checkpoints["best"], "RUN": run.path, "MOVED": moved, "IMAGE": cells["defective"][0]}
    for word, path in places.items():
        words = words.replace(word, str(path))
    assert main(words.split()) == 0
    assert reads == expected


# -- what is in it


def test_it_says_what_it_was_trained_on_and_how(save):
    found = TrainedCheckpoint.read(path := save(data={"value_range": [0, 4095], "background": "black"}))
    assert (found.path, found.classes, found.image_size, found.epoch) == (path, ("a", "b"), 32, 5)
    assert (found.fingerprint, found.checksum) == ("f00d", None)
    assert found.normalization == ((0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
    assert (found.rule.background, found.rule.value_range) == ("black", (0, 4095))
    assert found.hyper_parameters["shortcut"] == "A"


def test_its_network_is_the_one_that_was_saved(save):
    found = TrainedCheckpoint.read(path := save())
    saved = torch.load(path, weights_only=True)["state_dict"]
    network = found.network()
    torch.manual_seed(1)
    other = Classifier(2, lr=0.1, weight_decay=0.0, label_smoothing=0.0, warmup_epochs=0, depth=20, shortcut="A")
    found.load_into(other)
    for model in (network, other):
        assert saved.keys() == model.state_dict().keys()
        assert all(torch.equal(value, model.state_dict()[name]) for name, value in saved.items())


def test_the_pixels_of_an_old_checkpoint_are_what_they_were(save):
    assert TrainedCheckpoint.read(save()).pixel_path == CONFIG["data"]


def test_weights_of_another_network_are_refused(save):
    deeper = Classifier(2, lr=0.1, weight_decay=0.0, label_smoothing=0.0, warmup_epochs=0, depth=32)
    with pytest.raises(InputError, match=r"net\.ckpt does not hold the weights of this network: "):
        TrainedCheckpoint.read(save()).load_into(deeper)


# -- what is refused


@pytest.mark.parametrize(
    ("data", "model", "text"),
    [
        ({"image_size": 10**9}, {}, "its image_size is 1000000000"),
        ({"image_size": "32"}, {}, "its image_size is '32'"),
        ({"image_size": True}, {}, "its image_size is True"),
        ({"classes": "ab"}, {}, "its classes are no list of names"),
        ({"classes": ["a", 1]}, {}, "its classes are no list of names"),
        ({"mean": [0.5]}, {}, r"its mean is \[0.5\]"),
        ({"std": None}, {}, "its std is None"),
        ({"std": [0.5, 0.0, 0.5]}, {}, r"its std is \[0.5, 0.0, 0.5\]"),
        ({"mean": [0.5, float("nan"), 0.5]}, {}, r"its mean is \[0.5, nan, 0.5\]"),
        ({}, {"num_classes": torch.zeros(2)}, "it names 2 classes and has num_classes tensor.*"),
        ({}, {"num_classes": 10**9}, "it names 2 classes and has num_classes 1000000000"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made_of_it(save, data, model, text):
    with pytest.raises(InputError, match=rf"net\.ckpt is not a checkpoint of resnet-lab: {text}\."):
        TrainedCheckpoint.read(save(data, **model))


@pytest.mark.parametrize("rule", [{"value_range": 5}, {"background": [1]}, {"color": "cmyk"}])
def test_a_rule_that_is_none(save, rule):
    with pytest.raises(InputError, match=r"net\.ckpt does not say how its images were decoded"):
        TrainedCheckpoint.read(save(data=rule))


@pytest.mark.parametrize(
    ("key", "value"), [("_class_path", "os.system"), ("_instantiator", "os.system"), ("depth", 10**6)]
)
def test_hyper_parameters_that_name_code_or_no_network(save, key, value):
    with pytest.raises(InputError, match=rf"net\.ckpt does not hold the network that it describes: .*{key}"):
        TrainedCheckpoint.read(save(**{key: value})).network()


def test_many_classes_are_refused_before_a_network_of_as_many_is_made(save):
    names = ["a"] * 100_000
    found = TrainedCheckpoint.read(save(data={"classes": names}, num_classes=len(names)))
    with pytest.raises(InputError, match=r"does not hold the network that it describes: its weights are of 2 classes"):
        found.network()


def unreadable(path):
    with pytest.raises(InputError) as error:
        TrainedCheckpoint.read(path)
    return str(error.value)


def test_a_missing_checkpoint_is_named(tmp_path):
    assert unreadable(tmp_path / "no.ckpt").startswith(f"There is no checkpoint {tmp_path / 'no.ckpt'}. ")


@pytest.mark.parametrize("keep", [0, 10, 0.5, 0.99])
def test_a_truncated_checkpoint_is_named(save, keep):
    path = save()
    content = path.read_bytes()
    path.write_bytes(content[: keep if isinstance(keep, int) else int(len(content) * keep)])
    assert re.search(r"net\.ckpt cannot be read \(.*\): it is truncated or no checkpoint\.", unreadable(path))


@pytest.mark.parametrize("content", [{}, {"hyper_parameters": {"depth": 34}}, [1, 2], {"state_dict": {}}])
def test_a_checkpoint_of_another_tool_is_named(tmp_path, content):
    torch.save(content, tmp_path / "a.ckpt")
    assert "a.ckpt is not a checkpoint of resnet-lab" in unreadable(tmp_path / "a.ckpt")


class _Hostile:
    def __reduce__(self):
        return (pytest.fail, ("code in a checkpoint was run",))


def test_a_checkpoint_runs_no_code(tmp_path):
    torch.save({"hyper_parameters": _Hostile()}, tmp_path / "a.ckpt")
    assert "a.ckpt is not loaded: it refers to _pytest.outcomes._Fail, which no" in unreadable(tmp_path / "a.ckpt")


# -- whether it fits a config


def unfit(path, **changes):
    with pytest.raises(InputError) as error:
        TrainedCheckpoint.read(path).check_fits(**{**CONFIG, **changes})
    return str(error.value)


def test_a_fitting_checkpoint_passes(save):
    TrainedCheckpoint.read(save()).check_fits(**CONFIG)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"depth": 18}, "depth is 18 there and 20 here"),
        ({"residual": False}, "residual is False there and True here"),
        ({"shortcut": "B"}, "shortcut is B there and A here"),
        ({"shortcut_weight": 0.5}, "shortcut_weight is 0.5 there and 1.0 here"),
        ({"shortcut_gradient": "straight_through"}, "shortcut_gradient is straight_through there and both here"),
        ({"shortcut_span": 1}, "shortcut_span is 1 there and 2 here"),
        ({"data": {"classes": ["b", "a"]}}, "classes is ['b', 'a'] there and ['a', 'b'] here"),
        ({"data": {"image_size": 112}}, "image_size is 112 there and 32 here"),
        ({"data": {"value_range": [0, 4095]}}, "value_range is [0, 4095] there and None here"),
        ({"data": {"background": "black"}}, "background is black there and white here"),
        ({"data": {"short_side": 32}}, "short_side is 32 there and None here"),
        ({"data": {"normalize": "train"}}, "normalize is train there and imagenet here"),
    ],
)
def test_each_difference_is_named(save, changes, text):
    message = unfit(save(**changes))
    assert f"net.ckpt does not fit the config: {text}. Give the config that the run was made with" in message


def test_all_differences_are_named_at_once(save):
    assert "depth is 18 there and 20 here; shortcut is C there and A here" in unfit(save(depth=18, shortcut="C"))


def test_the_shortcut_of_a_plain_network_is_no_difference(save):
    path = save(residual=False, shortcut="B")
    TrainedCheckpoint.read(path).check_fits(**{**CONFIG, "model": {**CONFIG["model"], "residual": False}})


def test_a_checkpoint_of_before_the_rungs_is_of_the_paper(tmp_path, save):
    content = torch.load(save(), weights_only=True)
    for key in RUNG_KEYS:
        del content["hyper_parameters"][key]
    torch.save(content, tmp_path / "old.ckpt")
    old = TrainedCheckpoint.read(tmp_path / "old.ckpt")
    old.check_fits(**CONFIG)
    assert old.network().backbone.rung == Rung()
    here = {**CONFIG, "model": {**CONFIG["model"], "shortcut_gradient": "stop_gradient"}}
    assert "shortcut_gradient is both there and stop_gradient here" in unfit(tmp_path / "old.ckpt", **here)


def test_a_checkpoint_of_a_rung_is_its_network(save):
    """Its parameters would fit any rung: only the hyper-parameters tell them apart."""
    rung = Rung(shortcut_weight=0.5, shortcut_gradient="stop_gradient")
    assert TrainedCheckpoint.read(save(**asdict(rung))).network().backbone.rung == rung
    impossible = save(residual=False, shortcut_span=1)
    with pytest.raises(InputError, match="does not hold the network that it describes: shortcut_span needs a shortcut"):
        TrainedCheckpoint.read(impossible).network()


def test_initial_values_are_no_difference(save):
    TrainedCheckpoint.read(save(init="dirac", norm_bias=2.0, zero_init_residual=True)).check_fits(**CONFIG)
