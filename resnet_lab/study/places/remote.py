"""Places on other machines: an agent there works for one run after the other.

With a folder that both machines see, a step works in place and its machine holds the lock of the run. Without one, the
files of the run go to the agent's own folder, and the changes come back at each look.
"""

import fcntl
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence, Set
from pathlib import Path

from resnet_lab.errors import InputError
from resnet_lab.machines.agent import Look, Order
from resnet_lab.machines.copies import Changes, ChangingFolder, write_changes
from resnet_lab.machines.hired import Cluster, Demand, HiredAgent, PlaceLost
from resnet_lab.runs import Run, claim_run
from resnet_lab.study.folder import StudyFolder
from resnet_lab.study.gpus import VISIBLE, gpus_of_run
from resnet_lab.study.plan import PlannedRun

_KILLS = 10
"""Number of times that an agent is asked to kill its step before it is ended itself."""


def demand_of(planned: PlannedRun, processes: Set[int], threads: int, gpus: int) -> Demand:
    """Return the demand of a run.

    Args:
        planned: The run.
        processes: Numbers of processes of the runs that its seed has.
        threads: Threads per process.
        gpus: Number of GPUs of the machine that has the most.

    Raises:
        InputError: There are fewer GPUs than the run needs.
    """
    needed = gpus_of_run(planned, processes, gpus)
    return Demand(threads * max(needed, 1), needed)


class RemotePlaces:
    """Places on the machines of a cluster.

    A new agent takes seconds, so the agent of a run that has ended is kept for the next run.
    """

    def __init__(self, cluster: Cluster, folder: StudyFolder, threads_of: Callable[[int], int]) -> None:
        """Hire nobody yet.

        Args:
            cluster: The machines.
            folder: Files of the study.
            threads_of: Returns the number of threads of a seed's runs.
        """
        self._cluster, self._folder, self._threads_of = cluster, folder, threads_of
        self._idle: list[tuple[Demand, HiredAgent]] = []

    def take(self, planned: PlannedRun, processes: Set[int], output: Path, lock: int) -> "RemotePlace":
        """Take a place for a run, with an idle agent or a new one.

        Raises:
            InputError: No machine has what the run asks for.
        """
        threads = self._threads_of(planned.seed)
        demand = demand_of(planned, processes, threads, self._cluster.most_gpus())
        kept = next((pair for pair in self._idle if pair[0] == demand), None)
        if kept is None:
            self.close()  # an idle agent with something else holds what a new one may need
            agent = self._cluster.hire(demand)
        else:
            self._idle.remove(kept)
            agent = kept[1]
        keep = self._keep(demand)
        return RemotePlace(agent, planned, self._folder, output, lock, keep, has_gpus=demand.gpus > 0)

    def close(self) -> None:
        """End the idle agents."""
        while self._idle:
            self._idle.pop()[1].end()

    def _keep(self, demand: Demand) -> Callable[[HiredAgent], None]:
        return lambda agent: self._idle.append((demand, agent))


class RemotePlace:
    """Place of a run on another machine."""

    def __init__(
        self,
        agent: HiredAgent,
        planned: PlannedRun,
        folder: StudyFolder,
        output: Path,
        lock: int,
        keep: Callable[[HiredAgent], None],
        *,
        has_gpus: bool,
    ) -> None:
        """Nothing is started.

        Args:
            agent: The agent.
            planned: The run.
            folder: Files of the study.
            output: File to which the steps append their output.
            lock: Descriptor of the run's lock. With a shared folder the lock goes over to the agent.
            keep: Takes the agent once the run has left it.
            has_gpus: Whether the agent has GPUs; otherwise its steps see none.
        """
        self._agent, self._planned, self._folder, self._output = agent, planned, folder, output
        self._lock, self._keep = lock, keep
        self._hidden = {} if has_gpus else {VISIBLE: ""}  # Ray leaves it unset for num_gpus=0, and all GPUs in sight
        self._code: int | None = None
        self._is_ready = self._is_working = self._is_lost = False
        self._kills = 0
        self._run: Run | None = None
        self._there: str | None = None

    @property
    def node(self) -> str:
        """Name of the machine."""
        return self._agent.node

    def is_ready(self) -> bool:
        """Return whether the agent is there."""
        try:
            self._is_ready = self._agent.greeting() is not None
        except (InputError, PlaceLost):
            self._is_lost = True
            raise
        return self._is_ready

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start the command of a step, with the paths that it has there."""
        greeting = self._agent.greeting()
        assert greeting is not None
        here, environment = str(Path.cwd()), {**environment, **self._hidden}
        if greeting.is_shared:
            fcntl.flock(self._lock, fcntl.LOCK_UN)
            own = (self._folder.logs, self._planned.cell.config)
            names = {sys.executable: greeting.python, **{str(path): str(path.absolute()) for path in own}}
            self._output.parent.mkdir(parents=True, exist_ok=True)
            order = Order(
                moved(command, names),
                environment,
                here,
                shared_output=str(self._output.absolute()),
                lock=str(self._folder.lock(self._planned).absolute()),
            )
        else:
            files = self._files(command) if self._there is None else None
            scratch = Path(greeting.scratch)
            names = {
                sys.executable: greeting.python,
                str(self._planned.cell.config): str(scratch / "config" / self._planned.cell.config.name),
                **({str(self._run.path): str(scratch / str(self._there))} if self._run else {}),
                str(self._folder.logs): str(scratch / "logs"),
            }
            order = Order(moved(command, names), environment, here, run=self._there, files=files)
        self._agent.ask("start", order)
        self._code, self._is_working = None, True

    def poll(self) -> int | None:
        """Return the exit code of the step; None while it runs. Bring back what it has written."""
        if self._is_lost:
            raise PlaceLost("it was lost before")
        if self._code is not None:
            return self._code
        try:
            look = self._agent.answer()
            if look is None:
                return None
            self._receive(look)
        except (OSError, InputError) as error:
            self._is_lost = True
            raise PlaceLost(f"its files cannot be written here ({error})") from error
        except PlaceLost:
            self._is_lost = True
            raise
        if look.code is None:
            self._agent.ask("look")
        else:
            self._code, self._is_working = look.code, False
        return look.code

    def send_signal(self, number: int) -> None:
        """Send a signal to the step."""
        self._agent.tell("send_signal", number)

    def kill(self) -> None:
        """Kill the step; if that has been asked for often and in vain, end the agent."""
        self._kills += 1
        if self._kills <= _KILLS:
            self._agent.tell("send_signal", int(signal.SIGKILL))
        else:
            self._agent.end()

    def close(self) -> None:
        """Leave the place. Keep the agent for another run if it is at peace."""
        if self._is_working or self._is_lost or not self._is_ready:
            self._agent.end()
        else:
            self._agent.tell("leave")
            self._keep(self._agent)

    def _files(self, command: Sequence[str]) -> dict[str, Changes]:
        """Return the files that the agent has to have first, and note which folder there is the run's."""
        config = self._planned.cell.config
        files = {"config": Changes(((config.name, 0),), {0: config.read_bytes()})}
        start = f"{self._folder.logs}{os.sep}"
        paths = (Path(word) for word in command if word.startswith(start) and word != str(config))
        path = next(paths, None)
        if path is None:
            self._there = f"logs/{self._planned.cell.name}/version_0"
        else:
            self._run = Run(path)
            self._there = f"logs/{self._run.label}"
            files[self._there] = ChangingFolder(path).changes()
        return files

    def _receive(self, look: Look) -> None:
        """Write what has come from the agent, unless it is here already."""
        if look.printed:
            self._output.parent.mkdir(parents=True, exist_ok=True)
            with self._output.open("ab") as file:
                file.write(look.printed)
        if look.changes.files and self._run is None:
            self._run = claim_run(self._folder.logs, self._planned.cell.name)
        if self._run is not None:
            write_changes(self._run.path, look.changes)
        if look.refused is not None:
            raise PlaceLost(look.refused)


def moved(command: Sequence[str], names: Mapping[str, str]) -> tuple[str, ...]:
    """Return a command with other paths.

    Args:
        command: The program and its arguments.
        names: New paths of files and folders by their old ones. The first that fits counts.

    >>> moved(["fit", "--logs", "a/b", "a/b/c", "a/bc"], {"a/b": "/x"})
    ('fit', '--logs', '/x', '/x/c', 'a/bc')
    """

    def word(old: str) -> str:
        for name, new in names.items():
            if old == name or old.startswith(f"{name}{os.sep}"):
                return new + old[len(name) :]
        return old

    return tuple(map(word, command))
