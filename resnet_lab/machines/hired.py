"""Hired agents: the interface of a cluster and of an agent on one of its machines."""

from dataclasses import dataclass
from typing import Any, Protocol

from resnet_lab.machines.agent import Greeting, Look


class PlaceLost(Exception):  # noqa: N818 (an event, and no mistake of anybody)
    """Loss of a place with the step that worked there, or its refusal. The run folder says how the run goes on."""


@dataclass(frozen=True)
class Demand:
    """Demand of a run on one machine.

    Attributes:
        cpus: Number of cores.
        gpus: Number of GPUs.
    """

    cpus: int
    gpus: int


class HiredAgent(Protocol):
    """Agent on another machine, seen from this one. One request is open at a time."""

    @property
    def node(self) -> str:
        """Name of its machine; empty while it is not known."""

    def greeting(self) -> Greeting | None:
        """Return the facts about its machine; None while it is not there yet.

        Raises:
            InputError: Its machine cannot do what is asked for.
            PlaceLost: The agent is gone.
        """

    def ask(self, method: str, *arguments: Any) -> None:
        """Ask for an answer of one of its methods."""

    def answer(self) -> Look | None:
        """Return the answer; None while there is none.

        Raises:
            PlaceLost: The agent is gone.
        """

    def tell(self, method: str, *arguments: Any) -> None:
        """Call one of its methods without an answer."""

    def end(self) -> None:
        """End the agent, and with it the step that it has started."""


class Cluster(Protocol):
    """Machines with agents for hire."""

    def most_gpus(self) -> int:
        """Return the number of GPUs of the machine that has the most."""

    def hire(self, demand: Demand) -> HiredAgent:
        """Ask for an agent that has what a run demands.

        Raises:
            InputError: No machine has it.
        """
