"""Processes of one command: they end together, with the code of what ended them."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from resnet_lab.distributed import launcher
from resnet_lab.distributed.launcher import command_of, launch


def python(code: str) -> list[str]:
    """Return the command line of a few lines that know their ``rank``."""
    head = "import os, signal, sys, time\nrank = int(os.environ['RANK'])\n"
    return [sys.executable, "-c", head + textwrap.dedent(code)]


def test_each_process_knows_its_rank_and_all_the_same_address(tmp_path):
    names = ("LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")
    code = f"open(f'{tmp_path}/{{rank}}', 'w').write(' '.join(os.environ[name] for name in {names}))"
    assert launch(python(code), 2) == 0
    found = [(tmp_path / str(rank)).read_text().split() for rank in range(2)]
    assert [one[0] for one in found] == ["0", "1"]
    assert found[0][1:] == found[1][1:]


@pytest.mark.parametrize("code", [1, 2, 143])
def test_the_code_is_that_of_the_first_that_failed_and_the_others_end(code, monkeypatch):
    monkeypatch.setattr(launcher, "_GRACE", 0.5)
    assert launch(python(f"sys.exit({code}) if rank == 1 else time.sleep(60)"), 2) == code


def test_a_process_that_was_killed_is_told(monkeypatch, capsys):
    monkeypatch.setattr(launcher, "_GRACE", 0.5)
    assert launch(python("os.kill(os.getpid(), signal.SIGKILL) if rank == 1 else time.sleep(60)"), 2) == 1
    assert capsys.readouterr().err.splitlines() == [
        "resnet-lab: process 2 of 2 was killed by SIGKILL; did memory run out?",
        "resnet-lab: 1 of 2 processes did not end by themselves, and are killed",
    ]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGUSR1, 143), (signal.SIGINT, 130)])
def test_a_signal_is_passed_on_as_sigterm(tmp_path, number, code):
    each = f"""
        def leave(*_):
            open(f"{tmp_path}/{{rank}}", "w").close()
            sys.exit(143)
        signal.signal(signal.SIGTERM, leave)
        if rank == 0:
            open("{tmp_path}/ready", "w").close()
        else:
            while not os.path.exists("{tmp_path}/ready"):
                time.sleep(0.01)
            os.kill(os.getppid(), {int(number)})
        time.sleep(60)
    """
    assert launch(python(each), 2) == code
    assert (tmp_path / "0").exists()
    assert (tmp_path / "1").exists()


def test_what_does_not_end_by_itself_is_killed(monkeypatch, tmp_path):
    monkeypatch.setattr(launcher, "_GRACE", 0.5)
    stubborn = "signal.signal(signal.SIGTERM, signal.SIG_IGN); os.kill(os.getppid(), signal.SIGTERM); time.sleep(60)"
    start = time.monotonic()
    assert launch(python(stubborn), 2) == 143
    assert time.monotonic() - start < 30


def test_handlers_are_put_back():
    before = signal.getsignal(signal.SIGTERM)
    launch(python("pass"), 1)
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.slow
def test_processes_do_not_outlive_a_launcher_that_is_killed(tmp_path):
    waits = f"""
        from resnet_lab.distributed.launcher import end_with_launcher
        end_with_launcher()
        open(f"{tmp_path}/{{rank}}", "w").write(str(os.getpid()))
        time.sleep(600)
    """
    code = f"from resnet_lab.distributed.launcher import launch; launch({python(waits)!r}, 2)"
    process = subprocess.Popen([sys.executable, "-c", code])
    files = [tmp_path / str(rank) for rank in range(2)]
    wait_for(lambda: all(file.exists() and file.read_text() for file in files))
    process.kill()
    process.wait(timeout=60)
    for file in files:
        wait_for(lambda file=file: not Path(f"/proc/{file.read_text()}").exists() or ended(int(file.read_text())))


def ended(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{process}/stat").read_text().split()[2] == "Z"


def wait_for(condition, seconds: float = 180.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_command_is_this_process_or_the_module(monkeypatch):
    monkeypatch.setattr(sys, "orig_argv", ["python", "-X", "dev", "/bin/resnet-lab", "fit", "--name", "a"])
    assert command_of(["fit", "--name", "a"]) == [sys.executable, "-X", "dev", "/bin/resnet-lab", "fit", "--name", "a"]
    assert command_of(["fit", "--name", "b"]) == [sys.executable, "-P", "-m", "resnet_lab", "fit", "--name", "b"]
