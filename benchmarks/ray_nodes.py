"""Ray cluster on one machine, to be killed: a head and nodes, each a mount namespace of its own.

A node sees the machine's files, but has an empty folder in place of each folder that is private to the head. So both
kinds of cluster exist at once: runs in a private folder are not shared, runs anywhere else are. The cluster has
loopback addresses and a token. Mounting takes root, or a kernel that lets users have namespaces of their own.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

RAY = str(Path(sys.executable).with_name("ray"))
_STARTED = "Ray runtime started"
_SECONDS = 120


class Nodes:
    """A head without cores, and nodes that can be added and killed.

    Attributes:
        environment: Environment of a process that joins the cluster.
    """

    def __init__(self, folder: Path, private: Path) -> None:
        """Start the head.

        Args:
            folder: Ray's own files; a short path, since sockets lie in it.
            private: Folder that no node sees.
        """
        self.folder, self.private = folder, private
        private.mkdir(parents=True, exist_ok=True)
        (folder / "scratch").mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.2", 0))
            self.address = f"127.0.0.2:{free.getsockname()[1]}"
        self.environment = {
            **os.environ,
            "RAY_ADDRESS": self.address,
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(32),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_raylet_start_wait_time_s": "120",
            "OMP_NUM_THREADS": "1",
            "TMPDIR": str(folder / "scratch"),
        }
        self._nodes: dict[str, subprocess.Popen[bytes]] = {}
        self._last = 2
        port = self.address.rpartition(":")[2]
        words = ["--head", "--port", port, "--num-cpus", "0", "--include-dashboard", "false"]
        self._start("head", [*words, "--temp-dir", str(folder / "s"), "--disable-usage-stats"], ())

    def add(self, name: str, cpus: int = 1) -> None:
        """Start a node."""
        mount = ["mount", "-t", "tmpfs", "none", str(self.private)]
        hide = f'{" ".join(mount)} && exec "$@"'
        user = [] if os.geteuid() == 0 else ["--map-root-user"]
        inside = ["unshare", "--mount", *user, "sh", "-c", hide, "sh"]
        self._start(name, ["--address", self.address, "--num-cpus", str(cpus)], inside)

    def raylet(self, name: str) -> int:
        """Return the process of a node's raylet, which is the node to Ray."""
        return next(pid for pid in descendants(self._nodes[name].pid) if "raylet/raylet" in command_of(pid))

    def kill(self, name: str) -> None:
        """Kill all processes of a node at once, as when its machine goes off."""
        node = self._nodes.pop(name)
        namespaces = {path: Path(path, "ns", "mnt") for path in Path("/proc").iterdir() if path.name.isdecimal()}
        inside, own = (Path("/proc", str(pid), "ns", "mnt").readlink() for pid in (node.pid, os.getpid()))
        assert inside != own
        for path, namespace in namespaces.items():
            with suppress(OSError):
                if namespace.readlink() == inside:
                    os.kill(int(path.name), signal.SIGKILL)
        node.wait(60)

    def agents(self, name: str) -> list[int]:
        """Return the actors that work on a node."""
        return [pid for pid in descendants(self.raylet(name)) if command_of(pid).startswith("ray::Shell")]

    def close(self) -> None:
        """End all nodes."""
        for node in self._nodes.values():
            node.terminate()
        for node in self._nodes.values():
            try:
                node.wait(60)
            except subprocess.TimeoutExpired:
                node.kill()
                node.wait()

    def _start(self, name: str, words: Sequence[str], inside: Sequence[str]) -> None:
        log = self.folder / f"{name}-{self._last}.log"
        own = ["--node-ip-address", f"127.0.0.{self._last}", "--node-name", name, "--num-gpus", "0"]
        command = [*inside, RAY, "start", *words, *own, "--object-store-memory", "200000000", "--block"]
        self._last += 1
        with log.open("wb") as file:
            self._nodes[name] = subprocess.Popen(
                command, stdout=file, stderr=file, env=self.environment, start_new_session=True
            )
        until = time.monotonic() + _SECONDS
        while _STARTED not in log.read_text(errors="replace"):
            if self._nodes[name].poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"node {name} has not started:\n{log.read_text(errors='replace')}")
            time.sleep(0.1)


def descendants(pid: int) -> list[int]:
    """Return the children of a process, their children, and so on."""
    try:
        own = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [one for child in map(int, own) for one in (child, *descendants(child))]


def command_of(pid: int) -> str:
    """Return the command line of a process; empty if it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""
