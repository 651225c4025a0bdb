"""Places without a GPU: processes of their own, whose environment is that of the study."""

import os
import sys

import pytest

from resnet_lab.errors import InputError
from resnet_lab.study.gpus import VISIBLE
from resnet_lab.study.places.local import LocalPlaces, start_process
from resnet_lab.study.plan import PlannedRun


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


@pytest.mark.parametrize("visible", [None, "7"])
def test_what_a_run_sees_is_left_as_it_is(plan, tmp_path, monkeypatch, visible):
    if visible is None:
        monkeypatch.delenv(VISIBLE, raising=False)
    else:
        monkeypatch.setenv(VISIBLE, visible)
    output, lock = tmp_path / "run.log", os.open(tmp_path / "lock", os.O_CREAT)
    place = LocalPlaces().take(plan[0], set(), output, lock)
    place.start([sys.executable, "-c", f"import os; print(os.environ.get({VISIBLE!r}))"], {})
    while place.poll() is None:
        pass
    place.close()
    os.close(lock)
    assert output.read_text().splitlines()[-1] == str(visible)


def test_a_run_that_asks_for_a_gpu_has_no_place(plan, tmp_path):
    run = PlannedRun(plan[0].cell, 0, {**plan[0].config, "trainer.accelerator": "cuda"})
    with pytest.raises(InputError, match="plain34 with seed 0 needs 1 GPU, and there are none"):
        LocalPlaces().take(run, set(), tmp_path / "run.log", 0)
