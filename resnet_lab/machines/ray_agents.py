"""Agents as actors of Ray Core: one actor per agent, whose questions are numbered, so that none is answered twice."""

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import ActorUnavailableError, RayError, RayTaskError

from resnet_lab.files import write_text
from resnet_lab.machines.agent import Greeting, Look
from resnet_lab.machines.hired import Demand, PlaceLost


def _shell() -> type:
    """Return the class of the actors.

    A class made in a function travels by value, so it also starts on a node that lacks this package, and can say so.
    """

    class Shell:
        """Carries questions to an agent."""

        def __init__(self) -> None:
            self.agent: Any = None
            self.last: tuple[int, object] = (0, None)

        def node(self) -> str:
            """Return the identity of the node."""
            import ray

            return str(ray.get_runtime_context().get_node_id())

        def greet(self, probe: str, content: str) -> object:
            """Start the agent. Return its greeting, or the reason as text."""
            try:
                from resnet_lab.machines.agent import Agent
            except ImportError as error:
                return str(error)
            self.agent = self.agent or Agent()
            return self.agent.greet(probe, content)

        def answer(self, number: int, method: str, *arguments: object) -> object:
            """Return the answer to a question. A question that is put again gets the same answer."""
            if self.last[0] != number:
                self.last = (number, getattr(self.agent, method)(*arguments))
            return self.last[1]

        def tell(self, method: str, *arguments: object) -> None:
            """Call a method of the agent without an answer."""
            if self.agent is not None:
                getattr(self.agent, method)(*arguments)

    return Shell


class RayAgent:
    """Agent in an actor, which Ray starts where the demand can be met."""

    def __init__(
        self,
        demand: Demand,
        probes: Path,
        nodes: Callable[[], Mapping[str, str]],
        check: Callable[[str, Greeting | str], None],
    ) -> None:
        """Ask Ray for the actor.

        Args:
            demand: What the actor asks Ray for. Ray starts it no second time: what is next is read from the run folder.
            probes: Folder of the runs' study, in which the agent looks for a file.
            nodes: Returns the names of the nodes by their identities.
            check: Raises ``InputError`` if a node, by its name, cannot be used with its greeting.
        """
        self.node = ""
        self._nodes, self._check = nodes, check
        self._greeting: Greeting | None = None
        self._number = 0
        self._question: tuple[Any, ...] = ()
        options = {"num_cpus": demand.cpus, "num_gpus": demand.gpus, "max_restarts": 0, "max_task_retries": 0}
        self._actor = ray.remote(**options)(_shell()).remote()
        self._probe = probes / f".probe-{secrets.token_hex(8)}"
        self._content = secrets.token_hex(16)
        write_text(self._probe, self._content)
        self._greet()

    def greeting(self) -> Greeting | None:
        """Return the facts about its machine; None while it is not there yet."""
        if self._greeting is None:
            try:
                if not self.node and (where := _result(self._where)) is not None:
                    self.node = self._nodes().get(where, where)
                told = _result(self._reply) if self.node else None
            except _Unreachable:
                self._greet()
                return None
            if told is not None:
                self._probe.unlink(missing_ok=True)
                self._check(self.node, told)
                self._greeting = told
        return self._greeting

    def ask(self, method: str, *arguments: Any) -> None:
        """Ask for an answer of one of its methods."""
        self._number += 1
        self._question = (self._number, method, *arguments)
        self._reply = self._actor.answer.remote(*self._question)

    def answer(self) -> Look | None:
        """Return the answer; None while there is none. An actor that cannot be reached is asked again."""
        try:
            look: Look | None = _result(self._reply)
        except _Unreachable:
            self._reply = self._actor.answer.remote(*self._question)
            return None
        return look

    def tell(self, method: str, *arguments: Any) -> None:
        """Call one of its methods without an answer."""
        self._actor.tell.remote(method, *arguments)

    def end(self) -> None:
        """End the agent, and with it the step that it has started."""
        self._probe.unlink(missing_ok=True)
        ray.kill(self._actor, no_restart=True)

    def _greet(self) -> None:
        self._where = self._actor.node.remote()
        self._reply = self._actor.greet.remote(str(self._probe.absolute()), self._content)


class _Unreachable(Exception):  # noqa: N818
    """The actor cannot be reached now. Ray says later whether it is gone."""


def _result(reference: Any) -> Any:
    """Return a result of an actor; None while there is none."""
    if not ray.wait([reference], timeout=0)[0]:
        return None
    try:
        return ray.get(reference)
    except ActorUnavailableError as error:
        raise _Unreachable from error
    except RayTaskError as error:
        raise PlaceLost(f"its agent broke down ({str(error).strip().splitlines()[-1]})") from error
    except RayError as error:
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise PlaceLost(f"its agent is gone ({first})") from error
