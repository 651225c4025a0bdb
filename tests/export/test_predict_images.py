"""A checkpoint describes its network with plain values; what does not fit is refused."""

import pytest
import torch

from resnet_lab import Classifier
from resnet_lab.data.pixels import evaluation_transform, load_resized
from resnet_lab.errors import InputError
from resnet_lab.export import predictor
from resnet_lab.export.predict_images import predict_images
from resnet_lab.export.predictor import load


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
    monkeypatch.setattr(predictor, "default_precision", lambda _: "32-true")  # that of a machine without bfloat16
    return tmp_path / "net.ckpt", content


def test_each_image_gets_a_row_whose_probabilities_add_up(checkpoint, cells):
    path, content = checkpoint
    torch.save(content, path)
    images = cells["functional"][:5]
    predictions = predict_images(load(path, device="cpu"), images, batch_size=2)
    assert not predictions.unreadable
    assert [row["path"] for row in predictions.rows] == [str(image) for image in images]
    for row in predictions.rows:
        values = {name: row[f"probability_{name}"] for name in ("a", "b")}
        assert sum(values.values()) == pytest.approx(1)
        assert values[row["class"]] == max(values.values())


def test_pixels_are_normalized_as_the_checkpoint_says(checkpoint, cells):
    path, content = checkpoint
    torch.save(content, path)
    [image] = cells["functional"][:1]
    [row] = predict_images(load(path, device="cpu"), [image], batch_size=2).rows
    model = Classifier(**content["hyper_parameters"]).eval()
    model.load_state_dict(content["state_dict"])
    pixels = evaluation_transform(32)(load_resized(image, 32)) / 255
    shown = (pixels - 0.5) / torch.tensor([0.1, 0.2, 0.3]).reshape(3, 1, 1)
    with torch.no_grad():
        expected = model(shown[None]).softmax(dim=1)[0, 0].item()
    assert row["probability_a"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("change", [{"depth": 56}, {"_class_path": "os.system"}, {"_instantiator": "os.system"}])
def test_a_network_other_than_described_is_refused(checkpoint, cells, change):
    path, content = checkpoint
    content["hyper_parameters"] |= change
    torch.save(content, path)
    with pytest.raises(InputError, match=r"net\.ckpt does not hold the network that it describes"):
        predict_images(load(path, device="cpu"), cells["functional"][:1], batch_size=2)
