"""Predictions from Python, against Pillow, scipy, the command, and each other."""

import csv
import io
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.special import softmax

import resnet_lab
from resnet_lab import Classifier
from resnet_lab.checkpoint.trained_checkpoint import TrainedCheckpoint
from resnet_lab.cli import main
from resnet_lab.data.pixels import evaluation_transform, load_resized
from resnet_lab.errors import InputError
from resnet_lab.export import predictor as predictor_module
from resnet_lab.export.formats import FORMATS
from resnet_lab.export.predictor import Predictor, load


@pytest.fixture(scope="module")
def predictor(exported_run):
    return resnet_lab.load(exported_run.path, device="cpu")


@pytest.fixture(scope="module")
def photographs(cells):
    return [*cells["defective"][:3], *cells["functional"][:2]]


def test_probabilities_are_the_softmax_of_the_logits(exported_run, cells):
    photograph = cells["defective"][0]
    trained = TrainedCheckpoint.read(exported_run.checkpoints["best"])
    pixels = evaluation_transform(16)(load_resized(photograph, 16)).numpy() / 255
    image = (pixels - np.reshape([0.485, 0.456, 0.406], (3, 1, 1))) / np.reshape([0.229, 0.224, 0.225], (3, 1, 1))
    with torch.no_grad():
        logits = trained.network().backbone.eval()(torch.tensor(image[None], dtype=torch.float32))
    expected = softmax(logits[0].double().numpy())
    found = resnet_lab.load(exported_run.path / "exported" / "model.safetensors", device="cpu").predict(photograph)
    assert [*found.probabilities] == ["defective", "functional"]
    np.testing.assert_allclose([*found.probabilities.values()], expected, atol=1e-6)
    assert found.label == [*found.probabilities][expected.argmax()]
    assert found.probability == max(found.probabilities.values())


def test_they_are_those_of_the_command(exported_run, predictor, photographs, capsys):
    capsys.readouterr()
    words = ["predict", exported_run.path, "--data.images", *photographs]
    assert main([str(word) for word in words]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    for row, found in zip(rows, predictor.predict(photographs), strict=True):
        assert row["class"] == found.label
        assert float(row["probability_defective"]) == pytest.approx(found.probabilities["defective"], rel=1e-6)


@pytest.mark.parametrize("known", FORMATS.values(), ids=lambda known: known.name)
def test_an_export_answers_as_its_run(exported_run, photographs, known):
    """The run may compute in bfloat16, so the export is held against the checkpoint's network in float32."""
    found = resnet_lab.load(exported_run.path / "exported" / known.file, device="cpu").predict(photographs)
    trained = TrainedCheckpoint.read(exported_run.checkpoints["best"])
    images = torch.stack([evaluation_transform(16)(load_resized(path, 16)) for path in photographs])
    with torch.no_grad():
        expected = trained.network().backbone.eval()(trained.normalization(images)).softmax(dim=1)
    np.testing.assert_allclose([[*one.probabilities.values()] for one in found], expected, atol=1e-5)


def test_a_name_a_folder_and_a_checkpoint_are_one_network(exported_run, photographs, tmp_path):
    logs = exported_run.path.parents[1]
    moved = shutil.copy(exported_run.checkpoints["best"], tmp_path / "net.ckpt")
    loaded = [
        resnet_lab.load("resnet34", logs=logs),
        resnet_lab.load(exported_run.path, checkpoint="best"),
        resnet_lab.load(str(exported_run.checkpoints["best"])),
    ]
    first, *others = [one.predict(photographs) for one in loaded]
    assert all(other == first for other in others)
    assert loaded[0].description.network == "ResNet-20"
    alone = resnet_lab.load(moved)  # its precision is the machine's
    assert alone.description.origin["run"] is None
    assert len(alone.predict(photographs)) == 5


def test_every_form_of_a_photograph_gives_the_same(predictor, photographs):
    image = Image.open(photographs[0])
    array = np.asarray(image.convert("RGB"))
    tensor = torch.from_numpy(array.copy()).permute(2, 0, 1)
    forms = [
        str(photographs[0]),
        image,
        array,
        array[:, :, 0],
        tensor,
        tensor[:1],
        Image.fromarray(array).convert("RGBA"),
    ]
    expected = predictor.predict(photographs[0])
    assert [predictor.predict(form) for form in forms] == [expected] * len(forms)
    for several in (forms, tuple(forms), iter(forms), np.stack([array] * 2), tensor.repeat(2, 1, 1, 1)):
        for one in predictor.predict(several, batch_size=3):
            assert one.label == expected.label
            assert one.probabilities == pytest.approx(dict(expected.probabilities), abs=1e-2)


def test_the_short_side_is_that_of_the_network(predictor, photographs):
    """``data.short_side`` of a run: here the whole photograph is shown in place of its middle."""
    shown = []

    def logits(images):
        shown.append(images)
        return torch.zeros(len(images), 2)

    description = replace(predictor.description, short_side=16)
    Predictor(description, logits, torch.device("cpu")).predict(photographs[0])
    image = Image.open(photographs[0]).convert("RGB").resize((16, 16), Image.Resampling.BILINEAR)
    pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None]
    levels = 255 * torch.tensor(description.std).reshape(3, 1, 1)
    assert ((shown[0] - description.normalization(pixels)) * levels).abs().max() <= 1.01  # one gray level of Pillow's


def test_a_photograph_of_a_phone_is_turned(predictor, photographs):
    turned = Image.open(photographs[0]).convert("RGB").resize((60, 40)).rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    turned.save(file, "PNG", exif=exif)
    stored = Image.open(file)
    upright = Image.open(photographs[0]).convert("RGB").resize((60, 40))
    assert predictor.predict(stored) == predictor.predict(upright)


def test_nothing_and_none_are_told_apart(predictor):
    assert predictor.predict([]) == []


@pytest.mark.parametrize(
    ("photograph", "reason"),
    [
        (np.zeros((4, 4, 3)), "float64 is not clear about its range: give uint8"),
        (torch.zeros(3, 4, 4), "float32 is not clear about its range: give uint8"),
        (np.zeros((4, 4, 2), np.uint8), r"shape \(4, 4, 2\) is no photograph"),
        (np.zeros((0, 4), np.uint8), r"shape \(0, 4\) is no photograph"),
        (torch.zeros(4, 4, 3, dtype=torch.uint8), r"shape \(4, 4, 3\) is no photograph: give \(3, H, W\)"),
        (7, "An object of type int is no photograph"),
        (".", "is a folder: give the image files in it"),
        ("absent.png", r"There is no file absent\.png"),
        (Image.new("LAB", (4, 4)), "has pixel mode LAB"),
    ],
)
def test_what_is_no_photograph_is_named(predictor, photograph, reason):
    with pytest.raises(InputError, match=reason):
        predictor.predict(photograph)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"source": ""}, "The source is empty: give the name of runs"),
        ({"source": None}, "The source is empty: give the name of runs"),
        ({"source": "absent"}, "absent is neither a run folder nor the name of a run"),
        ({"source": "absent.onnx"}, r"There is no file absent\.onnx"),
        ({"source": "absent.ckpt"}, r"There is no checkpoint absent\.ckpt"),
        ({"device": "tpu"}, "device tpu is not known: give one of auto, cpu, gpu, cuda, mps"),
        ({"checkpoint": "newest"}, "checkpoint newest is not known: give best or last"),
    ],
)
def test_what_cannot_be_loaded_is_named(exported_run, options, reason):
    with pytest.raises(InputError, match=reason):
        resnet_lab.load(**{"source": exported_run.path, **options})


def test_a_device_that_is_not_there_is_named(exported_run, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="device cuda is not there on this machine"):
        resnet_lab.load(exported_run.path, device=torch.device("cuda"))


def test_loading_draws_nothing_from_the_generator_of_the_user(exported_run):
    state = torch.get_rng_state()
    resnet_lab.load(exported_run.path)
    resnet_lab.load(exported_run.path / "exported" / "model.safetensors")
    assert torch.equal(torch.get_rng_state(), state)


def test_a_batch_has_at_least_one(predictor):
    with pytest.raises(InputError, match="batch_size is 0"):
        predictor.predict([], batch_size=0)


@pytest.fixture
def checkpoint(tmp_path, monkeypatch):
    torch.manual_seed(0)
    model = Classifier(2, lr=1e-3, weight_decay=0, label_smoothing=0, warmup_epochs=0, depth=20)
    content = {
        "hyper_parameters": dict(model.hparams),
        "ImageFolderDataModule": {
            **{"classes": ["a", "b"], "image_size": 32, "fingerprint": "f00d"},
            **{"mean": [0.5, 0.5, 0.5], "std": [0.1, 0.2, 0.3]},
        },
        "state_dict": model.state_dict(),
    }
    monkeypatch.setattr(
        predictor_module, "default_precision", lambda _: "32-true"
    )  # that of a machine without bfloat16
    return tmp_path / "net.ckpt", content


def test_each_file_has_its_prediction_whatever_the_batch(checkpoint, cells, tmp_path):
    path, content = checkpoint
    torch.save(content, path)
    (broken := tmp_path / "broken.png").write_bytes(b"no image")
    images = [*cells["functional"][:3], broken, *cells["functional"][3:5]]
    net = load(path, device="cpu")
    decoded, unreadable = net.predict_files(images, batch_size=2)
    assert [*unreadable] == [broken]
    assert [one for one, _ in decoded] == [image for image in images if image != broken]
    for image, found in decoded:
        assert sum(found.probabilities.values()) == pytest.approx(1)
        assert found.probabilities == pytest.approx(net.predict(image).probabilities, abs=1e-6)


def test_pixels_are_normalized_as_the_checkpoint_says(checkpoint, cells):
    path, content = checkpoint
    torch.save(content, path)
    [image] = cells["functional"][:1]
    [(_, found)], unreadable = load(path, device="cpu").predict_files([image], batch_size=2)
    assert not unreadable
    model = Classifier(**content["hyper_parameters"]).eval()
    model.load_state_dict(content["state_dict"])
    pixels = evaluation_transform(32)(load_resized(image, 32)) / 255
    shown = (pixels - 0.5) / torch.tensor([0.1, 0.2, 0.3]).reshape(3, 1, 1)
    with torch.no_grad():
        expected = model(shown[None]).softmax(dim=1)[0, 0].item()
    assert found.probabilities["a"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("change", [{"depth": 56}, {"_class_path": "os.system"}, {"_instantiator": "os.system"}])
def test_a_network_other_than_described_is_refused(checkpoint, change):
    path, content = checkpoint
    content["hyper_parameters"] |= change
    torch.save(content, path)
    with pytest.raises(InputError, match=r"net\.ckpt does not hold the network that it describes"):
        load(path, device="cpu")
