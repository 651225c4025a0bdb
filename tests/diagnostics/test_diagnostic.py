"""A new diagnostic is one class, and its state from step to step survives a resumed fit."""

import csv
import math

import lightning.pytorch as pl

from resnet_lab.diagnostics.diagnostic import Diagnostic
from resnet_lab.diagnostics.table import DiagnosticsTable


class WeightMovement(Diagnostic):
    """Distance of the weights of the first layer from those at the sampled step before."""

    column = "moved"

    def __init__(self, table):
        super().__init__(table)
        self.before = None

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        if self.sampling:
            weights = pl_module.backbone.conv1.weight.detach().clone()
            if self.before is not None:
                self.record({"conv1": float((weights - self.before).norm()), "all": float(trainer.global_step)})
            self.before = weights

    def state_dict(self):
        return {} if self.before is None else {"before": self.before}

    def load_state_dict(self, state_dict):
        self.before = state_dict["before"]


class SaveAfter(pl.Callback):
    """Save a checkpoint at the end of an epoch."""

    def __init__(self, path):
        self.path = path

    def on_train_epoch_end(self, trainer, pl_module):
        if trainer.current_epoch == 0:
            trainer.save_checkpoint(self.path)


def fit(train, folder, *more, **options):
    table = DiagnosticsTable([WeightMovement.column], 1, folder / "diagnostics.csv")
    model = train([table, WeightMovement(table), *more], **options)
    return list(csv.DictReader((folder / "diagnostics.csv").read_text().splitlines())), model


def test_a_diagnostic_fills_its_own_column_of_file_and_loggers(train, tmp_path):
    rows, model = fit(train, tmp_path)
    assert list(rows[0]) == ["epoch", "step", "layer", "moved"]
    measured = {(int(row["step"]), row["layer"]) for row in rows if row["moved"]}
    assert measured == {(step, layer) for step in range(2, 7) for layer in ("conv1", "all")}  # others stay empty
    curves = [values["diagnostics/moved"] for _, values in model.logged if "diagnostics/moved" in values]
    assert curves == [2.5, 5.0]  # the means of steps 2 and 3, and of 4 to 6


def test_state_between_steps_passes_through_a_checkpoint(train, tmp_path):
    whole, _ = fit(train, tmp_path, SaveAfter(tmp_path / "saved.ckpt"))
    (tmp_path / "resumed").mkdir()
    resumed, _ = fit(train, tmp_path / "resumed", ckpt_path=tmp_path / "saved.ckpt")
    assert resumed == whole
    [first] = [row for row in resumed if (row["step"], row["layer"]) == ("4", "conv1")]
    assert math.isfinite(float(first["moved"]))


def test_a_run_that_was_started_before_the_diagnostic_existed_is_resumed(train, tmp_path):
    whole, _ = fit(train, tmp_path)
    train([DiagnosticsTable([], 1), SaveAfter(tmp_path / "saved.ckpt")])
    (tmp_path / "resumed").mkdir()
    resumed, _ = fit(train, tmp_path / "resumed", ckpt_path=tmp_path / "saved.ckpt")
    assert [row["step"] for row in resumed] == [row["step"] for row in whole]
    assert {row["step"] for row in resumed if row["moved"]} == {"5", "6"}
    assert [row for row in resumed if row["step"] == "6"] == [row for row in whole if row["step"] == "6"]
