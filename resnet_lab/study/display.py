"""Display of a running study: a table of all runs on a terminal, one line per event in a log."""

import shutil
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol, TextIO

from resnet_lab.errors import printable
from resnet_lab.output import draw, remark
from resnet_lab.study.estimate import as_duration
from resnet_lab.study.run_rows import RunRow, State, count

_HEAD = ("run", "seed", "state", "epoch", "val accuracy", "left", "node")
_YIELDS = {State.FAILED: 1, State.DIVERGED: 1, State.WAITING: 2, State.FINISHED: 3}
"""Runs that are hidden first if there are too few lines: those with the highest number."""

_RESULTS = (State.FINISHED, State.DIVERGED)


class Display(Protocol):
    """Shows the runs of a study."""

    def show(self, rows: Sequence[RunRow], left: float | None) -> None:
        """Show the state of the runs.

        Args:
            rows: All runs.
            left: Seconds until all are done; None if unknown.
        """


def study_display(stream: TextIO | None = None) -> Display:
    """Return a live table if the stream (default: standard error) is a terminal, else event lines."""
    stream = sys.stderr if stream is None else stream
    return LiveTable(stream) if stream.isatty() else EventLines(stream)


def table(rows: Sequence[RunRow]) -> list[str]:
    """Return a header and one line per run. The nodes are shown where a run works on another machine."""
    shown = len(_HEAD) if any(row.node for row in rows) else len(_HEAD) - 1
    cells = [_HEAD[:shown], *(_cells(row)[:shown] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(shown)]
    return ["  ".join(_aligned(line, widths)).rstrip() for line in cells]


def fitted(rows: Sequence[RunRow], lines: int) -> list[str]:
    """Return the table, cut to a number of lines. Active runs are shown first, then failed, waiting and finished ones.

    Args:
        rows: All runs.
        lines: Number of lines, with the header.
    """
    if len(rows) < lines:
        return table(rows)
    order = sorted(range(len(rows)), key=lambda index: _YIELDS.get(rows[index].state, 0))
    shown = [rows[index] for index in sorted(order[: max(lines - 2, 1)])]
    return [*table(shown), f"... and {len(rows) - len(shown)} more"]


def summary(rows: Sequence[RunRow], left: float | None, now: datetime) -> str:
    """Return one line about all runs.

    Args:
        rows: All runs.
        left: Seconds until all are done; None if unknown.
        now: Present time, to tell the time of the end.
    """
    parts = [f"{count(rows, State.FINISHED)} of {len(rows)} finished"]
    parts += [f"{n} {state}" for state in (State.DIVERGED, State.FAILED, State.ELSEWHERE) if (n := count(rows, state))]
    text = ", ".join(parts)
    if left is None:
        return f"{text}; time left unknown until an epoch is done"
    if not left:
        return text
    end = now + timedelta(seconds=left)
    day = "" if end.date() == now.date() else f"{end:%a} "
    return f"{text}; about {as_duration(left)} left, until {day}{end:%H:%M}"


class LiveTable:
    """Table that is redrawn in place. Earlier lines of the terminal stay above it."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._drawn = 0

    def show(self, rows: Sequence[RunRow], left: float | None) -> None:
        """Draw the table over the last one, cut to the present size of the terminal."""
        columns, lines = shutil.get_terminal_size()
        text = [*fitted(rows, lines - 3), "", summary(rows, left, datetime.now())]
        up = f"\x1b[{self._drawn}F" if self._drawn else ""
        body = "".join(f"{printable(line)[: columns - 1]}\x1b[K\n" for line in text)
        draw(f"{up}{body}\x1b[J", self.stream)  # K clears the rest of a line, J the rest of the last table
        self._drawn = len(text)


class EventLines:
    """One line for each run that changed its state or ended an epoch."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._before: dict[str, tuple[State, int]] = {}

    def show(self, rows: Sequence[RunRow], left: float | None) -> None:
        """Print the changes since the last call. The first call prints a summary and the active runs."""
        if not self._before:
            remark(summary(rows, left, datetime.now()), self.stream)
        for row in rows:
            now = (row.state, row.progress.epoch)
            first = now if row.state in _RESULTS else (State.WAITING, row.progress.epoch)
            before = self._before.setdefault(row.label, first)
            if now != before:
                self._before[row.label] = now
                remark(f"{time.strftime('%H:%M:%S')}  {event(row, before[0])}", self.stream)
                if row.state in _RESULTS:
                    remark(f"          {summary(rows, left, datetime.now())}", self.stream)


def event(row: RunRow, before: State) -> str:
    """Return the new state of a run, or the epoch that it ended, as one line."""
    if row.state is not before:
        return f"{row.label}  {row.state}{f' on {row.node}' if row.node else ''}"
    parts = [row.label, f"epoch {_epoch(row)}"]
    if row.progress.accuracy is not None:
        parts.append(f"val accuracy {row.progress.accuracy:.4f}")
    if left := _left(row):
        parts.append(f"{left} left")
    return "  ".join(parts)


def _cells(row: RunRow) -> tuple[str, ...]:
    accuracy = "" if row.progress.accuracy is None else f"{row.progress.accuracy:.4f}"
    return (row.planned.cell.name, str(row.planned.seed), row.state, _epoch(row), accuracy, _left(row), row.node)


def _aligned(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Align text to the left and numbers to the right."""
    return [
        text.ljust(width) if column in (0, 2, 6) else text.rjust(width)
        for column, (text, width) in enumerate(zip(line, widths, strict=True))
    ]


def _epoch(row: RunRow) -> str:
    if row.progress.epochs is None:
        return str(row.progress.epoch or "")
    return f"{row.progress.epoch}/{row.progress.epochs}"


def _left(row: RunRow) -> str:
    if row.state is not State.TRAINING or row.progress.seconds is None or not row.progress.share_left:
        return ""
    return as_duration(row.progress.seconds * row.progress.share_left)
