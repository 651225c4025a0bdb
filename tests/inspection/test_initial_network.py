"""The rebuilt network has the weights that a fit began with, bit for bit."""

import pytest
import torch

from resnet_lab.checkpoint.reading import read_checkpoint
from resnet_lab.cli import main
from resnet_lab.inspection.initial_network import initial_network
from resnet_lab.runs import find_runs


@pytest.mark.parametrize("more", ["--seed_everything 7", "--seed_everything 3 --model.class_weights balanced"])
def test_a_fit_that_learns_nothing_ends_where_it_is_rebuilt(cell_folder, tmp_path, more):
    """At learning rate 0 the weights of the last checkpoint are those of the beginning."""
    arguments = (
        f"fit --config resnet34.yaml --data.root {cell_folder} --model.depth 20 --model.shortcut C --model.lr 0 {more} "
        f"--data.image_size 16 --data.batch_size 14 --data.num_workers 0 --trainer.max_epochs 1 --logs {tmp_path}"
    )
    assert main(arguments.split()) == 0
    [run] = find_runs(tmp_path, "resnet20")
    content = read_checkpoint(run.checkpoints["last"])
    torch.manual_seed(99)
    state = torch.get_rng_state()
    weights = dict(initial_network(content["hyper_parameters"], run.status().seed).named_parameters())
    assert torch.equal(torch.get_rng_state(), state)
    assert len(weights) > 60
    for name, weight in weights.items():
        assert torch.equal(content["state_dict"][f"backbone.{name}"], weight), name


def test_a_fit_from_trained_weights_began_with_them(cell_folder, fitted_logs, tmp_path):
    """At learning rate 0 a fit ends with the weights that it began with: those of its source."""
    [source] = find_runs(fitted_logs, "resnet34")
    arguments = (
        f"fit --config resnet34.yaml --data.root {cell_folder} --model.depth 20 --model.lr 0 --data.image_size 16 "
        f"--data.batch_size 14 --data.num_workers 0 --trainer.max_epochs 1 --model.init_from {source.path} "
        f"--logs {tmp_path} --trainer.logger false"
    )
    assert main(arguments.split()) == 0
    [run] = find_runs(tmp_path, "resnet20")
    contents = [read_checkpoint(one.checkpoints["last"]) for one in (source, run)]
    status = run.status()
    assert status.init_from.run == "resnet34/version_0"
    weights = dict(initial_network(contents[1]["hyper_parameters"], status.seed, status.init_from).named_parameters())
    for name, weight in weights.items():
        for content in contents:
            assert torch.equal(content["state_dict"][f"backbone.{name}"], weight), name
