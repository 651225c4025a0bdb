"""Cores shared out, and one number of threads for the runs of a seed."""

import os

import pytest

from resnet_lab.errors import InputError
from resnet_lab.study.cores import jobs_of_machine, physical_cores, threads_of_seed, threads_per_run


@pytest.mark.parametrize(
    ("asked", "jobs", "cores", "threads"), [(None, 1, 8, 8), (None, 3, 8, 2), (None, 4, 2, 1), (5, 2, 8, 5)]
)
def test_an_equal_share_unless_asked_otherwise(asked, jobs, cores, threads):
    assert threads_per_run(asked, jobs, cores) == threads


@pytest.mark.parametrize(
    ("threads", "cores", "gpus", "per_run", "jobs"),
    [
        (None, 8, 0, 0, 8),
        (2, 8, 0, 0, 4),
        (9, 8, 0, 0, 1),
        (None, 8, 4, 1, 4),
        (None, 8, 4, 2, 2),
        (None, 2, 3, 2, 1),
        (None, 8, 4, 0, 8),
    ],
)
def test_auto_means_all_gpus_else_all_cores(threads, cores, gpus, per_run, jobs):
    assert jobs_of_machine(threads, cores, gpus, per_run) == jobs


def test_a_new_seed_takes_any_number_and_a_begun_one_that_of_its_runs():
    assert threads_of_seed(3, 4, set()) == 4
    assert threads_of_seed(3, 4, {2}) == 2


def test_runs_of_one_seed_with_several_numbers_are_refused():
    with pytest.raises(InputError) as error:
        threads_of_seed(3, 4, {4, 2})
    assert str(error.value) == (
        "The runs of seed 3 have 2 and 4 threads, and results depend on it: move the runs of one number away, or name "
        "another folder with --logs."
    )


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
