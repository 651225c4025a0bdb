"""All diagnostics together: they change no bit of the training, and work in every kind of fit."""

from pathlib import Path

import pytest
import torch

from resnet_lab.diagnostics.callbacks import COLUMNS, DIAGNOSTICS, diagnostics_callbacks


@pytest.mark.parametrize(
    "options",
    [{}, {"precision": "bf16-mixed"}, {"accumulate_grad_batches": 2, "gradient_clip_val": 0.1}],
    ids=["fp32", "bf16", "accumulated and clipped"],
)
def test_no_bit_of_the_training_changes(train, options):
    with_them, without = train(diagnostics_callbacks(1), **options), train([], **options)
    torch.testing.assert_close(with_them.state_dict(), without.state_dict(), rtol=0, atol=0)
    rows = [
        [(step, tag, value) for step, values in model.logged for tag, value in values.items() if "time/" not in tag]
        for model in (with_them, without)
    ]
    assert [row for row in rows[0] if "diagnostics/" not in row[1]] == rows[1]


def test_the_gradient_is_measured_before_it_is_clipped(train):
    tables = [diagnostics_callbacks(1) for _ in range(2)]
    train(tables[0], max_steps=1)
    train(tables[1], max_steps=1, gradient_clip_val=1e-6)
    free, clipped = (dict(zip(COLUMNS, table[0].samples[0].values[-1].tolist(), strict=True)) for table in tables)
    assert clipped["gradient_norm"] == free["gradient_norm"] > 1e-3


def test_without_a_logger_and_in_a_dry_run(train, tmp_path):
    train(diagnostics_callbacks(1, tmp_path / "diagnostics.csv"), logger=False, max_epochs=1)
    assert (tmp_path / "diagnostics.csv").exists()
    train(diagnostics_callbacks(1), fast_dev_run=True)


def test_zero_measures_nothing():
    assert len(diagnostics_callbacks(0)) == 1


def test_each_diagnostic_has_its_row_in_the_documentation():
    page = (Path(__file__).parents[2] / "docs" / "diagnostics.md").read_text(encoding="utf-8").splitlines()
    for one in DIAGNOSTICS:
        assert f"| `{one.column}` | {one.of_layer} | {one.of_network} |" in page


def test_no_two_diagnostics_share_a_column():
    assert len(set(COLUMNS)) == len(DIAGNOSTICS)
