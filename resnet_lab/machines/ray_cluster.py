"""Ray cluster of a study: its address, and checks before anything is started there."""

import ipaddress
import os
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import AuthenticationError, RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from resnet_lab.errors import InputError
from resnet_lab.machines.agent import Greeting
from resnet_lab.machines.hired import Demand
from resnet_lab.machines.ray_agents import RayAgent
from resnet_lab.provenance import describe_software
from resnet_lab.signal_handlers import set_handlers

_ANSWER_SECONDS = 60
_CONNECT_SECONDS = 10
_TOKEN = "A Ray token: set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN (or RAY_AUTH_TOKEN_PATH), the same on every machine."


class RayCluster:
    """Machines of a Ray cluster that this process has joined.

    Attributes:
        nodes: The machines that were there at the start, by name.
    """

    def __init__(self, probes: Path) -> None:
        """Look at the machines.

        Args:
            probes: Folder in which agents look for a file, to see whether the folder of the runs is shared.
        """
        self._probes = probes
        self.nodes = tuple(_names().values())

    def most_gpus(self) -> int:
        """Return the number of GPUs of the machine that has the most."""
        return max((int(node["Resources"].get("GPU", 0)) for node in _alive()), default=0)

    def fitting(self, demand: Demand) -> int:
        """Return the number of runs that the cluster takes at a time.

        Raises:
            InputError: It takes none.
        """
        number = sum(fitting(node["Resources"], demand) for node in _alive())
        if number == 0:
            have = "; ".join(f"{_name(node)}: {_have(node['Resources'])}" for node in _alive())
            raise InputError(
                f"No node of the Ray cluster has what a run asks for: {_have({'CPU': demand.cpus, 'GPU': demand.gpus})}"
                f" on one node. The nodes have: {have or 'nothing'}. Ray would wait without a word. Give fewer "
                "--threads, set trainer.devices, or start a node with more."
            )
        return number

    def hire(self, demand: Demand) -> RayAgent:
        """Ask Ray for an agent that has what a run demands.

        Raises:
            InputError: No machine has it.
        """
        self.fitting(demand)
        return RayAgent(demand, self._probes, _names, check_software)

    def check_nodes(self) -> None:
        """Compare the versions of every node with those of this machine.

        Raises:
            InputError: A node lacks the package, or has other versions.
        """
        asked = {}
        for identity, name in _names().items():
            where = NodeAffinitySchedulingStrategy(identity, soft=False)
            asked[name] = ray.remote(num_cpus=0, max_retries=0, scheduling_strategy=where)(_software_of_node()).remote()
        for name, reference in asked.items():
            try:
                found = ray.get(reference, timeout=_ANSWER_SECONDS)
            except RayError as error:
                first = next(iter(str(error).splitlines()), type(error).__name__)
                raise InputError(f"Node {name} of the Ray cluster does not answer ({first}).") from error
            check_software(name, found)


@contextmanager
def joined_cluster(probes: Path, *, without_token: bool) -> Iterator[RayCluster]:
    """Join the cluster of this machine, or that of ``RAY_ADDRESS``, and leave it at the end.

    Args:
        probes: Folder in which agents look for a file.
        without_token: Whether the user accepts a cluster that anybody can use.

    Raises:
        InputError: There is no cluster, or it cannot be used.
    """
    before = signal.getsignal(signal.SIGTERM)
    try:
        _join()
        set_handlers({signal.SIGTERM: before})  # Ray's own ends the process with the number of the signal
        refuse_open_cluster([node["NodeManagerAddress"] for node in _alive()], os.environ, without_token=without_token)
        cluster = RayCluster(probes)
        cluster.check_nodes()
        yield cluster
    finally:
        ray.shutdown()
        set_handlers({signal.SIGTERM: before})


def _join() -> None:
    address = os.environ.get("RAY_ADDRESS") or _last_started() or "auto"
    if address.startswith("ray://"):
        raise InputError(
            f"RAY_ADDRESS is {address}, an address of Ray Client, over which a study has no files. Start the study on "
            "a node of the cluster, and set RAY_ADDRESS to HOST:PORT or leave it out."
        )
    try:
        if ":" in address:  # Ray (2.60) would go on trying for minutes, without a word
            host, _, port = address.rpartition(":")
            socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_SECONDS).close()
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except AuthenticationError as error:
        raise InputError(f"The Ray cluster wants a token, and there is none or another one. {_TOKEN}") from error
    except (ConnectionError, RuntimeError, OSError, ValueError) as error:
        if os.environ.get("RAY_AUTH_MODE") == "token":
            hint = f" If there is one: has it the same token? {_TOKEN}"
        else:
            hint = " If it has a token, set RAY_AUTH_MODE=token and the token here, too."
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(
            f"No Ray cluster can be joined ({address}: {reason}). Start one with: ray start --head. On every further "
            f"machine: ray start --address HEAD:6379. The study must run on a node of the cluster.{hint}"
        ) from error


def _last_started() -> str | None:
    """Return the address of the cluster that was last started on this machine, where Ray notes it."""
    note = Path(os.environ.get("RAY_TMPDIR") or "/tmp") / "ray" / "ray_current_cluster"
    return note.read_text(encoding="utf-8").strip() or None if note.is_file() else None


def refuse_open_cluster(addresses: list[str], environment: Mapping[str, str], *, without_token: bool) -> None:
    """Refuse a cluster without a token whose nodes have other addresses than loopback.

    Args:
        addresses: Addresses of the nodes.
        environment: Environment variables, which tell Ray whether to use a token.
        without_token: Whether the user accepts it.

    Raises:
        InputError: The cluster is refused.
    """
    if without_token or environment.get("RAY_AUTH_MODE") == "token":
        return
    outside = [address for address in addresses if not _is_loopback(address)]
    if outside:
        raise InputError(
            f"The Ray cluster has no token, and its nodes have addresses on a network ({', '.join(outside)}): whoever "
            "reaches these machines can run any program there. Start every node with RAY_AUTH_MODE=token and one "
            "RAY_AUTH_TOKEN, and the study, too. If nobody else reaches this network, say so with --without_token."
        )


def check_software(node: str, found: Greeting | Mapping[str, str] | str) -> None:
    """Refuse a node whose versions are not those of this machine: its runs would be no pairs.

    Args:
        node: Name of the node.
        found: Its versions, or a greeting with them, or the reason why there are none.

    Raises:
        InputError: The node is refused.
    """
    own = describe_software()
    if isinstance(found, str):
        raise InputError(
            f"Node {node} of the Ray cluster cannot start this package ({found}). Install there what is here, in the "
            f"Python that starts Ray: pip install 'resnet-lab[ray]=={own['resnet-lab']}'."
        )
    there = found.software if isinstance(found, Greeting) else found
    differ = [
        f"{name} {there.get(name, 'is missing')}, here {own[name]}" for name in own if there.get(name) != own[name]
    ]
    if differ:
        raise InputError(
            f"Node {node} of the Ray cluster has other versions: {'; '.join(differ)}. Runs of different versions are "
            "no pairs, so install the same ones there, or start Ray without that node."
        )


def fitting(resources: Mapping[str, float], demand: Demand) -> int:
    """Return the number of runs that a node takes at a time.

    Args:
        resources: All resources of the node, as Ray names them.
        demand: Demand of each run.

    >>> fitting({"CPU": 8, "GPU": 2}, Demand(cpus=2, gpus=1)), fitting({"CPU": 8}, Demand(2, 0))
    (2, 4)
    """
    cpus = int(resources.get("CPU", 0) // demand.cpus)
    return min(cpus, int(resources.get("GPU", 0) // demand.gpus)) if demand.gpus else cpus


def _software_of_node() -> Any:
    """Return the function that a node runs. It travels by value, so that a node without this package can say so."""

    def software() -> object:
        try:
            from resnet_lab.provenance import describe_software

            return describe_software()
        except ImportError as error:
            return str(error)

    return software


def _alive() -> list[dict[str, Any]]:
    return [node for node in ray.nodes() if node["Alive"]]


def _names() -> dict[str, str]:
    """Return the name of each node by its identity."""
    return {node["NodeID"]: _name(node) for node in _alive()}


def _name(node: Mapping[str, Any]) -> str:
    """Return the name given to a node, else its host. Without a name, Ray takes the address for one."""
    name = str(node.get("NodeName") or "")
    return str(node["NodeManagerHostname"]) if name in ("", node["NodeManagerAddress"]) else name


def _have(resources: Mapping[str, float]) -> str:
    cpus, gpus = (int(resources.get(kind, 0)) for kind in ("CPU", "GPU"))
    cores = f"{cpus} core{'' if cpus == 1 else 's'}"
    return f"{cores} and {gpus} GPU{'' if gpus == 1 else 's'}" if gpus else cores


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
