"""The loop of a launcher: a study run to its end, and told."""

import pytest

from resnet_lab.study.folder import StudyFolder
from resnet_lab.study.places.local import LocalPlaces
from resnet_lab.study.planned_study import PlannedStudy
from resnet_lab.study.run_rows import initial_rows
from resnet_lab.study.run_study import run_study


@pytest.mark.parametrize(("fails", "code"), [("", 0), ("resnet34:0", 1)])
def test_a_study_is_run_to_its_end_and_told(plan, residual, fake, calls, tmp_path, monkeypatch, capsys, fails, code):
    monkeypatch.setenv("FAKE_FAILS", fails)
    folder = StudyFolder(tmp_path / "logs", "s")
    rows = initial_rows(plan[:2], folder.logs)
    study = PlannedStudy(residual, tmp_path / "s.yaml", {}, rows, folder, fake, threads=1, by_seed={}, jobs=None)
    assert run_study(study, LocalPlaces()) == code
    assert calls()[:2] == ["fit plain34:0", "test plain34:0"]
    out = capsys.readouterr().out
    assert f"study   {2 - code} of 2 finished{', 1 failed' if code else ''}\n" in out
    assert ("failed  resnet34 seed 0: fit ended with exit code 1." in out) == bool(code)
