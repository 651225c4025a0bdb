"""Workers start while other threads are in Python, outlive signals, and end with the process that reads from them."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from resnet_lab.data import worker_start
from resnet_lab.data.worker_start import worker_options

START = """
import ctypes, os, signal, sys, time
from pathlib import Path
import torch
from multiprocessing.process import BaseProcess
from resnet_lab.data.labeled_images import FromFiles, LabeledImages
from resnet_lab.data.loader import NormalizingLoader
from resnet_lab.data.normalization import IMAGENET
from resnet_lab.data.pixels import evaluation_transform
from resnet_lab.data.rgb import DecodeRule

def group():
    torch.distributed.init_process_group("gloo", init_method="file://" + os.path.abspath("store"), rank=0, world_size=1)

def batches(workers=2):
    paths = [Path(path) for path in sys.argv[1:]]
    dataset = LabeledImages(FromFiles(paths, 32, DecodeRule()), range(len(paths)), evaluation_transform(32), seed=0)
    return NormalizingLoader(dataset, IMAGENET, batch_size=1, num_workers=workers, persistent_workers=True)
"""
LOCK_HELD = """
# The lock of the list of threads, which a thread that enters Python takes, is held whenever a worker is started.
# Its place is that of CPython 3.11; up to 3.11.9 a forked process waits for it.
def start(process, start=BaseProcess.start):
    api = ctypes.pythonapi
    runtime = ctypes.addressof(ctypes.c_char.in_dll(api, "_PyRuntime"))
    lock = ctypes.c_void_p(ctypes.c_void_p.from_address(runtime + 32).value)
    assert api.PyThread_acquire_lock(lock, 0)
    start(process)
    api.PyThread_release_lock(lock)

if sys.version_info[:2] == (3, 11):
    BaseProcess.start = start
group()
print([label.item() for _, label in batches()])
"""
SIGNALS = """
heard = []
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
    signal.signal(number, lambda number, _: heard.append(number))
group()
loader = batches()
seen = []
for _, label in loader:
    if not seen:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
            os.killpg(0, number)
    seen.append(label.item())
assert len(heard) == 3
print(seen + [label.item() for _, label in loader])
"""
KILLED = """
group()
loader = batches()
iterator = iter(loader)
next(iterator)
print(*[worker.pid for worker in loader._iterator._workers], flush=True)
time.sleep(60)
"""


def start(code: str, folder: Path, *arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", START + code, *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def output(process: "subprocess.Popen[str]") -> str:
    """Wait for a process; one that hangs is killed with all that it started."""
    try:
        out, _ = process.communicate(timeout=120)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate(timeout=120)
    assert process.returncode == 0
    return out


@pytest.mark.slow
def test_workers_start_while_a_thread_that_enters_python_holds_its_lock(cells, tmp_path):
    assert output(start(LOCK_HELD, tmp_path, *cells["functional"][:4])) == "[0, 1, 2, 3]\n"


@pytest.mark.slow
def test_workers_outlive_signals_to_all_processes(cells, tmp_path):
    assert output(start(SIGNALS, tmp_path, *cells["functional"][:8])) == f"{[*range(8), *range(8)]}\n"


@pytest.mark.slow
def test_workers_end_with_the_process_that_reads_from_them(cells, tmp_path):
    process = start(KILLED, tmp_path, *cells["functional"][:8])
    assert process.stdout is not None
    workers = [int(worker) for worker in process.stdout.readline().split()]
    assert len(workers) == 2
    process.kill()
    process.communicate(timeout=120)  # all that hold its output have ended too
    end = time.monotonic() + 60
    while any(Path(f"/proc/{worker}/cmdline").exists() and alive(worker) for worker in workers):
        assert time.monotonic() < end
        time.sleep(0.05)


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_a_fork_server_starts_them_only_where_there_is_a_process_group(tmp_path):
    assert worker_options(0)["num_workers"] == 0
    assert "multiprocessing_context" not in worker_options(2)
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1)
    try:
        assert worker_options(2)["multiprocessing_context"] == "forkserver"
        assert "multiprocessing_context" not in worker_options(0)
    finally:
        torch.distributed.destroy_process_group()


def test_what_the_fork_server_imports_is_there():
    """It passes over a module that it cannot find, and every worker would then import torch by itself."""
    for name in worker_start._PRELOADED:
        assert importlib.util.find_spec(name) is not None
