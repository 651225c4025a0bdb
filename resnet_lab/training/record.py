"""Keep ``status.json`` true while a run goes on, ends, fails or is interrupted."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from lightning.pytorch.utilities.exceptions import SIGTERMException

from resnet_lab.runs import Run

_CTRL_C, _SIGTERM = 130, 143  # 128 + the signal's number


@contextmanager
def recorded(run: Run, facts: Mapping[str, Any], progress: Callable[[], Mapping[str, Any]]) -> Iterator[None]:
    """Write ``running`` and ``facts`` at the start; at the end, whatever it is, ``progress()`` and the time it took.

    Raises:
        SystemExit: 130 after Ctrl-C and 143 after SIGTERM; Lightning (2.6) would exit with 1 and 0.
    """
    start = time.perf_counter()
    run.update_status({"status": "running", "started": _now(), **facts})

    def end(status: str, **more: str) -> None:
        seconds = round(time.perf_counter() - start, 1)
        run.update_status({**progress(), "status": status, "ended": _now(), "wall_seconds": seconds, **more})

    try:
        yield
    except BaseException as error:
        if code := _signal_code(error):
            end("interrupted")
            raise SystemExit(code) from error
        end("failed", error=f"{type(error).__name__}: {error}")
        raise
    end("finished")


def _signal_code(error: BaseException) -> int | None:
    """Tell an interruption from a failure; Lightning turns Ctrl-C into SystemExit."""
    if isinstance(error, SIGTERMException):
        return _SIGTERM
    if isinstance(error, KeyboardInterrupt) or isinstance(error.__context__, KeyboardInterrupt):
        return _CTRL_C
    return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
