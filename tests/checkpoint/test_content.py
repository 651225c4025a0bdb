"""The checksum is of values, not of bytes; and nothing claims more than it holds."""

import hashlib
from collections import OrderedDict

import pytest
import torch

from resnet_lab.checkpoint.content import checksum, overstated

CONTENT = {
    "state_dict": OrderedDict(w=torch.arange(24, dtype=torch.float32).reshape(2, 3, 2, 2), n=torch.tensor(3)),
    "optimizer": [{"lr": 3e-4, "betas": (0.9, 0.999), "fused": True, "foreach": None}],
    "half": torch.tensor([1.5, -2.0], dtype=torch.bfloat16),
}


def test_it_survives_a_file_and_a_layout_in_memory(tmp_path):
    torch.save(CONTENT, tmp_path / "a.ckpt")
    read = torch.load(tmp_path / "a.ckpt", weights_only=True)
    read["state_dict"]["w"] = read["state_dict"]["w"].contiguous(memory_format=torch.channels_last)
    assert checksum(read) == checksum(CONTENT)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c["state_dict"]["w"].reshape(-1)[7].add_(1e-6),
        lambda c: c["state_dict"].update(w=c["state_dict"]["w"].reshape(3, 2, 2, 2)),
        lambda c: c["state_dict"].update(n=torch.tensor(3.0)),
        lambda c: c["optimizer"][0].update(lr=3.0000001e-4),
        lambda c: c["optimizer"][0].update(fused=1),
        lambda c: c["optimizer"].append({}),
        lambda c: c.update(more=None),
        lambda c: c.update(half=c.pop("half"), optimizer=c.pop("optimizer")),
    ],
)
def test_any_change_of_a_value_shows(change):
    content = {
        "state_dict": OrderedDict({key: value.clone() for key, value in CONTENT["state_dict"].items()}),
        "optimizer": [dict(CONTENT["optimizer"][0])],
        "half": CONTENT["half"].clone(),
    }
    assert checksum(content) == checksum(CONTENT)
    change(content)
    assert checksum(content) != checksum(CONTENT)


def test_it_is_the_sha256_of_the_bytes_of_a_tensor():
    values = torch.tensor([1.0, 2.0])
    expected = hashlib.sha256(b"dict;int1;" + b"str'a';" + b"torch.float32(2,)" + values.numpy().tobytes())
    assert checksum({"a": values}) == expected.hexdigest()


def test_ordinary_content_is_not_overstated():
    assert overstated(CONTENT, limit=1000) is None
    assert overstated({"a": (w := torch.zeros(100)), "b": w, "c": w[:50]}, limit=400) is None  # one storage


def nested(depth):
    content = []
    for _ in range(depth):
        content = [content, content]
    return content


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"w": torch.zeros(1).expand(10**12)}, "it claims a tensor of shape (1000000000000,), which its bytes cannot"),
        ({"w": torch.zeros(1000)}, "it claims a tensor of shape (1000,), which its bytes cannot hold"),
        ({"w": torch.zeros(2, 2).to_sparse()}, "it holds a tensor of layout torch.sparse_coo on cpu"),
        ({"w": torch.zeros(2, device="meta")}, "it holds a tensor of layout torch.strided on meta"),
        (nested(60), "it claims more than 1,000,000 values"),
    ],
)
def test_more_is_claimed_than_held(content, text):
    assert overstated(content, limit=1000).startswith(text)
