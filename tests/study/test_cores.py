"""Cores shared out, and the number of threads held from the first run to the last."""

import os

import pytest

from resnet_lab.errors import InputError
from resnet_lab.study.cores import physical_cores, threads_per_run


@pytest.mark.parametrize(
    ("asked", "jobs", "cores", "used", "threads"),
    [(None, 1, 8, set(), 8), (None, 3, 8, set(), 2), (None, 4, 2, set(), 1), (5, 2, 8, set(), 5), (2, 1, 8, {2}, 2)],
)
def test_an_equal_share_unless_asked_otherwise(asked, jobs, cores, used, threads):
    assert threads_per_run(asked, jobs, cores, used) == threads


SO_FAR = "The runs of this study so far have 2 threads each, not"
OUT = "and results depend on it: give --threads 2, or another folder with --logs."


@pytest.mark.parametrize(
    ("asked", "used", "message"),
    [
        (None, {2}, f"{SO_FAR} 4 (8 cores, 2 at a time), {OUT}"),
        (3, {2}, f"{SO_FAR} 3, {OUT}"),
        (
            2,
            {4, 2},
            "The runs of this study have 2 and 4 threads, and results depend on it: move the runs of one number away, "
            "or name another folder with --logs.",
        ),
    ],
)
def test_another_number_than_that_of_the_runs_is_refused(asked, used, message):
    with pytest.raises(InputError) as error:
        threads_per_run(asked, 2, 8, used)
    assert str(error.value) == message


def test_hardware_threads_of_a_core_count_once(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3, 4}, raising=False)
    for number, siblings in ((0, "0,2"), (1, "1,3"), (2, "0,2"), (3, "1,3"), (4, "4,9")):
        described = tmp_path / f"cpu{number}" / "topology" / "thread_siblings_list"
        described.parent.mkdir(parents=True)
        described.write_text(f"{siblings}\n")
    assert physical_cores(tmp_path) == 3


def test_without_a_description_every_processor_is_a_core(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 5}, raising=False)
    assert physical_cores(tmp_path) == 3
