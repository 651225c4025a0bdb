"""Memory allocator of the process: mimalloc, if its wheel is installed, preloaded by a restart of the process.

A training step allocates and frees gigabytes in blocks of megabytes. glibc returns each block to the system, which
hands it out again as zeroed pages of 4 kB, thousands per step. mimalloc, told never to return memory, keeps the blocks.
This changes the time and no bit of any result. An allocator must be loaded before every other library, hence the
restart. docs/speed.md has the gain.
"""

import os
import sys
from importlib import metadata
from pathlib import Path
from typing import Literal

Allocator = Literal["auto", "system"]
"""``auto`` is mimalloc if it is installed; ``system`` is the C library's allocator."""

_WHEEL, _LIBRARY = "cmeel-mimalloc", "cmeel.prefix/lib/libmimalloc.so"
_STARTED = "RESNET_LAB_STARTED"  # set for the restart, so that there is only one


def preload_environment() -> dict[str, str] | None:
    """Return the environment variables that preload mimalloc; None if it is not installed."""
    try:
        library = Path(str(metadata.distribution(_WHEEL).locate_file(_LIBRARY)))
    except metadata.PackageNotFoundError:
        return None
    if not sys.platform.startswith("linux") or not library.exists():
        return None
    return {"LD_PRELOAD": str(library), "MIMALLOC_PURGE_DELAY": "-1"}  # -1: never return memory


def start_with(allocator: Allocator) -> None:
    """Use ``allocator`` in this process. If that needs a restart of the process, this function does not return.

    If the user has set ``LD_PRELOAD``, nothing is changed. Call this function before all others.
    """
    if os.environ.pop(_STARTED, None):
        os.environ.pop("LD_PRELOAD", None)  # for this process only, not for its children
        return
    wanted = preload_environment() if allocator == "auto" else None
    if wanted is not None and "LD_PRELOAD" not in os.environ:
        _start_again({**wanted, **os.environ})


def return_to_system() -> None:
    """Undo :func:`start_with`, for a config with ``allocator: system``, which is read later."""
    if active_allocator() != "system" and "LD_PRELOAD" not in os.environ:
        _start_again(dict(os.environ))


def active_allocator() -> str:
    """Return the name of the allocator in use: ``system``, or the one that is preloaded."""
    maps = Path("/proc/self/maps")
    loaded = maps.read_text() if maps.exists() else ""
    return next((name for name in ("mimalloc", "tcmalloc", "jemalloc") if f"lib{name}" in loaded), "system")


def _start_again(environment: dict[str, str]) -> None:
    """Restart this process with the same command in another environment. The process id stays."""
    try:
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**environment, _STARTED: "1"})
    except OSError:  # without a restart, the present allocator stays
        return
