"""Signals that end a study: noted, so that its runs can be told and waited for."""

import signal
from types import FrameType
from typing import Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopSignals:
    """While it is entered, Ctrl-C, SIGTERM and a closed terminal are noted in place of ending the process.

    A signal that was ignored before (``nohup``) stays ignored.

    Attributes:
        received: The first that came.
        times: How many have come.
    """

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self.times = 0
        self._before = {number: signal.getsignal(number) for number in _SIGNALS}

    def __enter__(self) -> Self:
        for number, handler in self._before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.received = self.received or signal.Signals(number)
        self.times += 1
