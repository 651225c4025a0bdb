"""The table: one row per sampled step and layer, one point per epoch, and both through a checkpoint."""

import csv
import math

import pytest
import torch

from resnet_lab.checkpoint.content import checksum, overstated
from resnet_lab.diagnostics.callbacks import COLUMNS, diagnostics_callbacks
from resnet_lab.diagnostics.table import DiagnosticsTable, Sample, is_sampled
from resnet_lab.model.backbone import ResNet
from resnet_lab.model.layers import layers


def read(path):
    return list(csv.DictReader(path.read_text().splitlines()))


def sampled(batches, **options):
    return [batch for batch in range(batches) if is_sampled(batch, batches=batches, **options)]


@pytest.mark.parametrize(
    ("batches", "every", "accumulated", "expected"),
    [
        (7, 3, 1, [0, 3, 6]),
        (7, 50, 1, [0]),
        (7, 0, 1, []),
        (7, 1, 3, [2, 5, 6]),  # steps after three batches, six, and what is left over
        (7, 2, 3, [2, 6]),
        (2, 1, 3, [1]),
    ],
)
def test_the_first_step_of_an_epoch_and_every_nth_from_there(batches, every, accumulated, expected):
    assert sampled(batches, every_n_steps=every, batches_per_step=accumulated) == expected


def test_where_nobody_knows_the_end_of_an_epoch_what_is_left_over_is_not_sampled():
    options = {"every_n_steps": 1, "batches_per_step": 3, "batches": math.inf}
    assert [batch for batch in range(7) if is_sampled(batch, **options)] == [2, 5]


@pytest.fixture(scope="module")
def fitted(train, tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "diagnostics.csv"
    table, *others = diagnostics_callbacks(2, path)
    return table, train([table, *others]), read(path)


def test_the_file_has_one_row_per_sampled_step_and_layer_and_one_for_the_network(fitted):
    _, model, rows = fitted
    assert list(rows[0]) == ["epoch", "step", "layer", *COLUMNS]
    names = [*layers(model.backbone), "all"]
    at = [(1, 1), (1, 3), (2, 4), (2, 6)]  # three steps an epoch, every second one sampled
    assert [(int(row["epoch"]), int(row["step"]), row["layer"]) for row in rows] == [(*a, n) for a in at for n in names]
    for row in rows:
        assert all(math.isfinite(float(row[column])) for column in COLUMNS if row[column])
        assert row["layer"] in ("fc", "all") or row["gradient_norm"]
    for column in COLUMNS:
        assert all(row[column] for row in rows if row["layer"] == "all")
        assert any(row[column] for row in rows if row["layer"] == "layer3.2.conv2")


def test_loggers_get_the_mean_of_an_epochs_samples_at_the_epoch(fitted):
    _, model, rows = fitted
    curves = [(step, values) for step, values in model.logged if any(tag.startswith("diagnostics/") for tag in values)]
    assert [step for step, _ in curves] == [1, 2]
    for step, values in curves:
        of_epoch = [row for row in rows if (row["epoch"], row["layer"]) == (str(step), "all")]
        means = {f"diagnostics/{c}": sum(float(row[c]) for row in of_epoch) / 2 for c in COLUMNS}
        assert values == pytest.approx(means, rel=1e-5)


def test_the_first_step_of_the_schedule_moves_the_weights_as_adamw_does(fitted):
    """Bias-corrected, AdamW's first step moves each weight by the learning rate, whatever the gradient."""
    _, _, rows = fitted
    weight = (2 / (64 * 9)) ** 0.5  # kaiming's, fan out
    [row] = [row for row in rows if (row["step"], row["layer"]) == ("1", "layer3.2.conv2")]
    assert float(row["update_ratio"]) == pytest.approx(1e-4 / weight, rel=0.05)  # warm-up: a third of 3e-4


def test_samples_go_through_a_checkpoint_and_are_written_and_logged_again(fitted, train, tmp_path):
    table, _, rows = fitted
    state = table.state_dict()
    assert overstated(state, 10**6) is None
    again = DiagnosticsTable(COLUMNS, 0, tmp_path / "again.csv")
    again.load_state_dict(state)
    assert checksum(again.state_dict()) == checksum(state)
    model = train([again], max_epochs=0)
    assert read(tmp_path / "again.csv") == rows
    logged = [(step, values) for step, values in model.logged]
    assert logged == [(epoch, table.curves(epoch)) for epoch in (1, 2)]


def test_a_state_written_with_other_columns_is_read_by_the_names_of_its_columns(fitted, train, tmp_path):
    """A diagnostic may have been added, removed or moved since the run was started."""
    table, _, rows = fitted
    state = table.state_dict()
    names, values = state["columns"], state["values"]
    old = {
        **state,
        "columns": ["gone", "dead_relus", "gradient_norm"],
        "values": torch.stack(
            [values[..., names.index(c)] for c in ("update_ratio", "dead_relus", "gradient_norm")], -1
        ),
    }
    again = DiagnosticsTable(COLUMNS, 0, tmp_path / "again.csv")
    again.load_state_dict(old)
    train([again], max_epochs=0)
    lacking = dict.fromkeys({*COLUMNS} - {"gradient_norm", "dead_relus"}, "")
    assert read(tmp_path / "again.csv") == [{**row, **lacking} for row in rows]
    assert again.curves(1).keys() == {"diagnostics/gradient_norm", "diagnostics/dead_relus"}


def test_a_state_of_version_0_1_has_four_columns_without_names(fitted, train, tmp_path):
    table, _, rows = fitted
    state = table.state_dict()
    order = [state["columns"].index(c) for c in ("gradient_norm", "update_ratio", "response_std", "dead_relus")]
    again = DiagnosticsTable(COLUMNS, 0, tmp_path / "again.csv")
    again.load_state_dict({"epochs": state["epochs"], "at": state["at"], "values": state["values"][..., order]})
    train([again], max_epochs=0)
    assert read(tmp_path / "again.csv") == rows


def test_a_long_run_stays_far_below_what_a_checkpoint_may_hold():
    table = DiagnosticsTable(COLUMNS, 1)
    table.layers = [*layers(ResNet(110)), "all"]
    empty = torch.zeros(len(table.layers), len(COLUMNS))
    table.samples = [Sample(1, step, empty) for step in range(10_000)]
    assert overstated(table.state_dict(), 10**8) is None
    assert len(table.state_dict()) == 4


def test_without_a_sample_there_is_no_file_and_no_curve(train, tmp_path):
    model = train(diagnostics_callbacks(0, tmp_path / "diagnostics.csv"), max_epochs=1)
    assert not (tmp_path / "diagnostics.csv").exists()
    assert not any("diagnostics/" in tag for _, values in model.logged for tag in values)
    assert DiagnosticsTable(COLUMNS, 0).curves(1) == {}
