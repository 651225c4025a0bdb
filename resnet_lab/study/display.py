"""What is seen while a study runs: a table of all its runs on a terminal, a line an event elsewhere."""

import shutil
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol, TextIO

from resnet_lab.study.estimate import as_duration
from resnet_lab.study.rows import Row, State, count

_HEAD = ("run", "seed", "state", "epoch", "val accuracy", "left")
_YIELDS = {State.FAILED: 1, State.WAITING: 2, State.FINISHED: 3}
"""Which runs go first where there are more than lines: the highest."""


class Display(Protocol):
    """Shows the runs of a study."""

    def show(self, rows: Sequence[Row], left: float | None) -> None:
        """Show where the runs stand, and the seconds that are left for all."""


def study_display(stream: TextIO | None = None) -> Display:
    """Return a table that is redrawn if the stream (standard error) is a terminal, else single lines for a log."""
    stream = sys.stderr if stream is None else stream
    return Table(stream) if stream.isatty() else Lines(stream)


def table(rows: Sequence[Row]) -> list[str]:
    """Return a head and a line a run."""
    cells = [_HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_HEAD))]
    return ["  ".join(_aligned(line, widths)).rstrip() for line in cells]


def fitted(rows: Sequence[Row], lines: int) -> list[str]:
    """Return the table in so many lines; of too many runs those at work are shown, then failed, next, finished ones.

    Args:
        rows: All runs.
        lines: Lines that there are, head included.
    """
    if len(rows) < lines:
        return table(rows)
    order = sorted(range(len(rows)), key=lambda index: _YIELDS.get(rows[index].state, 0))
    shown = [rows[index] for index in sorted(order[: max(lines - 2, 1)])]
    return [*table(shown), f"... and {len(rows) - len(shown)} more"]


def summary(rows: Sequence[Row], left: float | None, now: datetime) -> str:
    """Return one line on the whole.

    Args:
        rows: All runs.
        left: Seconds until all are done, if that is known.
        now: The time of day, for when that will be.
    """
    parts = [f"{count(rows, State.FINISHED)} of {len(rows)} finished"]
    parts += [f"{n} {state}" for state in (State.FAILED, State.ELSEWHERE) if (n := count(rows, state))]
    text = ", ".join(parts)
    if left is None:
        return f"{text}; time left unknown until an epoch is done"
    if not left:
        return text
    end = now + timedelta(seconds=left)
    day = "" if end.date() == now.date() else f"{end:%a} "
    return f"{text}; about {as_duration(left)} left, until {day}{end:%H:%M}"


class Table:
    """The table, drawn over itself; what other lines the terminal held stays above."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._drawn = 0

    def show(self, rows: Sequence[Row], left: float | None) -> None:
        """Draw the table over the last one, within the terminal as it is now."""
        columns, lines = shutil.get_terminal_size()
        text = [*fitted(rows, lines - 3), "", summary(rows, left, datetime.now())]
        up = f"\x1b[{self._drawn}F" if self._drawn else ""
        body = "".join(f"{line[: columns - 1]}\x1b[K\n" for line in text)
        self.stream.write(f"{up}{body}\x1b[J")  # K clears the rest of a line, J the rest of the last table
        self.stream.flush()
        self._drawn = len(text)


class Lines:
    """A line for each run that changed its state or ended an epoch."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._before: dict[str, tuple[State, int]] = {}

    def show(self, rows: Sequence[Row], left: float | None) -> None:
        """Print what has changed since the last time; at first a summary, and what is being done already."""
        if not self._before:
            print(summary(rows, left, datetime.now()), file=self.stream, flush=True)
        for row in rows:
            now = (row.state, row.progress.epoch)
            first = now if row.state is State.FINISHED else (State.WAITING, row.progress.epoch)
            before = self._before.setdefault(row.label, first)
            if now != before:
                self._before[row.label] = now
                print(f"{time.strftime('%H:%M:%S')}  {event(row, before[0])}", file=self.stream, flush=True)
                if row.state is State.FINISHED:
                    print(f"          {summary(rows, left, datetime.now())}", file=self.stream, flush=True)


def event(row: Row, before: State) -> str:
    """Say what has become of a run: its new state, or the epoch that it ended."""
    if row.state is not before:
        return f"{row.label}  {row.state}"
    parts = [row.label, f"epoch {_epoch(row)}"]
    if row.progress.accuracy is not None:
        parts.append(f"val accuracy {row.progress.accuracy:.4f}")
    if left := _left(row):
        parts.append(f"{left} left")
    return "  ".join(parts)


def _cells(row: Row) -> tuple[str, ...]:
    accuracy = "" if row.progress.accuracy is None else f"{row.progress.accuracy:.4f}"
    return (row.planned.cell.name, str(row.planned.seed), row.state, _epoch(row), accuracy, _left(row))


def _aligned(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Text to the left, numbers to the right."""
    return [
        text.ljust(width) if column in (0, 2) else text.rjust(width)
        for column, (text, width) in enumerate(zip(line, widths, strict=True))
    ]


def _epoch(row: Row) -> str:
    if row.progress.epochs is None:
        return str(row.progress.epoch or "")
    return f"{row.progress.epoch}/{row.progress.epochs}"


def _left(row: Row) -> str:
    if row.state is not State.TRAINING or row.progress.seconds is None or not row.progress.share_left:
        return ""
    return as_duration(row.progress.seconds * row.progress.share_left)
