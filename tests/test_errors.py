"""The one error for users."""

import shutil

import pytest

from resnet_lab.data.images import Images
from resnet_lab.data.loader import NormalisingLoader
from resnet_lab.data.pixels import evaluation_transform
from resnet_lab.errors import InputError


@pytest.mark.parametrize("workers", [0, 1])
def test_it_stays_itself_on_its_way_out_of_a_worker(tmp_path, cells, workers):
    shutil.copy(cells["defective"][0], tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"no image")
    images = Images([tmp_path / "a.png", tmp_path / "b.png"], [0, 1], 32, evaluation_transform(32), seed=0)
    with pytest.raises(InputError, match=r"b\.png cannot be decoded"):
        list(NormalisingLoader(images, batch_size=2, num_workers=workers))


def test_it_is_a_value_error():
    assert issubclass(InputError, ValueError)
