"""Signals that stop a study: recorded, so that the study can stop its runs and wait for them."""

import signal
from types import FrameType
from typing import Any, Self

from resnet_lab.signal_handlers import set_handlers

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopSignals:
    """Context manager that records Ctrl-C, SIGTERM and SIGHUP (a closed terminal) instead of ending the process.

    A signal that was ignored before (``nohup``) stays ignored.

    Attributes:
        received: The first signal received; None before.
        times: Number of signals received.
    """

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self.times = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        heard = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
        self._before = set_handlers(dict.fromkeys(heard, self._record))
        return self

    def __exit__(self, *_: object) -> None:
        set_handlers(self._before)

    def _record(self, number: int, frame: FrameType | None) -> None:
        self.received = self.received or signal.Signals(number)
        self.times += 1
