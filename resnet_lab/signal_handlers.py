"""Handlers of the signals of this process, which only its main thread can set."""

import signal
import threading
from collections.abc import Mapping
from typing import Any


def set_handlers(wanted: Mapping[int, Any]) -> dict[int, Any]:
    """Set the handlers of signals and return the ones before.

    A thread other than the main thread sets none. There, in a web front end or in the agent of a sweep, the signals
    belong to the program around the command.

    Args:
        wanted: Handlers by the number of the signal.
    """
    if threading.current_thread() is not threading.main_thread():
        return {}
    return {number: signal.signal(number, handler) for number, handler in wanted.items()}
