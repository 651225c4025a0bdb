"""One bench from options to page: the recipe's network, the data named before anything is timed."""

from argparse import Namespace

import pytest

from resnet_lab.errors import InputError
from resnet_lab.speed.bench_page import bench_page

OPTIONS = {
    "depth": 20,
    "residual": False,
    "image_size": 32,
    "batch_size": 8,
    "workers": 0,
    "precision": "32-true",
    "steps": 1,
    "rounds": 1,
}


@pytest.mark.filterwarnings("default")
def test_the_page_says_what_was_measured(cell_folder):
    said = []
    text, device = bench_page(Namespace(root=str(cell_folder), **OPTIONS), "resnet-lab bench", said.append)
    assert device.type == "cpu"
    assert "\n- network: Plain-20\n" in text
    assert f"\n- data: {cell_folder}, 32 pixels, batch 8\n" in text
    assert "\n- precision: 32-true\n" in text
    assert said[0] == "matrix products"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"root": "/nowhere/at/all"}, "data.root .nowhere.at.all does not exist"),
        ({"depth": 35}, "depth 35 is not known; choose 18, 34"),
    ],
)
def test_what_cannot_be_measured_is_named_first(cell_folder, wrong, message):
    said = []
    with pytest.raises(InputError, match=message):
        bench_page(Namespace(**{"root": str(cell_folder), **OPTIONS, **wrong}), "resnet-lab bench", said.append)
    assert said == []
