"""The streams of a process that uses Ray: the display stays clean."""

import subprocess
import sys

CODE = """
import os, sys, threading
from pathlib import Path
from resnet_lab.machines.ray_streams import ray_prints_to
print("before")
with ray_prints_to(Path(sys.argv[1])):
    os.write(1, b"noise of Ray\\n")
    os.system("echo noise of a child >&2")
    thread = threading.Thread(target=lambda: [print("noise of a thread", file=s) for s in (sys.stdout, sys.stderr)])
    thread.start()
    thread.join()
    print("shown")
    print("table", file=sys.stderr)
    print(sys.stdout.isatty())
print("after")
print("error", file=sys.stderr)
"""


def test_what_ray_prints_goes_to_the_file_and_nothing_else_does(tmp_path):
    log = tmp_path / "logs" / "ray.log"
    command = [sys.executable, "-c", CODE, str(log)]
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        assert done.stdout.split() == ["before", "shown", "False", "after"]
        assert done.stderr.split() == ["table", "error"]
    assert log.read_text() == ("noise of Ray\nnoise of a child\n" + "noise of a thread\n" * 2) * 2
