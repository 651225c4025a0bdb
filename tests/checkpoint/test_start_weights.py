"""A fit starts from exactly the weights of its source, and from no others."""

import hashlib
import json
import socket

import pytest
import torch
import torchvision
from safetensors.torch import save_file

from resnet_lab import Classifier
from resnet_lab.checkpoint import start_weights
from resnet_lab.checkpoint.content import checksum
from resnet_lab.checkpoint.reading import read_checkpoint
from resnet_lab.checkpoint.start_source import StartSource, find_source
from resnet_lab.checkpoint.start_weights import start_again, start_from, start_line, weights_file
from resnet_lab.errors import InputError
from resnet_lab.runs import Run
from resnet_lab.runs.start import training_settings
from resnet_lab.runs.status import parse_status

CLASSES = ["defective", "functional"]


def model(seed=5, **options):
    torch.manual_seed(seed)
    return Classifier(**{"num_classes": 2, "depth": 20, "init_from": "any", **options})


def start(into, file, classes=CLASSES):
    return start_from(into, StartSource("file", str(file), file), file, classes)


def state(of):
    return {
        name: value.clone(memory_format=torch.contiguous_format) for name, value in of.backbone.state_dict().items()
    }


@pytest.fixture
def weights():
    """The weights of a network of other values, with statistics of BatchNorm that are not those of a new one."""
    other = model(seed=1)
    with torch.no_grad():
        for _ in range(2):
            other(torch.randn(4, 3, 16, 16))
    return state(other)


@pytest.fixture
def source(fitted_logs):
    return find_source("resnet34", fitted_logs, 0, {"residual": True, "depth": 20})


def test_a_run_gives_its_best_checkpoint_bit_for_bit(source, fitted_logs):
    new = model()
    found = start_from(new, source, weights_file(source, 20), CLASSES)
    content = read_checkpoint(Run(fitted_logs / "resnet34" / "version_0").checkpoints["best"])
    for name, value in new.state_dict().items():
        assert torch.equal(content["state_dict"][name], value), name
    status = source.run.status()
    assert found == {
        "kind": "run",
        "source": "resnet34",
        "file": str((source.run.path / "checkpoints" / "best.ckpt").absolute()),
        "weights_sha256": checksum({name: new.backbone.state_dict()[name] for name in sorted(state(new))}),
        "taken": ["conv1", "bn1", "layer1", "layer2", "layer3", "fc"],
        "new": [],
        "run": "resnet34/version_0",
        "checkpoint": "best",
        "epoch": 1,
        "seed": 0,
        "root": status.root,
        "fingerprint": status.fingerprint,
        "settings_sha256": training_settings(source.run),
    }
    assert start_line(found).endswith("every layer is taken, also the head fc")
    assert start_line(found).startswith("weights resnet34/version_0, best checkpoint of epoch 1 (SHA-256 ")


@pytest.mark.parametrize("classes", [["a", "b"], CLASSES[::-1], [*CLASSES, "unknown"]])
def test_the_head_of_other_classes_stays_as_the_seed_draws_it(source, classes):
    new, drawn = model(num_classes=len(classes)), model(num_classes=len(classes))
    found = start_from(new, source, weights_file(source, 20), classes)
    assert (found["new"], "fc" in found["taken"]) == (["fc"], False)
    for name, value in state(drawn).items():
        assert torch.equal(new.backbone.state_dict()[name], value) == (name.startswith("fc.")), name
    assert "the head fc is new" in start_line(found)


def test_a_start_is_repeated_from_its_record(source, tmp_path):
    new = model(num_classes=3)
    found = start_from(new, source, weights_file(source, 20), ["a", "b", "c"])
    recorded = parse_status({"init_from": found}, tmp_path / "status.json").init_from
    again = model(num_classes=3)
    start_again(again, recorded)
    for name, value in state(new).items():
        assert torch.equal(again.backbone.state_dict()[name], value), name
    moved = {**found, "file": str(tmp_path / "gone.ckpt")}
    with pytest.raises(InputError, match="which is gone: put it back"):
        start_again(again, parse_status({"init_from": moved}, tmp_path).init_from)
    other = {**found, "weights_sha256": "0" * 64}
    with pytest.raises(InputError, match="holds other weights now"):
        start_again(again, parse_status({"init_from": other}, tmp_path).init_from)


@pytest.mark.parametrize("kind", ["zip", "before 2020", "safetensors", "lightning"])
def test_every_kind_of_file_gives_the_same_weights(weights, tmp_path, kind):
    file = tmp_path / ("a.safetensors" if kind == "safetensors" else "a.pth")
    if kind == "safetensors":
        save_file(weights, file)
    else:
        named = {f"backbone.{name}": value for name, value in weights.items()} if kind == "lightning" else weights
        torch.save(named, file, _use_new_zipfile_serialization=kind != "before 2020")
    new, drawn = model(), model()
    found = start(new, file)
    assert found["new"] == ["fc"]  # the file names no classes
    assert found["weights_sha256"] == checksum(dict(sorted(weights.items())))
    for name, value in state(new).items():
        assert torch.equal(value, (state(drawn) if name.startswith("fc.") else weights)[name]), name
    assert new.backbone.conv1.weight.is_contiguous(memory_format=torch.channels_last)


def test_an_export_brings_its_classes_and_its_network(weights, tmp_path):
    file = tmp_path / "model.safetensors"
    architecture = {"depth": 20, "residual": True, "shortcut": "A", "num_classes": 2}
    described = {"format": 1, "classes": CLASSES, "architecture": architecture}
    save_file(weights, file, metadata={"resnet_lab": json.dumps(described)})
    assert start(model(), file)["new"] == []
    assert start(model(), file, ["x", "y"])["new"] == ["fc"]
    with pytest.raises(InputError, match=r"model\.residual is true there and false here"):
        start(model(residual=False), file)
    save_file(weights, file, metadata={"resnet_lab": "[1"})
    with pytest.raises(InputError, match="description that cannot be used"):
        start(model(), file)


def test_older_files_do_not_count_batches(weights, tmp_path):
    torch.save({name: w for name, w in weights.items() if "num_batches" not in name}, tmp_path / "a.pth")
    new = model()
    start(new, tmp_path / "a.pth")
    assert torch.equal(new.backbone.bn1.running_mean, weights["bn1.running_mean"])
    assert new.backbone.bn1.num_batches_tracked == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda w: {"teacher." + name: value for name, value in w.items()}, "it lacks conv1.weight"),
        (lambda w: {**w, "layer4.0.conv1.weight": w["conv1.weight"]}, "it has layer4.0.conv1.weight, which this"),
        (lambda w: {**w, "conv1.weight": w["conv1.weight"][:8]}, r"conv1.weight is \(8, 3, 3, 3\) there and \(16, 3,"),
        (lambda w: {**w, "bn1.bias": w["bn1.bias"] / 0}, "values in bn1.bias that are no numbers"),
        (lambda w: {"epoch": 3, **w}, "holds no weights by name"),
        (lambda w: [w], "it holds a list"),
        (lambda w: {}, "holds no weights by name"),
    ],
)
def test_a_file_with_other_content_is_refused_and_changes_nothing(weights, tmp_path, change, said):
    torch.save(change(weights), tmp_path / "a.pth")
    new = model()
    before = state(new)
    with pytest.raises(InputError, match=said):
        start(new, tmp_path / "a.pth")
    assert all(torch.equal(value, before[name]) for name, value in state(new).items())
    assert new.needs_start


def test_projections_are_named_as_the_difference(tmp_path):
    torch.save(state(model(shortcut="B")), tmp_path / "b.pth")
    with pytest.raises(InputError, match=r"it has layer2.0.downsample.0.weight.*are of shortcut B and C"):
        start(model(shortcut="A"), tmp_path / "b.pth")
    torch.save(state(model(shortcut="A")), tmp_path / "a.pth")
    with pytest.raises(InputError, match=r"it lacks layer2.0.downsample.0.weight.*are of shortcut B and C"):
        start(model(shortcut="B"), tmp_path / "a.pth")


@pytest.mark.parametrize("name", ["a.pth", "a.ckpt", "a.safetensors"])
def test_a_damaged_file_is_refused(weights, tmp_path, name):
    file = tmp_path / name
    torch.save(weights, file)
    file.write_bytes(file.read_bytes()[:-200] if name != "a.pth" else b"garbage")
    with pytest.raises(InputError, match=f"{name} (cannot be read|is not)"):
        start(model(), file)


def test_a_file_that_runs_code_is_refused(tmp_path):
    torch.save({"conv1.weight": model}, tmp_path / "a.pth")
    with pytest.raises(InputError, match="is not loaded: it refers to"):
        start(model(), tmp_path / "a.pth")


def test_a_checkpoint_of_the_other_arm_is_refused_outside_its_run_too(fitted_logs, tmp_path):
    """Plain and residual nets with shortcut A have equal names and shapes."""
    copy = tmp_path / "copy.ckpt"
    copy.write_bytes((fitted_logs / "plain34" / "version_0" / "checkpoints" / "best.ckpt").read_bytes())
    with pytest.raises(InputError, match=r"model\.residual is false there and true here"):
        start(model(), copy)
    assert start(model(residual=False), copy)["new"] == []  # a checkpoint names its classes


@pytest.fixture
def keep_remotely(tmp_path, monkeypatch):
    """Return what puts a file where torchvision's weights are fetched; it returns its place and that of the copy."""

    def keep(made):
        monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
        digest = hashlib.sha256(made.read_bytes()).hexdigest()
        remote = made.rename(tmp_path / f"resnet34-{digest[:8]}.pth")
        monkeypatch.setattr(start_weights, "_torchvision_url", lambda depth: remote.as_uri())
        return remote, tmp_path / "hub" / "checkpoints" / remote.name

    return keep


@pytest.fixture
def remote_and_copy(keep_remotely, tmp_path):
    (tmp_path / "made.pth").write_bytes(b"any content")
    return keep_remotely(tmp_path / "made.pth")


def test_torchvision_weights_give_torchvision_logits(keep_remotely, tmp_path):
    """Random weights stand for torchvision's trained ones: no test needs a network."""
    torch.manual_seed(2)
    net = torchvision.models.resnet34(num_classes=1000)
    net.train()(torch.randn(2, 3, 32, 32))
    net.eval()
    torch.save(net.state_dict(), tmp_path / "made.pth")
    remote, copy = keep_remotely(tmp_path / "made.pth")
    source = StartSource("torchvision", "torchvision")
    new = model(depth=34, shortcut="B", num_classes=1000)
    file = weights_file(source, 34)
    assert file == copy
    assert start_from(new, source, file, [f"class {k}" for k in range(1000)])["new"] == ["fc"]
    remote.unlink()
    assert weights_file(source, 34) == copy  # is downloaded once
    new.backbone.fc.load_state_dict(net.fc.state_dict())
    images = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        own = new.backbone.eval().to(memory_format=torch.contiguous_format)(images)
        torch.testing.assert_close(own, net(images), rtol=0, atol=0)


def test_a_download_that_fails_says_what_to_fetch_and_where_to_put_it(remote_and_copy):
    remote, kept = remote_and_copy
    remote.rename(remote.with_name("elsewhere.pth"))
    with pytest.raises(InputError) as error:
        weights_file(StartSource("torchvision", "torchvision"), 34)
    said = str(error.value)
    assert said.startswith("torchvision's weights cannot be downloaded (")
    assert said.endswith(f": fetch {remote.as_uri()} and put it at {kept}.")
    assert list(kept.parent.iterdir()) == []


def test_a_server_that_does_not_answer_is_given_up(remote_and_copy, monkeypatch):
    asked = {}

    def silent(*_arguments, **_options):
        asked["timeout"] = socket.getdefaulttimeout()
        raise TimeoutError("timed out")

    before = socket.getdefaulttimeout()
    monkeypatch.setattr(torch.hub, "urlopen", silent)
    with pytest.raises(InputError, match=r"cannot be downloaded \(timed out\): fetch"):
        weights_file(StartSource("torchvision", "torchvision"), 34)
    assert asked["timeout"] <= 10
    assert socket.getdefaulttimeout() == before


def test_a_download_that_was_cut_is_noticed(remote_and_copy):
    _, kept = remote_and_copy
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"half")
    with pytest.raises(InputError, match=r"is damaged.*: remove it, fetch file:"):
        weights_file(StartSource("torchvision", "torchvision"), 34)


@pytest.mark.parametrize("depth", [18, 34, 50, 101, 152])
def test_the_weights_of_torchvision_are_of_one_recipe(depth):
    url = start_weights._torchvision_url(depth)
    assert url.startswith(f"https://download.pytorch.org/models/resnet{depth}-")
    assert url == torchvision.models.get_weight(f"ResNet{depth}_Weights.IMAGENET1K_V1").url


def test_a_fit_in_python_does_not_pass_over_the_weights(train):
    with pytest.raises(InputError, match="call start_from before the fit"):
        train([], model())
    begun = model()
    begun.needs_start = False
    train([], begun, max_epochs=1)
