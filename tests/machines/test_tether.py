"""The tether: a step ends with the agent that started it, however the agent ends."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from resnet_lab.machines import tether

WAITS = """
import os, signal, sys, time
def told(number, frame):
    open("told", "w").write(str(number))
    sys.exit(0)
signal.signal(signal.SIGTERM, told)
signal.signal(signal.SIGINT, told)
open("pid", "w").write(str(os.getpid()))
time.sleep(60)
"""


def wait_for(ready):
    deadline = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_alive(pid):
    path = Path(f"/proc/{pid}/stat")
    return path.exists() and path.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def start(tmp_path):
    """Start the script as an agent does, with SIGINT blocked as in a worker of Ray."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    command = [sys.executable, "-I", "-S", tether.__file__, str(scratch)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    process.wait(60)

    def order(grace=0.0, lock=None, command=(sys.executable, "-S", "-c", WAITS), **environment):
        words = {"command": command, "environment": environment, "folder": str(tmp_path)}
        words |= {"output": str(tmp_path / "out.log"), "lock": lock, "grace": grace}
        process.stdin.write(json.dumps(words).encode() + b"\n")

    yield process, order, scratch
    process.stdin.close()
    process.stdout.close()
    wait_for(lambda: not scratch.exists())


def pid_of(tmp_path):
    wait_for(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    return int((tmp_path / "pid").read_text())


def parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_the_exit_code_the_output_and_the_environment(start, tmp_path, monkeypatch):
    process, order, _ = start
    order(command=[sys.executable, "-S", "-c", "import os; print(os.environ['A']); raise SystemExit(3)"], A="b")
    assert json.loads(process.stdout.readline()) == {"code": 3}
    assert (tmp_path / "out.log").read_text().endswith("\nb\n")
    order(command=[str(tmp_path / "none")])
    assert "could not be started" in json.loads(process.stdout.readline())["refused"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_arrives(start, tmp_path, number):
    process, order, _ = start
    order()
    pid_of(tmp_path)
    process.stdin.write(json.dumps({"signal": int(number)}).encode() + b"\n")
    assert json.loads(process.stdout.readline()) == {"code": 0}
    assert (tmp_path / "told").read_text() == str(int(number))


@pytest.mark.parametrize(("grace", "told"), [(30.0, True), (0.0, False)])
def test_without_its_agent_a_step_ends_and_the_folder_goes(start, tmp_path, grace, told):
    """With a shared folder it may write a state first. Nobody would fetch one from a folder of its own."""
    process, order, scratch = start
    order(grace=grace)
    pid = pid_of(tmp_path)
    process.stdin.close()
    wait_for(lambda: not scratch.exists())
    assert not is_alive(pid)
    assert (tmp_path / "told").exists() == told


def test_a_step_does_not_outlive_a_tether_that_is_killed(start, tmp_path):
    process, order, scratch = start
    order(grace=30.0)
    pid = pid_of(tmp_path)
    os.kill(parent_of(pid), signal.SIGKILL)
    wait_for(lambda: not is_alive(pid))
    assert (tmp_path / "told").exists()
    assert process.stdout.readline() == b""
    scratch.rmdir()  # the next agent on the machine has one of its own


def test_the_lock_lasts_as_long_as_the_step(start, tmp_path):
    process, order, _ = start
    path = tmp_path / "lock"
    with path.open("w") as file:
        order(lock=str(path), grace=30.0)
        pid = pid_of(tmp_path)
        with pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.kill(pid, signal.SIGKILL)
        assert json.loads(process.stdout.readline()) == {"code": -9}
        with pytest.raises(BlockingIOError):  # the next step of the run follows
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        process.stdin.write(b'{"release": true}\n')
        fcntl.flock(file, fcntl.LOCK_EX)


def test_a_run_that_another_process_has_is_refused(start, tmp_path):
    process, order, _ = start
    path = tmp_path / "lock"
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        order(lock=str(path))
        assert "is locked" in json.loads(process.stdout.readline())["refused"]
    assert not (tmp_path / "pid").exists()


def test_what_belongs_to_ray_stays_out_of_a_step(tmp_path):
    """Above all the token, which a logger might send somewhere."""
    code = "import os; print([name for name in os.environ if name.startswith('RAY_') or name == 'PYTHONBREAKPOINT'])"
    words = {"command": [sys.executable, "-S", "-c", code], "environment": {}, "folder": str(tmp_path), "lock": None}
    words |= {"output": str(tmp_path / "out.log"), "grace": 0}
    (tmp_path / "scratch").mkdir()
    command = [sys.executable, "-I", "-S", tether.__file__, str(tmp_path / "scratch")]
    environment = {**os.environ, "RAY_AUTH_TOKEN": "secret", "PYTHONBREAKPOINT": "ray.util.rpdb.set_trace"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        process.stdin.write(json.dumps(words).encode() + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"code": 0}
    assert (tmp_path / "out.log").read_text().endswith("\n[]\n")
