"""Agents as actors of a Ray that is played here: losses, silence, and questions that are put again."""

import pytest
from ray.exceptions import ActorDiedError, ActorUnavailableError, RayTaskError

from resnet_lab.errors import InputError
from resnet_lab.machines import ray_agents
from resnet_lab.machines.agent import Greeting, Look
from resnet_lab.machines.hired import Demand, PlaceLost
from resnet_lab.machines.ray_agents import RayAgent


class Method:
    def __init__(self, call):
        self.remote = call


class Ray:
    """Answers with what the test says; a result that is None is not there yet."""

    def __init__(self):
        self.options, self.asked, self.results, self.killed = {}, [], {}, []

    def remote(self, **options):
        self.options = options
        return lambda cls: type("Class", (), {"remote": lambda: self})

    def __getattr__(self, name):
        return Method(lambda *arguments: self.asked.append((name, *arguments)) or name)

    def wait(self, references, timeout):
        assert timeout == 0
        return ([reference for reference in references if self.results.get(reference) is not None], [])

    def get(self, reference):
        result = self.results[reference]
        if isinstance(result, Exception):
            raise result
        return result

    def kill(self, actor, no_restart):
        self.killed.append(no_restart)


@pytest.fixture
def ray(monkeypatch):
    ray = Ray()
    monkeypatch.setattr(ray_agents, "ray", ray)
    return ray


@pytest.fixture
def agent(ray, tmp_path):
    def check(node, told):
        if isinstance(told, str):
            raise InputError(f"{node}: {told}")

    return RayAgent(Demand(4, 1), tmp_path, lambda: {"id-b": "b"}, check)


@pytest.fixture
def greeting():
    return Greeting(True, "/tmp/x", "python", {})


def test_ray_restarts_nothing_and_knows_the_demand(ray, agent):
    assert ray.options == {"num_cpus": 4, "num_gpus": 1, "max_restarts": 0, "max_task_retries": 0}


def test_an_agent_greets_when_it_is_there(ray, agent, greeting, tmp_path):
    (probe,) = tmp_path.iterdir()
    assert ("greet", str(probe), probe.read_text()) in ray.asked
    assert agent.greeting() is None
    assert agent.node == ""
    ray.results["node"] = "id-b"
    assert agent.greeting() is None
    assert agent.node == "b"
    ray.results["greet"] = greeting
    assert agent.greeting() == greeting
    assert not probe.exists()


def test_a_missing_package_is_no_lost_place(ray, agent):
    ray.results |= {"node": "id-b", "greet": "No module named 'resnet_lab'"}
    with pytest.raises(InputError, match="b: No module named 'resnet_lab'"):
        agent.greeting()


def test_an_actor_that_cannot_be_reached_is_asked_the_same_again(ray, agent, greeting):
    ray.results |= {"node": "id-b", "greet": greeting}
    agent.greeting()
    agent.ask("look")
    ray.results["answer"] = ActorUnavailableError("no route", None)
    assert agent.answer() is None
    ray.results["answer"] = None
    assert agent.answer() is None
    ray.results["answer"] = Look(code=0)
    assert agent.answer() == Look(code=0)
    agent.ask("look")
    assert [words for words in ray.asked if words[0] == "answer"] == [
        *[("answer", 1, "look")] * 2,
        ("answer", 2, "look"),
    ]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ActorDiedError(), "its agent is gone"),
        (RayTaskError("answer", "Traceback\nOSError: full\n", OSError("full")), "its agent broke down"),
    ],
)
def test_a_dead_actor_is_a_lost_place(ray, agent, greeting, error, reason):
    ray.results |= {"node": "id-b", "greet": greeting}
    agent.greeting()
    agent.ask("look")
    ray.results["answer"] = error
    with pytest.raises(PlaceLost, match=reason):
        agent.answer()
    agent.tell("leave")
    assert ray.asked[-1] == ("tell", "leave")
    agent.end()
    assert ray.killed == [True]


def test_a_question_that_is_put_again_gets_the_same_answer(tmp_path):
    """Else the changes of a look whose answer was lost would never come back."""

    class Counts:
        number = 0

        def look(self):
            self.number += 1
            return self.number

    shell = ray_agents._shell()()
    shell.agent = Counts()
    assert [shell.answer(number, "look") for number in (1, 1, 2, 2, 3)] == [1, 1, 2, 2, 3]


def test_the_class_of_the_actors_travels_by_value():
    """A node without this package can then say that it lacks it."""
    import pickle
    import subprocess
    import sys

    from ray import cloudpickle

    assert pickle.loads(cloudpickle.dumps(ray_agents._shell()))().agent is None
    code = (
        "import sys; sys.modules['resnet_lab'] = None; from ray import cloudpickle;"
        "print(cloudpickle.loads(sys.stdin.buffer.read())().greet('probe', 'word'))"
    )
    sent = cloudpickle.dumps(ray_agents._shell())
    done = subprocess.run([sys.executable, "-c", code], input=sent, capture_output=True, check=False, timeout=120)
    assert b"resnet_lab" in done.stdout, done.stderr
