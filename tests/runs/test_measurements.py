"""What was measured inside a net is read as its files have it, and is empty where there are none."""

import csv

import pytest

from resnet_lab.files import write_csv
from resnet_lab.runs.measurements import (
    diagnostic,
    gradient_norms,
    inside_json,
    inspected_apart,
    inspected_sample,
    lesion_sets,
    lesions,
    response_deviations,
)


@pytest.fixture
def run(make_run, inspect, diagnose):
    made = make_run(residual=True)
    inspect(made)
    diagnose(made)
    return made


def rows_of(run, name):
    return list(csv.DictReader((run.path / name).read_text().splitlines()))


def test_a_profile_goes_by_position_and_by_checkpoint(run):
    rows = rows_of(run, "inspect/gradients.csv")
    write_csv(run.path / "inspect" / "gradients.csv", rows[0].keys(), rows[::-1])
    for which in ("initial", "best"):
        expected = [(row["layer"], float(row["norm"])) for row in rows if row["checkpoint"] == which]
        assert list(gradient_norms(run, which).items()) == expected
    assert list(gradient_norms(run, "best"))[:2] == ["conv1", "layer1.0.conv1"]
    assert list(gradient_norms(run, "best"))[-1] == "fc"
    assert "fc" not in response_deviations(run, "best")


def test_a_projection_is_no_layer_of_the_main_path(run):
    rows = rows_of(run, "inspect/gradients.csv")
    before = gradient_norms(run, "best")
    rows.append({"checkpoint": "best", "layer": "layer2.0.downsample.0", "position": "4", "norm": "7.0"})
    write_csv(run.path / "inspect" / "gradients.csv", rows[0].keys(), rows)
    assert gradient_norms(run, "best") == before


def test_lesions_are_gathered_by_how_many_blocks_are_gone(run):
    assert lesions(run) == {
        0: [pytest.approx(0.81)],
        1: pytest.approx([0.71, 0.72]),
        2: pytest.approx([0.61, 0.62]),
        3: pytest.approx([0.51, 0.52]),
    }


def test_nets_are_compared_without_the_same_blocks(run, make_run):
    """A budget cuts each run elsewhere, and a plain net cannot do without a block that changes the shape."""
    rows = rows_of(run, "inspect/lesion.csv")
    cut = make_run(residual=False)
    write_csv(cut.path / "inspect" / "lesion.csv", rows[0].keys(), rows[:-1])
    changing = {**rows[1], "blocks": "layer2.0", "accuracy": "0.1", "shape_changing": "1"}
    write_csv(run.path / "inspect" / "lesion.csv", rows[0].keys(), [*rows, changing])
    assert lesions(run)[1] == pytest.approx([0.71, 0.72])
    sets = lesion_sets([run, cut, make_run(residual=True, seed=7)])
    assert sets == {row["blocks"] for row in rows[:-1]}
    assert lesions(run, sets) == lesions(cut, sets) == lesions(cut)


def test_of_the_training_it_is_the_whole_net_by_step(run):
    rows = [row for row in rows_of(run, "diagnostics.csv") if row["layer"] == "all"]
    assert diagnostic(run, "dead_relus") == {int(row["step"]): float(row["dead_relus"]) for row in rows}
    assert diagnostic(run, "response_std") == {}


def test_everything_is_in_plain_types_and_what_was_not_measured_is_left_out(run, make_run):
    found = inside_json(run)
    assert found.keys() == {"gradients", "responses", "lesions", "gradient_norm", "dead_relus"}
    assert found["gradients"]["initial"] == gradient_norms(run, "initial")
    assert found["lesions"]["3"] == lesions(run)[3]
    assert inspected_sample(run, "lesion")["n"] == 60
    other = make_run(residual=False)
    assert inside_json(other) == inspected_sample(other, "lesion") == {}


def test_nets_are_apart_unless_both_are_known_to_have_seen_the_same_images(make_run, inspect):
    pairs = {seed: (make_run(False, seed), make_run(True, seed)) for seed in range(4)}
    for seed in (0, 1, 2):
        for run, sample in zip(pairs[seed], "ab", strict=True):
            inspect(run, sample=sample if seed == 1 else "a")
    (pairs[2][1].path / "inspect" / "inspect.json").unlink()  # nobody knows
    inspect(pairs[3][0])  # there is nothing to hold it against
    assert inspected_apart(pairs, "gradients") == inspected_apart(pairs, "lesion") == [1, 2]
