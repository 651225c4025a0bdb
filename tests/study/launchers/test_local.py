"""The local launcher: a study run to its end, with its GPUs dealt."""

from resnet_lab.study.folder import StudyFolder
from resnet_lab.study.launchers import load_launcher
from resnet_lab.study.planned_study import PlannedStudy
from resnet_lab.study.run_rows import initial_rows


def test_runs_at_the_same_time_have_a_gpu_each(plan, residual, fake, calls, tmp_path, monkeypatch):
    seen = tmp_path / "gpus.txt"
    monkeypatch.setenv("FAKE_GPUS", str(seen))
    folder = StudyFolder(tmp_path / "logs", "s")
    rows = initial_rows(plan[:2], folder.logs)
    study = PlannedStudy(residual, tmp_path / "s.yaml", {}, rows, folder, fake, 1, {}, jobs=2, gpus=("GPU-a", "GPU-b"))
    assert load_launcher("local").launch(study) == 0
    assert sorted(seen.read_text().splitlines()) == [
        "fit plain34:0 GPU-a",
        "fit resnet34:0 GPU-b",
        "test plain34:0 GPU-a",
        "test resnet34:0 GPU-b",
    ]
