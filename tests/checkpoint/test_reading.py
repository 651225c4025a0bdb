"""A damaged or altered checkpoint is told; nothing of it is used."""

import random
import zipfile

import pytest
import torch

from resnet_lab.checkpoint.reading import read_checkpoint
from resnet_lab.checkpoint.writing import write_checkpoint
from resnet_lab.errors import InputError


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "last.ckpt"
    write_checkpoint({"epoch": 3, "state_dict": {"w": torch.randn(500)}, "rows": [{"epoch": 1, "lr": 0.5}]}, path)
    return path


def test_what_was_written_is_read(path):
    content = read_checkpoint(path, must_have_checksum=True)
    assert (content["epoch"], content["rows"]) == (3, [{"epoch": 1, "lr": 0.5}])


@pytest.mark.parametrize("kept", [0, 1, 100, 0.5, 0.99])
def test_a_truncated_file(path, kept):
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content)) if isinstance(kept, float) else kept])
    with pytest.raises(InputError, match=r"last\.ckpt cannot be read \(.*\): it is truncated or no checkpoint\."):
        read_checkpoint(path)


def test_no_flipped_bit_is_read_as_something_else(path):
    """Each of 300 files with one bit flipped is refused, or says what the whole one says."""
    content, whole = path.read_bytes(), read_checkpoint(path)
    draws = random.Random(0)
    refused = 0
    for _ in range(300):
        position = draws.randrange(len(content))
        path.write_bytes(
            content[:position] + bytes([content[position] ^ 1 << draws.randrange(8)]) + content[position + 1 :]
        )
        try:
            read = read_checkpoint(path, must_have_checksum=True)
        except InputError:
            refused += 1
            continue
        assert torch.equal(read["state_dict"]["w"], whole["state_dict"]["w"])
        assert (read["epoch"], read["rows"]) == (whole["epoch"], whole["rows"])
    assert refused > 150


def test_an_altered_value_is_told(path):
    content = torch.load(path, weights_only=True)
    content["state_dict"]["w"][0] += 1
    torch.save(content, path)
    with pytest.raises(InputError, match=r"last\.ckpt was altered after it was written: its checksum has changed"):
        read_checkpoint(path)


def test_a_state_must_have_a_checksum(tmp_path):
    torch.save({"epoch": 1}, tmp_path / "old.ckpt")
    assert read_checkpoint(tmp_path / "old.ckpt") == {"epoch": 1}
    with pytest.raises(InputError, match=r"old\.ckpt has no checksum, so its run cannot be resumed: train it again"):
        read_checkpoint(tmp_path / "old.ckpt", must_have_checksum=True)


def test_a_storage_that_claims_more_than_the_file(tmp_path):
    """The pickle's own word for the size of a tensor's bytes, replaced by one ten thousand times larger."""
    torch.save({"w": torch.zeros(500)}, tmp_path / "a.ckpt")
    with zipfile.ZipFile(tmp_path / "a.ckpt") as old, zipfile.ZipFile(tmp_path / "b.ckpt", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("data.pkl"):
                small, large = (number.to_bytes(2, "little") for number in (500, 50_000))
                assert content.count(b"M" + small) >= 2  # of the storage, of the shape
                content = content.replace(b"M" + small, b"M" + large)
            new.writestr(name, content)
    with pytest.raises(InputError, match=r"b\.ckpt (cannot be read|is not loaded)"):
        read_checkpoint(tmp_path / "b.ckpt")


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"There is no checkpoint .*none\.ckpt"):
        read_checkpoint(tmp_path / "none.ckpt")
