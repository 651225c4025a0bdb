"""Preparation of a study: what is refused before torch, how the machine is shared, and when steps are timed."""

import pytest

from resnet_lab.config.find import shipped_configs
from resnet_lab.errors import InputError
from resnet_lab.study.plan import read_study
from resnet_lab.study.prepare import check_cells, prepare, seconds_from_steps
from resnet_lab.study.resolved_configs import resolve_configs
from resnet_lab.study.run_rows import State


class Timer:
    """A timer of steps that counts how often it is asked and ended."""

    def __init__(self):
        self.asked, self.stopped = [], 0

    def seconds(self, configs, threads):
        self.asked.append((sorted(configs), threads))
        return dict.fromkeys(configs, 60.0)

    def stop(self):
        self.stopped += 1


@pytest.fixture
def planned(residual, fake, tmp_path, monkeypatch):
    """Return the study of two pairs, prepared with the options that are given."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    configs = resolve_configs(residual, fake)
    path = shipped_configs() / "studies" / "residual.yaml"
    return lambda **options: prepare(residual, path, {}, configs, tmp_path, fake, cores=6, **options)


def test_a_wrong_value_is_refused_with_the_name_of_its_cell():
    path = shipped_configs() / "studies" / "residual.yaml"
    with pytest.raises(InputError, match=r"The cell plain34 cannot be used: model\.depth is deep"):
        check_cells(read_study(path, {"model.depth": "deep"}))


@pytest.mark.parametrize(
    ("options", "jobs", "threads"),
    [({}, None, 6), ({"jobs": 2}, 2, 3), ({"jobs": "auto"}, 6, 1), ({"jobs": "auto", "threads": 2}, 3, 2)],
)
def test_the_runs_share_the_cores(planned, options, jobs, threads):
    study = planned(**options)
    assert (study.jobs, study.threads) == (jobs, threads)
    assert {row.state for row in study.rows} == {State.WAITING}
    assert len(study.rows) == 4


def test_on_another_machine_auto_leaves_the_number_to_it(planned):
    assert planned(jobs="auto", here=False).jobs is None


def test_steps_are_timed_only_while_no_run_was(planned, row):
    timer, study = Timer(), planned(threads=2)
    assert seconds_from_steps(study, timer) == {"plain34": 60.0, "resnet34": 60.0}
    assert timer.asked == [(["plain34", "resnet34"], 2)]
    study.rows[0] = row(0, State.TRAINING, epoch=1, seconds=100.0)
    assert seconds_from_steps(study, timer) == {}
    assert (len(timer.asked), timer.stopped) == (1, 1)
