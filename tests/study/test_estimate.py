"""The time that is left, by hand."""

import sys

from resnet_lab.study.estimate import StepTimer, seconds_left
from resnet_lab.study.run_rows import State


def test_unknown_until_an_epoch_was_timed(row):
    assert seconds_left([row(0, State.WAITING), row(1, State.TRAINING)], 1) is None


def test_runs_of_a_cell_last_as_those_before_them(row):
    rows = [
        row(0, State.FINISHED, 10, 100),
        row(1, State.FINISHED, 10, 200),
        row(2, State.WAITING),
        row(3, State.WAITING),
    ]
    assert seconds_left(rows, 1) == 300  # plain as the plain one, residual as the residual one
    assert seconds_left(rows, 2) == 200  # side by side, the longer one counts


def test_a_cell_without_a_timed_run_lasts_as_the_mean_of_all(row):
    assert seconds_left([row(0, State.FINISHED, 10, 100), row(1, State.WAITING)], 1) == 100


def test_a_run_under_way_counts_by_the_epochs_that_are_left_of_it(row):
    assert seconds_left([row(0, State.TRAINING, 4, 1000), row(1, State.WAITING)], 1) == 600 + 1000


def test_failed_and_finished_runs_take_no_time(row):
    assert seconds_left([row(0, State.FINISHED, 10, 100), row(1, State.FAILED, 3, 100)], 1) == 0


def test_cells_without_a_timed_run_last_as_a_few_steps_say(row):
    rows = [row(0, State.FINISHED, 10, 100), row(1, State.WAITING), row(2, State.WAITING)]
    names = [one.planned.cell.name for one in rows]
    assert seconds_left(rows, 1, {names[0]: 7000, names[1]: 300}) == 300 + 100


def test_a_program_that_cannot_time_says_nothing(tmp_path, monkeypatch):
    (tmp_path / "resnet_lab" / "speed").mkdir(parents=True)
    for package in ("resnet_lab", "resnet_lab/speed"):
        (tmp_path / package / "__init__.py").touch()
    program = tmp_path / "resnet_lab" / "speed" / "run_seconds.py"
    python = (sys.executable, "-m", "resnet_lab")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    cell = {"a": {"model.depth": 18}}
    program.write_text(
        "import json, sys\nsaid = json.load(sys.stdin)\n"
        "json.dump({name: said['threads'] for name in said['configs']}, sys.stdout)\n"
    )
    assert StepTimer(python).seconds(cell, 2) == {"a": 2.0}
    for text in ("raise MemoryError", "print('torch says hello')"):
        program.write_text(text)
        assert StepTimer(python).seconds(cell, 1) == {}
    assert StepTimer(("/no/such/program", "-m", "x")).seconds({}, 1) == {}


def test_a_program_that_is_not_asked_ends(tmp_path):
    timer = StepTimer((sys.executable, "-m", "resnet_lab"))
    process = timer._process
    assert process.poll() is None
    timer.stop()
    assert process.poll() is not None
    assert timer.seconds({}, 1) == {}
