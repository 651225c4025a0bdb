"""Start method and signals of the data loader's worker processes.

Workers are forked. A run of several processes starts them with a fork server instead. Its threads of gloo and NCCL
enter Python on their own, and Python before 3.11.10 (CPython issue 112275) can fork while one of them holds the lock of
the list of threads. The new worker then waits for that lock forever, and the run with it. The fork server is a process
with one thread, so no lock is held when it forks. It imports torch once, for all workers of its process.
"""

import multiprocessing
import os
import signal
import threading
from multiprocessing import forkserver, resource_tracker
from typing import Any

import torch

_GRACE = 20
"""Seconds that a worker lives on after SIGTERM: enough for a step and a checkpoint."""
_PRELOADED = ["resnet_lab.data.labeled_images"]
"""Modules that the fork server imports: those of the dataset, and torch with them."""


def worker_options(num_workers: int) -> dict[str, Any]:
    """Return the options of torch's DataLoader that say how many workers it starts, and how.

    Args:
        num_workers: Number of worker processes; 0 reads in the process itself.
    """
    options: dict[str, Any] = {"num_workers": num_workers, "worker_init_fn": outlive_signals}
    if num_workers == 0:
        return options
    method = multiprocessing.get_start_method()
    if method == "fork" and torch.distributed.is_available() and torch.distributed.is_initialized():
        method = "forkserver"
    if method == "forkserver":  # the default of Python 3.14 on Linux
        _start_fork_server()
        options |= {"multiprocessing_context": method, "worker_init_fn": begin_served_worker}
    return options


def outlive_signals(_: int) -> None:
    """Make a worker ignore Ctrl-C, and live on for 20 seconds after SIGTERM and SIGUSR1.

    A terminal and SLURM signal all processes at once. The main process ends in order and stops its workers; a worker
    that ended first would be a failure of the run.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "alarm"):  # not on Windows
        for number in (signal.SIGTERM, signal.SIGUSR1):
            signal.signal(number, lambda *_: signal.alarm(_GRACE))


def begin_served_worker(index: int) -> None:
    """Make a worker of the fork server outlive signals, and end with the process that reads its batches.

    torch (2.14) watches the parent process, which here is the fork server, and that waits for the workers.
    """
    outlive_signals(index)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _signals())
    threading.Thread(target=_end_with_reader, daemon=True).start()


def _end_with_reader() -> None:
    reader = multiprocessing.parent_process()
    assert reader is not None
    reader.join()
    os._exit(1)


def _start_fork_server() -> None:
    """Start the fork server if none runs, with signals blocked: the signal mask is inherited, also by its workers."""
    multiprocessing.set_forkserver_preload(_PRELOADED)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        for ensure_running in (resource_tracker.ensure_running, forkserver.ensure_running):
            signal.pthread_sigmask(signal.SIG_BLOCK, _signals())  # anew: to start the tracker unblocks some
            ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _signals() -> set[int]:
    return {signal.SIGINT, signal.SIGTERM, signal.SIGUSR1}
