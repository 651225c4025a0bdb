"""The allocator: preloaded by a second start of the process, for that process alone, if nothing speaks against it."""

import json
import os
import subprocess
import sys

import pytest

from resnet_lab.allocator import preload_environment

installed = pytest.mark.skipif(preload_environment() is None, reason="the allocator has no wheel for this system")
SCRIPT = """\
import json, os, subprocess, sys
import resnet_lab.cli
from resnet_lab.allocator import active_allocator

def command(arguments):
    child = "from resnet_lab.allocator import active_allocator; print(active_allocator())"
    print(json.dumps({
        "pid": os.getpid(),
        "arguments": arguments,
        "allocator": active_allocator(),
        "preloaded": os.environ.get("LD_PRELOAD"),
        "child": subprocess.run([sys.executable, "-c", child], capture_output=True, text=True).stdout.strip(),
    }))
    return 3

resnet_lab.cli._dispatch = command
sys.exit(resnet_lab.cli.main())
"""


def start(*arguments, **environment):
    """Start a process whose commands say what allocator they run with; return its answer."""
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    out, err = process.communicate(timeout=300)
    assert process.returncode == 3, err
    assert err == ""
    answer = json.loads(out)
    assert answer.pop("pid") == process.pid  # who waits for the process, or signals it, notices nothing
    return answer


@installed
@pytest.mark.parametrize("command", ["fit", "validate", "test", "predict", "inspect", "bench"])
def test_commands_that_compute_are_started_again(command):
    assert start(command, "--config", "a b.yaml") == {
        "arguments": [command, "--config", "a b.yaml"],
        "allocator": "mimalloc",
        "preloaded": None,
        "child": "system",
    }


@pytest.mark.parametrize(
    "arguments",
    [
        ("data", "check"),
        ("dashboard",),
        (),
        ("fit", "--allocator", "system"),
        ("fit", "--allocator=auto", "--allocator=system"),
    ],
)
def test_nothing_is_preloaded(arguments):
    answer = start(*arguments)
    assert (answer["arguments"], answer["allocator"]) == (list(arguments), "system")


@installed
def test_what_the_user_preloads_stays():
    library = "libc.so.6"  # loaded anyway
    answer = start("fit", LD_PRELOAD=library)
    assert (answer["allocator"], answer["preloaded"]) == ("system", library)


@installed
def test_a_config_read_later_returns_to_the_systems():
    code = (
        "from resnet_lab.allocator import active_allocator, return_to_system, start_with; start_with('auto');"
        "print(active_allocator(), flush=True); return_to_system(); print('still', active_allocator())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.splitlines() == ["mimalloc", "system", "still system"]


def test_without_the_wheel_nothing_happens(monkeypatch):
    from importlib import metadata

    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", missing)
    assert preload_environment() is None
