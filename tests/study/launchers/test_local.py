"""The local launcher: processes of their own, and a study run to its end."""

import os
import sys

import pytest

from resnet_lab.study.folder import StudyFolder
from resnet_lab.study.launchers import load_launcher
from resnet_lab.study.launchers.local import start_process
from resnet_lab.study.planned_study import PlannedStudy
from resnet_lab.study.run_rows import initial_rows


def test_a_process_has_its_threads_and_a_session_of_its_own_and_its_output_is_kept(tmp_path):
    output = tmp_path / "studies" / "run.log"
    code = "import os; print(os.environ['OMP_NUM_THREADS'], os.environ['MKL_NUM_THREADS'], os.getsid(0) == os.getpid())"
    lock = os.open(tmp_path / "lock", os.O_CREAT)
    for threads in ("1", "3"):
        environment = {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}
        assert start_process([sys.executable, "-c", code], output, environment, lock).wait(timeout=300) == 0
    os.close(lock)
    assert output.read_text().splitlines()[2::3] == ["1 1 True", "3 3 True"]
    assert output.read_text().count(f"$ {sys.executable} -c 'import os;") == 2


@pytest.mark.parametrize(("fails", "code"), [("", 0), ("resnet34:0", 1)])
def test_a_study_is_run_to_its_end_and_told(plan, residual, fake, calls, tmp_path, monkeypatch, capsys, fails, code):
    monkeypatch.setenv("FAKE_FAILS", fails)
    folder = StudyFolder(tmp_path / "logs", "s")
    rows = initial_rows(plan[:2], folder.logs)
    study = PlannedStudy(residual, tmp_path / "s.yaml", {}, rows, folder, fake, threads=1, by_seed={}, jobs=None)
    assert load_launcher("local").launch(study) == code
    assert calls()[:2] == ["fit plain34:0", "test plain34:0"]
    out = capsys.readouterr().out
    assert f"study   {2 - code} of 2 finished{', 1 failed' if code else ''}\n" in out
    assert ("failed  resnet34 seed 0: fit ended with exit code 1." in out) == bool(code)
