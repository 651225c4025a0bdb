"""Landscapes: filter norms, twins' equal draws, and losses against weights that are moved by hand."""

import copy

import pytest
import torch
import torch.nn.functional as F

from resnet_lab.inspection.landscape import (
    LANDSCAPE,
    PLANE,
    coarse_to_fine,
    loss_and_accuracy,
    random_direction,
)
from resnet_lab.inspection.measurement import InspectionOptions, MeasurementInput
from resnet_lab.inspection.time_budget import TimeBudget


def filters(weight):
    return weight.detach().flatten(1)


def test_every_filter_of_a_direction_has_the_norm_of_the_filter_of_the_weight(network):
    net = network(True, shortcut="B")
    direction = random_direction(net, seed=0, run_seed=0, axis=0)
    weights = {name: weight for name, weight in net.named_parameters() if weight.dim() > 1}
    assert direction.keys() == weights.keys()
    assert {"conv1.weight", "layer2.0.downsample.0.weight", "fc.weight"} <= direction.keys()
    for name, weight in weights.items():
        torch.testing.assert_close(filters(direction[name]).norm(dim=1), filters(weight).norm(dim=1))


def test_biases_and_batchnorm_do_not_move(network):
    direction = random_direction(network(False), seed=0, run_seed=0, axis=0)
    assert not [name for name in direction if "bn" in name or "bias" in name]


def test_a_filter_of_zeros_does_not_move(network):
    net = network(False)
    with torch.no_grad():
        net.conv1.weight[3] = 0
    along = random_direction(net, seed=0, run_seed=0, axis=0)["conv1.weight"]
    assert not along[3].any()
    assert along[2].any()


def test_twins_share_the_draw_and_seeds_and_axes_do_not(network):
    """Cosines of filters, since each network scales the draw to its own filters."""
    plain, residual = network(False), network(True, shortcut="B")
    with torch.no_grad():
        for weight in residual.parameters():
            weight.mul_(3)

    def cosine(first, second):
        return float(F.cosine_similarity(filters(first), filters(second)).mean())

    mine = random_direction(plain, seed=0, run_seed=4, axis=0)
    twin = random_direction(residual, seed=0, run_seed=4, axis=0)
    assert mine.keys() < twin.keys()
    for name, along in mine.items():
        assert cosine(along, twin[name]) == pytest.approx(1, abs=1e-5)
    assert cosine(mine["layer1.0.conv1.weight"], mine["layer1.0.conv2.weight"]) == pytest.approx(0, abs=0.1)
    for other in ({"seed": 1}, {"run_seed": 5}, {"axis": 1}):
        elsewhere = random_direction(plain, **{"seed": 0, "run_seed": 4, "axis": 0} | other)
        assert cosine(mine["layer3.0.conv2.weight"], elsewhere["layer3.0.conv2.weight"]) == pytest.approx(0, abs=0.1)


@torch.no_grad()
def test_the_loss_is_that_of_weights_moved_by_hand(network, batches):
    net = network(True)
    directions = [random_direction(net, seed=0, run_seed=0, axis=axis) for axis in (0, 1)]
    before = {name: value.clone() for name, value in net.state_dict().items()}
    images, labels = (torch.cat(parts) for parts in zip(*batches, strict=True))
    for point in ((0.0, 0.0), (0.3, -0.2)):
        loss, accuracy = loss_and_accuracy(net, zip(point, directions, strict=True), batches)
        moved = copy.deepcopy(net)
        for name, weight in moved.named_parameters():
            for length, direction in zip(point, directions, strict=True):
                weight += length * direction.get(name, 0)
        logits = moved(images)
        assert loss == pytest.approx(float(F.cross_entropy(logits, labels)), rel=1e-4)
        assert accuracy == float((logits.argmax(dim=1) == labels).double().mean())
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_the_center_is_the_network_itself_bit_for_bit(network, batches):
    net = network(False)
    direction = random_direction(net, seed=0, run_seed=0, axis=0)
    assert loss_and_accuracy(net, [(0.0, direction)], batches) == loss_and_accuracy(net, [], batches)


def test_a_linear_network_has_its_closed_form():
    """One layer without bias and one image: the logits along the direction are straight lines."""
    net = torch.nn.Linear(4, 3, bias=False)
    image, label = torch.randn(1, 4), torch.tensor([1])
    direction = random_direction(net, seed=0, run_seed=0, axis=0)
    for x in (-1.0, 0.4):
        loss, _ = loss_and_accuracy(net, [(x, direction)], [(image, label)])
        logits = (net.weight + x * direction["weight"]).detach().double() @ image[0].double()
        assert loss == pytest.approx(float(logits.logsumexp(0) - logits[1]), rel=1e-5)


def test_an_overflow_has_no_loss(network, batches):
    net = network(False)
    direction = random_direction(net, seed=0, run_seed=0, axis=0)
    loss, accuracy = loss_and_accuracy(net, [(1e30, direction)], batches)
    assert loss is None
    assert 0 <= accuracy <= 1


@pytest.mark.parametrize("axes", [1, 2])
def test_points_cover_the_range_from_coarse_to_fine(axes):
    points = coarse_to_fine(axes)
    assert len(set(points)) == len(points) == 21**axes
    assert points[0] == (0.0,) * axes
    corners = points[: 3**axes]
    assert {abs(value) for point in corners for value in point} == {0.0, 1.0}
    assert {round(10 * value) for point in points for value in point} == set(range(-10, 11))


def given_input(network, batches, what, seconds=None):
    nets = {"initial": network(True), "best": network(True)}
    options = InspectionOptions(what, 11, 1, 0, None)
    return MeasurementInput(
        networks=nets,
        checkpoint="best",
        batches=batches,
        training=None,
        options=options,
        budget=TimeBudget(seconds),
        show_progress=lambda steps, name, count: steps,
        run_seed=2,
    )


def test_rows_are_in_order_and_the_center_is_the_evaluation(network, batches):
    rows, cut = LANDSCAPE.measure(given_input(network, batches, ("landscape",)))
    assert cut is None
    assert [row["x"] for row in rows] == [step / 10 for step in range(-10, 11)]
    assert tuple(rows[0]) == LANDSCAPE.columns
    center = next(row for row in rows if row["x"] == 0)
    loss, accuracy = loss_and_accuracy(network(True), [], batches)
    assert (center["loss"], center["accuracy"], center["n"]) == (pytest.approx(loss), pytest.approx(accuracy), 11)
    assert LANDSCAPE.summarize(rows).startswith(
        f"loss {loss:.3g}, accuracy {accuracy:.1%} at the trained weights; loss "
    )


def test_a_budget_leaves_a_coarser_plane_that_says_so(network, batches, monkeypatch):
    rows, cut = PLANE.measure(given_input(network, batches, ("plane", "lesion"), seconds=0))
    assert cut == "1 of 441 points"
    assert [(row["x"], row["y"]) for row in rows] == [(0.0, 0.0)]
    assert tuple(rows[0]) == PLANE.columns
    monkeypatch.setattr("resnet_lab.inspection.landscape.coarse_to_fine", lambda axes: [(0.0, 0.0), (1.0, 0.0)])
    rows, cut = PLANE.measure(given_input(network, batches, ("plane",)))
    assert cut is None
    line = LANDSCAPE  # the first axis of a plane is the line of the run
    monkeypatch.setattr("resnet_lab.inspection.landscape.coarse_to_fine", lambda axes: [(0.0,), (1.0,)])
    assert [row["loss"] for row in rows] == [
        row["loss"] for row in line.measure(given_input(network, batches, ("landscape",)))[0]
    ]


def test_what_overflows_is_counted():
    rows = [{"x": 0.0, "y": 0.0, "loss": 0.5}, {"x": 1.0, "y": 0.0, "loss": None}]
    assert PLANE.summarize(rows) == "loss 0.5 to 0.5 over 2 points; 1 overflow"
    assert PLANE.summarize(rows[1:]) == "1 points, all overflow"
    accuracies = [dict(row, accuracy=0.5) for row in rows]
    assert LANDSCAPE.summarize(accuracies).endswith("; loss an overflow, accuracy 50.0% at 1 filter norms")
