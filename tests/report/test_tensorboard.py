"""Means and bands as TensorBoard reads them; the written folders are not runs."""

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.custom_scalar.layout_pb2 import Layout

from resnet_lab.comparison.selection import select
from resnet_lab.report.tensorboard import TAGS, write_tensorboard
from resnet_lab.runs import find_runs


def read(folder):
    """Return the scalars by tag and epoch, and the layout, if there is one."""
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0, "tensors": 0}).Reload()
    scalars = {tag: {event.step: event.value for event in events.Scalars(tag)} for tag in events.Tags()["scalars"]}
    tensors = events.Tags()["tensors"]
    layout = events.Tensors("custom_scalars__config__")[0].tensor_proto.string_val[0] if tensors else None
    return scalars, layout


def test_the_mean_of_each_arm_is_a_run_with_a_band(three_seeds, tmp_path):
    write_tensorboard(three_seeds, tmp_path / "comparison" / "id")
    [finding] = three_seeds.findings
    for arm in finding.arms:
        scalars, layout = read(tmp_path / "comparison" / "id" / arm.name)
        for tag in TAGS:
            values = np.array([[row[tag] for row in run.metrics()] for run in arm.runs.values()])
            mean, sd = values.mean(0), values.std(0, ddof=1)
            assert list(scalars[tag]) == [1, 2, 3, 4, 5, 6]
            assert list(scalars[tag].values()) == pytest.approx(mean, rel=1e-6)
            assert list(scalars[f"{tag}/one_sd_below"].values()) == pytest.approx(mean - sd, rel=1e-6)
            assert list(scalars[f"{tag}/one_sd_above"].values()) == pytest.approx(mean + sd, rel=1e-6)
        [category] = Layout.FromString(layout).category
        assert [chart.title for chart in category.chart] == list(TAGS)
        series = category.chart[1].margin.series[0]
        assert (series.value, series.lower, series.upper) == (
            "val/accuracy",
            "val/accuracy/one_sd_below",
            "val/accuracy/one_sd_above",
        )


def test_one_run_is_not_shown_once_more_as_its_mean(one_seed, tmp_path):
    """And the events of an earlier version, which wrote them, go."""
    (tmp_path / "Plain-34").mkdir()
    (tmp_path / "Plain-34" / "events.out.tfevents.1.vm.2.0").touch()
    write_tensorboard(one_seed, tmp_path)
    assert list(tmp_path.rglob("events.*")) == []


def test_each_place_has_a_folder_and_another_comparison_takes_the_place_of_the_first(two_depths, tmp_path):
    for _ in range(2):
        write_tensorboard(two_depths, tmp_path)
    folders = sorted(path.parent.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("events.*"))
    assert folders == ["depth-18/Plain-18", "depth-18/ResNet-18", "depth-34/Plain-34", "depth-34/ResNet-34"]


def test_it_is_never_taken_for_a_run(three_seeds, logs):
    before = [run.path for run in select([str(logs)], logs).runs]
    write_tensorboard(three_seeds, logs / "comparison" / three_seeds.identity)
    assert find_runs(logs, "comparison") == []
    assert find_runs(logs / "comparison", three_seeds.identity) == []
    assert [run.path for run in select([str(logs)], logs).runs] == before


@pytest.mark.parametrize("worst", ["inf", "nan"])
def test_an_epoch_that_diverged_in_one_run_has_no_mean(three_seeds, tmp_path, worst):
    run = three_seeds.findings[0].control.runs[1]
    rows = [line.split(",") for line in run.metrics_path.read_text().splitlines()]
    rows[3][rows[0].index("val/loss")] = worst
    run.metrics_path.write_text("\n".join(map(",".join, rows)) + "\n")
    write_tensorboard(three_seeds, tmp_path)
    scalars, _ = read(tmp_path / "Plain-34")
    assert list(scalars["val/loss"]) == [1, 2, 4, 5, 6]
    assert list(scalars["val/accuracy"]) == [1, 2, 3, 4, 5, 6]
