"""The lines that use a file, against torchvision's and timm's networks, and in a process without resnet-lab."""

import re
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
import timm
import torch
import torchvision
from safetensors.torch import save_file

import resnet_lab
from resnet_lab import ResNet
from resnet_lab.cli import main
from resnet_lab.export.description import NetworkDescription
from resnet_lab.export.formats import FORMATS
from resnet_lab.export.usage import is_torchvisions, usage
from resnet_lab.runs import Run

IMAGES = torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def described(**architecture):
    """A description and a network with running statistics of noise."""
    torch.manual_seed(0)
    architecture = {"depth": 18, "residual": True, "shortcut": "B", "num_classes": 2, **architecture}
    net = ResNet(**architecture)
    with torch.no_grad():
        net(IMAGES)
    pixels = {"image_size": 64, "short_side": 73, "mean": (0.5, 0.4, 0.3), "std": (0.2, 0.3, 0.2)}
    rule = {"background": "white", "value_range": None, "color": "as_stored"}
    return NetworkDescription(
        "net", ("a", "b"), **pixels, decode=rule, architecture=architecture, origin={}
    ), net.eval()


@pytest.mark.parametrize("library", ["torchvision", "timm"])
def test_with_shortcut_b_the_weights_are_those_of_torchvision_and_timm(library):
    description, net = described(depth=34)
    assert is_torchvisions(description)
    make = torchvision.models.resnet34 if library == "torchvision" else timm.models.resnet34
    other = make(num_classes=2)
    other.load_state_dict(net.state_dict())
    torch.testing.assert_close(other.eval()(IMAGES), net(IMAGES), atol=1e-5, rtol=0)


@pytest.mark.parametrize("changes", [{"shortcut": "A"}, {"residual": False}, {"shortcut": "C"}])
def test_other_weights_do_not_load(changes):
    description, net = described(**changes)
    assert not is_torchvisions(description)
    if changes.get("shortcut") != "C":
        with pytest.raises(RuntimeError, match="Missing key"):
            torchvision.models.resnet18(num_classes=2).load_state_dict(net.state_dict())


@pytest.mark.parametrize(
    "architecture",
    [
        {"shortcut": "B"},
        {"shortcut": "A"},
        {"shortcut": "C"},
        {"residual": False},
        {"shortcut": "A", "depth": 50},
        {"shortcut": "C", "depth": 50},
    ],
    ids=str,
)
def test_the_lines_build_the_network_from_torchvisions(architecture, tmp_path, monkeypatch, cells, capsys):
    description, net = described(**architecture)
    monkeypatch.chdir(tmp_path)
    save_file(net.state_dict(), "model.safetensors", {"resnet_lab": description.as_json()})
    shutil.copy(cells["defective"][0], "photo.jpg")
    scope: dict[str, object] = {}
    exec(usage(description, FORMATS["safetensors"]), scope)
    with torch.no_grad():
        torch.testing.assert_close(scope["net"](IMAGES), net(IMAGES), atol=1e-5, rtol=0)
    said, probability = capsys.readouterr().out.split()
    assert said in ("a", "b")
    assert float(probability) >= 0.5


@pytest.mark.parametrize(
    ("gradient", "same"), [("straight_through", {"residual": False}), ("stop_gradient", {"shortcut": "A"})]
)
def test_a_trained_network_does_not_know_how_its_shortcut_passed_gradients(gradient, same):
    """What straight_through computes is the plain net, and what stop_gradient computes the residual one."""
    description, weights = described()[0], FORMATS["safetensors"]
    rung = {**description.architecture, "shortcut": "A", "shortcut_gradient": gradient}
    expected = usage(replace(description, architecture=description.architecture | same), weights)
    assert usage(replace(description, architecture=rung), weights) == expected


@pytest.mark.parametrize(
    "architecture", [{"depth": 20}, {"shortcut": "A", "shortcut_weight": 0.5}, {"shortcut": "A", "shortcut_span": 1}]
)
def test_what_torchvision_cannot_build_has_no_lines(architecture):
    description = replace(described()[0], architecture={"residual": True, "shortcut": "B", "depth": 18, **architecture})
    assert usage(description, FORMATS["safetensors"]) is None
    assert not is_torchvisions(description)


ISOLATED = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "resnet_lab":
            raise ImportError("blocked")

sys.meta_path.insert(0, Blocker())
try:
    import resnet_lab
except ImportError:
    exec(open("lines.py").read())
assert not [name for name in sys.modules if name.partition(".")[0] == "resnet_lab"]
"""


@pytest.mark.slow
@pytest.mark.parametrize(("arm", "formats"), [("resnet34", [*FORMATS]), ("plain34", ["safetensors"])])
def test_a_process_without_resnet_lab_classifies_by_the_lines_of_the_card(arm, formats, cell_folder, tmp_path):
    """Trained in this process, then exported, then used by whoever has only the folder of the export."""
    logs = tmp_path / "logs"
    fit = (
        f"fit --config {arm}.yaml --name net --data.root {cell_folder} --logs {logs} --model.depth 18 "
        "--data.image_size 32 --data.num_workers 0 --trainer.max_epochs 2 --trainer.logger false "
        "--trainer.precision 32-true"
    )
    assert main(fit.split()) == 0
    assert main(f"export net --logs {logs} --format {' '.join(formats)}".split()) == 0
    run = Run(logs / "net" / "version_0")
    folder = tmp_path / "given away"
    shutil.move(run.path / "exported", folder)
    photograph = next((cell_folder / "defective").iterdir())
    shutil.copy(photograph, folder / "photo.jpg")
    expected = resnet_lab.load(run.path, device="cpu").predict(photograph)
    blocks = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    assert len(blocks) == len(formats)
    for lines in blocks:
        (folder / "lines.py").write_text(lines)
        done = subprocess.run(
            [sys.executable, "-I", "-c", ISOLATED], cwd=folder, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stderr
        said, probability = done.stdout.split()
        # Pillow's resize is within one gray level of torchvision's, so the probability differs in its last digits.
        assert said == expected.label
        assert float(probability) == pytest.approx(expected.probability, abs=0.02 if "onnx" in lines else 1e-5)


def test_the_lines_are_few():
    description = described()[0]
    counts = {name: len(usage(description, known).strip().splitlines()) for name, known in FORMATS.items()}
    assert counts["onnx"] <= 18
    assert max(counts.values()) <= 27
