"""Files of an exported network: ONNX, torch.export and safetensors, written, read as a function, and compared.

No file holds paths of the machine that wrote it: the stack traces that torch records for each operation are removed.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from resnet_lab.errors import InputError, RunError, printable
from resnet_lab.export.description import KEY, NetworkDescription, parse_description
from resnet_lab.export.formats import FORMATS, ExportFormat, check_installed, format_of
from resnet_lab.model.backbone import ResNet

Logits = Callable[[Tensor], Tensor]
"""Maps normalized images, float32 ``(B, 3, S, S)``, to logits, float32 ``(B, K)``, both on the device of the file."""
BATCHES = (1, 3)
"""Numbers of images in a batch with which a file is tried."""
TOLERANCE = 1e-4
"""Largest difference between two logits in float32."""
_CUDA = "CUDAExecutionProvider"


def write_network(network: ResNet, description: NetworkDescription, wanted: ExportFormat, path: Path) -> None:
    """Write a network with its description. The number of images in a batch stays free.

    Args:
        network: The network, in evaluation mode, on the CPU; its weights become contiguous.
        description: Its description.
        wanted: The format.
        path: The file; its folder exists.
    """
    network = network.to(memory_format=torch.contiguous_format)
    if wanted.name == "safetensors":
        from safetensors.torch import save

        # By its name, safetensors (0.8) would write a file that nobody but its owner can read.
        path.write_bytes(save(network.state_dict(), metadata={"format": "pt", KEY: description.as_json()}))
        return
    program = _program(network, description.image_size)
    if wanted.name == "torch-export":
        with path.open("wb") as file:  # by its name, torch would want the ending .pt2
            torch.export.save(program, file, extra_files={KEY: description.as_json()})
        return
    onnx = torch.onnx.export(program, input_names=["images"], output_names=["logits"], verbose=False)
    assert onnx is not None
    for node in onnx.model.graph:
        node.metadata_props.clear()
    onnx.model.metadata_props[KEY] = description.as_json()
    onnx.save(os.fspath(path))


def _program(network: ResNet, image_size: int) -> torch.export.ExportedProgram:
    """Return the operations of a network for any number of images, without the places in the source."""
    images = torch.zeros(2, 3, image_size, image_size)  # with 1, torch would fix the number
    with torch.no_grad():
        program = torch.export.export(network, (images,), dynamic_shapes=({0: torch.export.Dim("batch", min=1)},))
    for node in program.graph.nodes:
        node.meta.pop("stack_trace", None)
    return program


def read_network(
    path: Path, device: torch.device, wanted: ExportFormat | None = None
) -> tuple[NetworkDescription, Logits]:
    """Read the file of an export.

    A torch.export file can run code of its writer when it is read: read only files that you trust.

    Args:
        path: The file.
        device: Device that computes.
        wanted: Its format; that of its ending unless given.

    Raises:
        InputError: There is no such file, it cannot be read, is no export of this package, or lacks a package here.
    """
    wanted = wanted or format_of(path)
    assert wanted is not None, "the caller has looked at the ending"
    if not path.is_file():
        raise InputError(f"There is no file {printable(path)}.")
    check_installed([wanted])
    read = {"onnx": _read_onnx, "torch-export": _read_program, "safetensors": _read_weights}[wanted.name]
    try:
        return read(path, device)
    except (InputError, MemoryError):
        raise
    except Exception as error:  # each library has its own kinds for a damaged file
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{printable(path)} cannot be read as {wanted.name} ({printable(reason)}).") from error


def onnx_devices() -> set[str]:
    """Return the types of device on which the installed onnxruntime computes."""
    check_installed([FORMATS["onnx"]])
    import onnxruntime

    return {"cpu"} | ({"cuda"} if _CUDA in onnxruntime.get_available_providers() else set())


def _read_onnx(path: Path, device: torch.device) -> tuple[NetworkDescription, Logits]:
    import onnxruntime

    providers: list[Any] = ["CPUExecutionProvider"]
    if device.type not in onnx_devices():
        raise InputError(
            f"This onnxruntime does not compute on {device.type}: give device='cpu' (on CUDA: pip install "
            "onnxruntime-gpu)."
        )
    if device.type == "cuda":
        providers.insert(0, (_CUDA, {"device_id": device.index or 0, "use_tf32": 0}))
    session = onnxruntime.InferenceSession(os.fspath(path), providers=providers)
    description = parse_description(session.get_modelmeta().custom_metadata_map.get(KEY), printable(path))

    def logits(images: Tensor) -> Tensor:
        [values] = session.run(None, {"images": images.cpu().numpy()})
        return torch.from_numpy(values)

    return description, logits


def _read_program(path: Path, device: torch.device) -> tuple[NetworkDescription, Logits]:
    from torch.export.passes import move_to_device_pass

    extra = {KEY: ""}
    with path.open("rb") as file:
        program = torch.export.load(file, extra_files=extra)
    description = parse_description(extra[KEY] or None, printable(path))
    if device.type != "cpu":
        program = move_to_device_pass(program, device)
    return description, program.module()


def _read_weights(path: Path, device: torch.device) -> tuple[NetworkDescription, Logits]:
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        description = parse_description((file.metadata() or {}).get(KEY), printable(path))
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dictionary)
    with torch.random.fork_rng(devices=[]):  # the network draws initial weights
        network = ResNet(**description.architecture)
    network.load_state_dict(weights)
    return description, network.eval().to(memory_format=torch.channels_last).to(device)


def largest_difference(network: nn.Module, exported: Logits, images: Tensor, batches: Sequence[int] = BATCHES) -> float:
    """Return the largest difference between the logits of a network and those of its file.

    Args:
        network: The network, float32, in evaluation mode.
        exported: The network of the file.
        images: Normalized photographs, float32 ``(N, 3, S, S)``.
        batches: Numbers of images in a batch; each photograph is tried in a batch of each.

    Raises:
        RunError: A logit differs by more than ``TOLERANCE`` or is no number, or a class differs.
    """
    largest = 0.0
    for size in batches:
        for batch in torch.split(images, size):
            with torch.no_grad():
                expected, found = network(batch), exported(batch)
            difference = float((expected - found).abs().max()) if expected.shape == found.shape else float("nan")
            if not difference <= TOLERANCE:
                raise RunError(
                    f"The file does not compute what the network computes: in a batch of {len(batch)}, a logit "
                    f"differs by {difference:.2g}, and {TOLERANCE:g} is allowed."
                )
            if not torch.equal(expected.argmax(dim=1), found.argmax(dim=1)):
                raise RunError(
                    f"The file does not compute what the network computes: in a batch of {len(batch)}, it gives a "
                    "photograph another class."
                )
            largest = max(largest, difference)
    return largest
