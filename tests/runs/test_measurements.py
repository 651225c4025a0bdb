"""Measurements of a run are read as its files have them, and are empty where there is no file."""

import csv

import numpy as np
import pytest
from fixtures.run_folders import write_landscape

from resnet_lab.files import write_csv
from resnet_lab.runs.measurements import (
    attention_maps,
    diagnostic_curve,
    first_step_gradient_norms,
    gradient_norm_profile,
    image_properties,
    inside_json,
    inspected_apart,
    inspected_sample,
    landscape_line,
    landscape_plane,
    response_std_profile,
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
        assert list(gradient_norm_profile(run, which).items()) == expected
    assert list(gradient_norm_profile(run, "best"))[:2] == ["conv1", "layer1.0.conv1"]
    assert list(gradient_norm_profile(run, "best"))[-1] == "fc"
    assert "fc" not in response_std_profile(run, "best")


def test_a_projection_is_no_layer_of_the_main_path(run):
    rows = rows_of(run, "inspect/gradients.csv")
    before = gradient_norm_profile(run, "best")
    rows.append({"checkpoint": "best", "layer": "layer2.0.downsample.0", "position": "4", "norm": "7.0"})
    write_csv(run.path / "inspect" / "gradients.csv", rows[0].keys(), rows)
    assert gradient_norm_profile(run, "best") == before


def test_of_the_training_it_is_the_whole_net_by_step(run):
    rows = [row for row in rows_of(run, "diagnostics.csv") if row["layer"] == "all"]
    assert diagnostic_curve(run, "dead_relus") == {int(row["step"]): float(row["dead_relus"]) for row in rows}
    assert diagnostic_curve(run, "response_std") == {}
    assert diagnostic_curve(run, "of_a_later_version") == {}


def test_everything_is_in_plain_types_and_what_was_not_measured_is_left_out(run, make_run):
    found = inside_json(run)
    assert found.keys() == {"gradients", "responses", "lesions", "gradient_norm", "dead_relus"}
    assert found["gradients"]["initial"] == gradient_norm_profile(run, "initial")
    assert found["lesions"]["3"] == pytest.approx([0.51, 0.52])
    assert inspected_sample(run, "lesion")["n"] == 60
    other = make_run(residual=False)
    assert inside_json(other) == inspected_sample(other, "lesion") == {}


def test_a_landscape_is_read_and_an_overflow_is_absent_or_infinite(make_run):
    run = make_run(residual=True, seed=1)
    assert landscape_line(run, "best") == landscape_plane(run, "best") == {}
    write_landscape(run)
    assert landscape_line(run, "best") == {-100: 2.5, -50: 1.75, 0: 1.5, 50: 1.75, 100: 2.5}
    assert inside_json(run) == {"landscape": {"-100": 2.5, "-50": 1.75, "0": 1.5, "50": 1.75, "100": 2.5}}
    plane = landscape_plane(run, "best")
    assert (plane[1.0, 0.5], plane[1.0, 1.0]) == (2.75, float("inf"))
    assert landscape_line(run, "last") == {}


def test_nets_are_apart_unless_both_are_known_to_have_seen_the_same_images(make_run, inspect):
    pairs = {seed: (make_run(False, seed), make_run(True, seed)) for seed in range(4)}
    for seed in (0, 1, 2):
        for run, sample in zip(pairs[seed], "ab", strict=True):
            inspect(run, sample=sample if seed == 1 else "a")
    (pairs[2][1].path / "inspect" / "inspect.json").unlink()  # nobody knows
    inspect(pairs[3][0])  # there is nothing to hold it against
    assert inspected_apart(pairs, "gradients") == inspected_apart(pairs, "lesion") == [1, 2]


def test_the_gradients_of_the_first_step_are_those_of_the_main_path_in_that_step(make_run):
    run = make_run(residual=True)
    assert first_step_gradient_norms(run) == {}
    head = ("epoch", "step", "layer", "gradient_norm")
    values = [("conv1", 2.0), ("layer2.0.downsample.0", 5.0), ("fc", ""), ("layer1.0.conv1", 3.0), ("all", 9.0)]
    rows = [dict(zip(head, (1, step, *value), strict=True)) for step in (1, 10) for value in values]
    write_csv(run.path / "diagnostics.csv", head, rows)
    assert list(first_step_gradient_norms(run).items()) == [("conv1", 2.0), ("layer1.0.conv1", 3.0)]


def test_maps_of_attention_are_means_over_the_runs_that_have_them(make_run):
    runs = [make_run(True, seed) for seed in range(4)]
    maps = ({"a.png": "ff00 0033", "b.png": "00ff 0000"}, {"a.png": "ffff 0000"}, {"a.png": "ff00ff"})
    for run, by_path in zip(runs, maps, strict=False):  # the last run has none, the one before it other shapes
        rows = [
            {"checkpoint": which, "path": path, "position": 1, "peak": 2.0, "map": digits if which == "best" else "ff"}
            for which in ("last", "best")
            for path, digits in by_path.items()
        ]
        write_csv(run.path / "inspect" / "attention.csv", rows[0].keys(), rows)
    found = attention_maps(runs, "best")
    assert found.keys() == {"a.png", "b.png"}
    np.testing.assert_allclose(found["a.png"], [[1, 0.5], [0, 0.1]])
    np.testing.assert_allclose(found["b.png"], [[0, 1], [0, 0]])
    assert attention_maps(runs[3:], "best") == {}


def test_properties_of_images_are_those_of_all_runs_that_have_them(make_run):
    runs = [make_run(True, seed) for seed in range(3)]
    for run, paths in zip(runs, ("ab", "bc"), strict=False):
        write_csv(run.path / "inspect" / "images.csv", ("path", "width"), [{"path": p, "width": 3} for p in paths])
    assert image_properties(runs) == {p: {"path": p, "width": "3"} for p in "abc"}
    assert image_properties(runs[2:]) == {}
