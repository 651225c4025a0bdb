"""Lines of Python that use an exported file without resnet-lab, as the model card shows them."""

from resnet_lab.config.ranges import BOTTLENECK_DEPTHS, IMAGENET_DEPTHS
from resnet_lab.export.description import KEY, NetworkDescription
from resnet_lab.export.formats import ExportFormat

_ONNX = """\
import json

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

session = onnxruntime.InferenceSession("{file}", providers=["CPUExecutionProvider"])
info = json.loads(session.get_modelmeta().custom_metadata_map["{key}"])
image = ImageOps.exif_transpose(Image.open("photo.jpg")).convert("RGB")
size = [int(info["short_side"] * length / min(image.size)) for length in image.size]
left, top = [round((length - info["image_size"]) / 2) for length in size]
box = (left, top, left + info["image_size"], top + info["image_size"])
pixels = np.asarray(image.resize(size, Image.Resampling.BILINEAR).crop(box)) / 255
pixels = ((pixels - info["mean"]) / info["std"]).transpose(2, 0, 1)[None].astype(np.float32)
logits = session.run(None, {{"images": pixels}})[0][0]
probabilities = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
print(info["classes"][probabilities.argmax()], probabilities.max())
"""

_WITH_TORCH = """\
image = ImageOps.exif_transpose(Image.open("photo.jpg")).convert("RGB")
transform = v2.Compose([
    v2.PILToTensor(),
    v2.Resize([info["short_side"]], antialias=True),
    v2.CenterCrop(info["image_size"]),
    v2.ToDtype(torch.float32, scale=True),
    v2.Normalize(info["mean"], info["std"]),
])
with torch.inference_mode():
    probabilities = net(transform(image)[None]).softmax(dim=1)[0]
print(info["classes"][int(probabilities.argmax())], float(probabilities.max()))
"""

_PROGRAM = (
    """\
import json

import torch
from PIL import Image, ImageOps
from torchvision.transforms import v2

extra = {{"{key}": ""}}
net = torch.export.load("{file}", extra_files=extra).module()
info = json.loads(extra["{key}"])
"""
    + _WITH_TORCH
)

_WEIGHTS = (
    """\
import json

import torch
import torchvision
from PIL import Image, ImageOps
from safetensors import safe_open
from torchvision.transforms import v2

with safe_open("{file}", framework="pt") as file:
    info = json.loads(file.metadata()["{key}"])
    weights = {{name: file.get_tensor(name) for name in file.keys()}}
net = torchvision.models.resnet{depth}(num_classes=len(info["classes"]))
{shortcut}net.load_state_dict(weights)
net.eval()
"""
    + _WITH_TORCH
)

_PLAIN = """

class NoShortcut(torch.nn.Module):  # the plain net: each block adds nothing to its layers
    def forward(self, x):
        return 0


for block in net.modules():
    if hasattr(block, "downsample"):
        block.downsample = NoShortcut()
"""
_ZERO_PADDING = """

class ZeroPadding(torch.nn.Module):  # shortcut A: every second pixel, and zeros for the new channels
    def __init__(self, projection):
        super().__init__()
        self.stride, self.channels = projection.stride[0], projection.out_channels

    def forward(self, x):
        x = x[:, :, :: self.stride, :: self.stride]
        return torch.nn.functional.pad(x, (0, 0, 0, 0, 0, self.channels - x.shape[1]))


for block in net.modules():
    if getattr(block, "downsample", None) is not None:
        block.downsample = ZeroPadding(block.downsample[0])
"""
_PROJECTIONS = """\
for block in net.modules():  # shortcut C: a projection in every block
    if hasattr(block, "downsample") and block.downsample is None:
        channels = block.{last}.out_channels
        projection = torch.nn.Conv2d(channels, channels, 1, bias=False)
        block.downsample = torch.nn.Sequential(projection, torch.nn.BatchNorm2d(channels))
"""


def is_torchvisions(description: NetworkDescription) -> bool:
    """Return whether the weights load into torchvision's network of the same depth, and into timm's, as it is."""
    return _shortcut_lines(description) == ""


def usage(description: NetworkDescription, exported: ExportFormat, file: str | None = None) -> str | None:
    """Return lines that classify ``photo.jpg`` with a file; None if torchvision cannot build the network.

    Args:
        description: The description in the file.
        exported: Format of the file.
        file: Name of the file; that of the format unless given.
    """
    values = {"file": file or exported.file, "key": KEY}
    if exported.name == "onnx":
        return _ONNX.format(**values)
    if exported.name == "torch-export":
        return _PROGRAM.format(**values)
    shortcut = _shortcut_lines(description)
    if shortcut is None:
        return None
    return _WEIGHTS.format(**values, depth=description.architecture["depth"], shortcut=shortcut)


def _shortcut_lines(description: NetworkDescription) -> str | None:
    """Return lines that turn torchvision's network into the one described; None if no such lines exist."""
    built = {"shortcut_weight": 1, "shortcut_gradient": "both", "shortcut_span": 2, **description.architecture}
    if built["depth"] not in IMAGENET_DEPTHS:
        return None
    # The shortcut of straight_through has the value 0: what it computes is the plain net.
    if not built["residual"] or not built["shortcut_weight"] or built["shortcut_gradient"] == "straight_through":
        return _PLAIN if built["shortcut_span"] == 2 else None
    if built["shortcut_weight"] != 1 or built["shortcut_span"] != 2:
        return None
    last = "conv3" if built["depth"] in BOTTLENECK_DEPTHS else "conv2"
    return {"A": _ZERO_PADDING, "B": "", "C": _PROJECTIONS.format(last=last)}[built["shortcut"]]
