"""The memory allocator of the process: mimalloc, preloaded by starting once more, where its wheel is installed.

A training step takes and gives back gigabytes in blocks of megabytes. glibc returns each block to the system, which
hands it out again in zeroed pages of 4 kB, thousands a step; mimalloc, told never to return memory, keeps them. Only
the time it takes changes, no bit of any result. An allocator must be there before the first library is loaded, hence
the second start; docs/speed.md has what it gives.
"""

import os
import sys
from importlib import metadata
from pathlib import Path
from typing import Literal

Allocator = Literal["auto", "system"]
"""``auto`` is mimalloc where it is installed; ``system`` is the C library's."""

_WHEEL, _LIBRARY = "cmeel-mimalloc", "cmeel.prefix/lib/libmimalloc.so"
_STARTED = "RESNET_LAB_STARTED"  # set for the second start, so that there is no third


def preload_environment() -> dict[str, str] | None:
    """Return the environment variables that preload mimalloc; None where it is not installed."""
    try:
        library = Path(str(metadata.distribution(_WHEEL).locate_file(_LIBRARY)))
    except metadata.PackageNotFoundError:
        return None
    if not sys.platform.startswith("linux") or not library.exists():
        return None
    return {"LD_PRELOAD": str(library), "MIMALLOC_PURGE_DELAY": "-1"}  # -1: never return memory


def start_with(allocator: Allocator) -> None:
    """Make ``allocator`` the one of this process, if need be by starting it once more; then this does not return.

    Whatever the user preloads stays: with a ``LD_PRELOAD`` of theirs nothing is done. Call it before anything else.
    """
    if os.environ.pop(_STARTED, None):
        os.environ.pop("LD_PRELOAD", None)  # for this process alone, not for those that it starts
        return
    wanted = preload_environment() if allocator == "auto" else None
    if wanted is not None and "LD_PRELOAD" not in os.environ:
        _start_again({**wanted, **os.environ})


def return_to_system() -> None:
    """Undo :func:`start_with`, for a config that says ``allocator: system`` and is read after it."""
    if active_allocator() != "system" and "LD_PRELOAD" not in os.environ:
        _start_again(dict(os.environ))


def active_allocator() -> str:
    """Name the allocator that is at work: ``system`` or what is preloaded in its place."""
    maps = Path("/proc/self/maps")
    loaded = maps.read_text() if maps.exists() else ""
    return next((name for name in ("mimalloc", "tcmalloc", "jemalloc") if f"lib{name}" in loaded), "system")


def _start_again(environment: dict[str, str]) -> None:
    """Replace this process by the same command in another environment; the process id stays."""
    try:
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**environment, _STARTED: "1"})
    except OSError:  # then with the allocator at hand
        return
