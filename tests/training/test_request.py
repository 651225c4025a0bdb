"""Name, seed and folder of the runs are settled before anything is made."""

from pathlib import Path

import pytest
from jsonargparse import Namespace

from resnet_lab.errors import InputError
from resnet_lab.training.request import Request, make_request


def request_for(**changes) -> Request:
    settings = {"name": "plain34", "allocator": "auto", "logs": None, "seed_everything": 7, "ckpt_path": None}
    trainer, data = Namespace(default_root_dir=None), Namespace(seed=7)
    groups = {"trainer": trainer, "data": data, "model": Namespace(residual=False, depth=34)}
    return make_request(["test"], Namespace(**{**settings, **groups, **changes}), {"name": "plain34"})


def test_a_seed_that_is_given_is_the_datas_too():
    request = request_for(seed_everything=3)
    assert not request.seed_is_drawn
    assert request.settings.seed_everything == request.settings.data.seed == 3


def test_a_seed_left_to_chance_is_drawn_anew_each_time():
    requests = [request_for(seed_everything=True) for _ in range(3)]
    assert all(request.seed_is_drawn for request in requests)
    assert len({request.settings.seed_everything for request in requests}) == 3
    for request in requests:
        assert request.settings.data.seed == request.settings.seed_everything


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"seed_everything": False}, "seed_everything is false, but the arms share weights and batches by seed"),
        ({"seed_everything": -1}, "seed_everything is -1; it must lie between 0 and 4294967295"),
        ({"seed_everything": 2**32}, "seed_everything is 4294967296; it must lie between"),
        ({"name": "../plain34"}, "name '../plain34' cannot name a run folder"),
    ],
)
def test_what_cannot_be_settled_is_refused(changes, text):
    with pytest.raises(InputError, match=text.replace(".", r"\.")):
        request_for(**changes)


def test_the_checkpoint_is_not_lightnings_to_read():
    request = request_for(ckpt_path="last.ckpt")
    assert request.checkpoint == "last.ckpt"
    assert request.settings.ckpt_path is None


@pytest.mark.parametrize(
    ("logs", "root", "expected"),
    [
        (Path("here"), "there", "here"),
        (None, "there", "there/lightning_logs"),
        (None, None, "lightning_logs"),
    ],
)
def test_where_the_runs_are(logs, root, expected):
    assert request_for(logs=logs, trainer=Namespace(default_root_dir=root)).logs == Path(expected)
