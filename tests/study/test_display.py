"""The table and the lines, character by character."""

import io
from dataclasses import replace
from datetime import datetime

import pytest

from resnet_lab.study.display import EventLines, LiveTable, event, fitted, study_display, summary, table
from resnet_lab.study.run_rows import State

NOON = datetime(2026, 3, 4, 12)


@pytest.fixture
def rows(row):
    return [
        row(0, State.FINISHED, 10, 600),
        row(1, State.TRAINING, 4, 600),
        row(2, State.FAILED),
        row(3, State.WAITING),
    ]


def test_a_table_has_a_line_a_run(rows):
    assert table(rows) == [
        "run       seed  state     epoch  val accuracy   left",
        "plain34      0  finished  10/10        0.6000",
        "resnet34     0  training   4/10        0.5400  6 min",
        "plain34      1  failed",
        "resnet34     1  waiting",
    ]


def test_where_lines_are_few_the_finished_go_first_then_those_that_wait(row):
    rows = [row(0, State.FINISHED), row(1, State.FAILED), row(2, State.WAITING), row(3, State.TRAINING)]
    assert fitted(rows, 5) == table(rows)
    assert fitted(rows, 4) == [*table([rows[1], rows[3]]), "... and 2 more"]
    assert fitted(rows, 3) == [*table([rows[3]]), "... and 3 more"]
    assert fitted(rows, 0) == fitted(rows, 3)
    many = [row(0, State.WAITING)] + [row(1, State.FINISHED)] * 3 + [row(2, State.WAITING)] * 3
    assert fitted(many, 4) == [*table([many[0], many[4]]), "... and 5 more"]


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (None, "1 of 4 finished, 1 failed; time left unknown until an epoch is done"),
        (5400, "1 of 4 finished, 1 failed; about 1 h 30 min left, until 13:30"),
        (13 * 3600, "1 of 4 finished, 1 failed; about 13 h 00 min left, until Thu 01:00"),
        (0, "1 of 4 finished, 1 failed"),
    ],
)
def test_the_summary_counts_and_tells_the_time_left(rows, left, text):
    assert summary(rows, left, NOON) == text


def test_on_a_terminal_the_table_is_drawn_over_itself(rows, monkeypatch):
    monkeypatch.setenv("COLUMNS", "44")
    monkeypatch.setenv("LINES", "40")
    stream = io.StringIO()
    display = LiveTable(stream)
    display.show(rows, 0)
    first = stream.getvalue()
    assert first.startswith("run       seed  state     epoch  val accuracy\x1b[K\n".replace("cy\x1b", "\x1b"))
    assert first.endswith("\x1b[K\n1 of 4 finished, 1 failed\x1b[K\n\x1b[J")
    assert all(len(line.removesuffix("\x1b[K")) < 44 for line in first.splitlines())
    display.show(rows, 0)
    assert stream.getvalue() == f"{first}\x1b[7F{first}"


def test_elsewhere_there_is_a_line_a_change(row):
    stream = io.StringIO()
    display = EventLines(stream)
    display.show([row(0, State.WAITING), row(1, State.WAITING)], None)
    display.show([row(0, State.TRAINING), row(1, State.WAITING)], None)
    display.show([row(0, State.TRAINING), row(1, State.WAITING)], None)
    display.show([row(0, State.TRAINING, 1, 600), row(1, State.WAITING)], None)
    display.show([row(0, State.FINISHED, 10, 600), row(1, State.WAITING)], 0)
    assert [line[10:] if line[2] == ":" else line for line in stream.getvalue().splitlines()] == [
        "0 of 2 finished; time left unknown until an epoch is done",
        "plain34 seed 0  training",
        "plain34 seed 0  epoch 1/10  val accuracy 0.5100  9 min left",
        "plain34 seed 0  finished",
        "          1 of 2 finished",
    ]
    assert "\x1b" not in stream.getvalue()


def test_an_epoch_without_a_validation_is_told_too(plan, row):
    without = row(0, State.TRAINING, 2)
    without = replace(without, progress=replace(without.progress, accuracy=None, epochs=None))
    assert event(without, State.TRAINING) == "plain34 seed 0  epoch 2"


def test_a_log_file_gets_lines():
    assert isinstance(study_display(io.StringIO()), EventLines)
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    assert isinstance(study_display(terminal), LiveTable)


def test_the_table_names_the_node_of_each_run_on_another_machine(row):
    rows = [replace(row(0, State.TRAINING, 4, 600), node="b"), row(1, State.WAITING)]
    assert table(rows) == [
        "run       seed  state     epoch  val accuracy   left  node",
        "plain34      0  training   4/10        0.5400  6 min  b",
        "resnet34     0  waiting",
    ]
