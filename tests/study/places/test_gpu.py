"""GPUs dealt by name, taken in turn and given back."""

import os
import sys

import pytest

from resnet_lab.errors import InputError
from resnet_lab.study.gpus import VISIBLE
from resnet_lab.study.places.gpu import GpuPlaces
from resnet_lab.study.plan import PlannedRun


@pytest.fixture
def run_of(plan):
    """Make a run that asks for a number of GPUs."""

    def make(devices, accelerator="auto"):
        settings = {"trainer.devices": devices, "trainer.accelerator": accelerator}
        return PlannedRun(plan[0].cell, 0, {**plan[0].config, **settings})

    return make


@pytest.fixture
def sees(tmp_path):
    """Say what a process at a place sees."""

    def ask(place):
        place.start([sys.executable, "-c", f"import os; print(repr(os.environ[{VISIBLE!r}]))"], {})
        while place.poll() is None:
            pass
        return (tmp_path / "run.log").read_text().splitlines()[-1].strip("'")

    return ask


@pytest.fixture
def take(tmp_path):
    lock = os.open(tmp_path / "lock", os.O_CREAT)
    yield lambda places, run, processes=(): places.take(run, set(processes), tmp_path / "run.log", lock)
    os.close(lock)


def test_each_run_has_its_own_gpu_and_the_next_run_the_least_used(run_of, take, sees, monkeypatch):
    monkeypatch.setenv(VISIBLE, "3,GPU-b,7")  # those of the study, which its runs must not inherit
    places = GpuPlaces(["3", "GPU-b"])
    first, second, third, fourth = (take(places, run_of(1)) for _ in range(4))
    assert [sees(place) for place in (first, second, third, fourth)] == ["3", "GPU-b", "3", "GPU-b"]
    second.close()
    fourth.close()
    third.close()
    assert [sees(take(places, run_of(1))) for _ in range(3)] == ["GPU-b", "3", "GPU-b"]


def test_a_run_of_several_processes_has_several_in_their_order(run_of, take, sees):
    places = GpuPlaces(["a", "b", "c"])
    assert sees(take(places, run_of(1))) == "a"
    assert sees(take(places, run_of(2))) == "b,c"
    single = take(places, run_of(1))
    assert sees(single) == "a"
    assert sees(take(places, run_of(2))) == "b,c"
    single.close()
    assert sees(take(places, run_of(2))) == "a,b"  # one run on the first, two on each other
    assert sees(take(places, run_of("auto"), [3])) == "a,b,c"  # three processes, as the runs of its seed


def test_a_run_on_the_cpu_sees_none_and_takes_none(run_of, take, sees):
    places = GpuPlaces(["a", "b"])
    assert sees(take(places, run_of(2, "cpu"))) == ""
    assert sees(take(places, run_of(1))) == "a"


def test_more_than_there_are_is_refused(run_of, take):
    places = GpuPlaces(["a", "b"])
    with pytest.raises(InputError, match="plain34 with seed 0 needs 3 GPUs, and there are 2"):
        take(places, run_of(3))
    assert set(places.runs.values()) == {0}
