"""Files of each format, read by the libraries that others read them with."""

import json
import stat

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from safetensors import safe_open

from resnet_lab.checkpoint.trained_checkpoint import TrainedCheckpoint
from resnet_lab.errors import InputError, RunError
from resnet_lab.export.formats import FORMATS
from resnet_lab.export.network_files import largest_difference, read_network

CPU = torch.device("cpu")
IMAGES = torch.randn(5, 3, 16, 16, generator=torch.Generator().manual_seed(0))
NOISE = torch.randn(7, 3, 4, 4, generator=torch.Generator().manual_seed(0))
every_format = pytest.mark.parametrize("known", FORMATS.values(), ids=lambda known: known.name)


@pytest.fixture(scope="module")
def network(exported_run):
    return TrainedCheckpoint.read(exported_run.checkpoints["best"]).network().backbone.eval()


def test_onnxruntime_gives_the_logits_of_the_network_for_any_number_of_images(exported_run, network):
    path = exported_run.path / "exported" / "model.onnx"
    onnx.checker.check_model(path, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert [item.name for item in (*session.get_inputs(), *session.get_outputs())] == ["images", "logits"]
    for count in (1, 2, 5):
        [found] = session.run(None, {"images": IMAGES[:count].numpy()})
        np.testing.assert_allclose(found, network(IMAGES[:count]).detach().numpy(), atol=1e-5)
    description = json.loads(session.get_modelmeta().custom_metadata_map["resnet_lab"])
    assert description["classes"] == ["defective", "functional"]


def test_torch_gives_the_logits_of_the_network_for_any_number_of_images(exported_run, network):
    extra = {"resnet_lab": ""}
    program = torch.export.load(exported_run.path / "exported" / "model.pt2", extra_files=extra).module()
    for count in (1, 2, 5):
        torch.testing.assert_close(program(IMAGES[:count]), network(IMAGES[:count]), atol=1e-5, rtol=0)
    assert json.loads(extra["resnet_lab"])["image_size"] == 16


def test_safetensors_hold_the_state_of_the_network(exported_run, network):
    with safe_open(exported_run.path / "exported" / "model.safetensors", framework="pt") as file:
        metadata = file.metadata()
        found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    assert metadata["format"] == "pt"
    assert json.loads(metadata["resnet_lab"])["origin"]["run"] == "resnet34/version_0"
    state = network.state_dict()
    assert found.keys() == state.keys()
    assert all(torch.equal(found[name], state[name]) for name in state)


@every_format
def test_it_is_read_back(exported_run, network, known):
    description, logits = read_network(exported_run.path / "exported" / known.file, CPU)
    assert description.network == "ResNet-20"
    with torch.no_grad():
        torch.testing.assert_close(logits(IMAGES), network(IMAGES), atol=1e-5, rtol=0)


@every_format
def test_others_may_read_the_file_and_see_no_path_of_this_machine(exported_run, known):
    path = exported_run.path / "exported" / known.file
    assert path.stat().st_mode & stat.S_IRUSR
    assert path.stat().st_mode == (exported_run.path / "status.json").stat().st_mode
    content = path.read_bytes()
    assert not [word for word in (b"backbone.py", b"site-packages", str(exported_run.path).encode()) if word in content]


@every_format
def test_a_damaged_file_is_named(exported_run, tmp_path, known):
    content = (exported_run.path / "exported" / known.file).read_bytes()
    (tmp_path / known.file).write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=rf"{known.file} cannot be read as {known.name} \("):
        read_network(tmp_path / known.file, CPU)
    with pytest.raises(InputError, match="There is no file"):
        read_network(tmp_path / "no" / known.file, CPU)


def test_another_onnx_file_is_no_export(tmp_path):
    made = onnx.helper.make_graph(
        [onnx.helper.make_node("Identity", ["x"], ["y"])],
        "g",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])],
        [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])],
    )
    opset = [onnx.helper.make_opsetid("", 18)]
    onnx.save(onnx.helper.make_model(made, opset_imports=opset, ir_version=9), tmp_path / "other.onnx")
    with pytest.raises(InputError, match="is no export of resnet-lab: its metadata have no key resnet_lab"):
        read_network(tmp_path / "other.onnx", CPU)


def test_a_device_that_onnxruntime_lacks_is_refused(exported_run):
    with pytest.raises(InputError, match="does not compute on mps: give device='cpu'"):
        read_network(exported_run.path / "exported" / "model.onnx", torch.device("mps"))


def first_values(images):
    return images.flatten(1)[:, :3]


def test_the_largest_difference_is_returned():
    assert largest_difference(first_values, first_values, NOISE) == 0
    changed = largest_difference(first_values, lambda images: first_values(images) + torch.tensor([0, 5e-5, 0]), NOISE)
    assert changed == pytest.approx(5e-5, rel=1e-2)


@pytest.mark.parametrize("size", [1, 3])
def test_a_difference_in_one_kind_of_batch_alone_is_found(size):
    def wrong(images):
        return first_values(images) + (2e-4 if len(images) == size else 0)

    with pytest.raises(RunError, match=f"in a batch of {size}, a logit differs by 0.0002, and 0.0001 is allowed"):
        largest_difference(first_values, wrong, NOISE)


def test_another_class_is_found_however_near_the_logits_are():
    tie = torch.tensor([[1.0, 1.0 + 1e-6]])
    with pytest.raises(RunError, match="gives a photograph another class"):
        largest_difference(lambda _: tie, lambda _: tie.flip(1), NOISE[:1])


@pytest.mark.parametrize("found", [torch.full((1, 3), torch.nan), torch.zeros(1, 4)])
def test_no_number_and_another_shape_are_found(found):
    with pytest.raises(RunError, match="differs by nan"):
        largest_difference(first_values, lambda _: found, NOISE[:1])
