"""Places on the GPUs of this machine, which are dealt by name."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from pathlib import Path

from typing_extensions import override

from resnet_lab.study.gpus import VISIBLE, gpus_of_run
from resnet_lab.study.places.local import LocalPlace
from resnet_lab.study.plan import PlannedRun


class GpuPlaces:
    """Places with GPUs. Where there are more runs than GPUs, several runs share one.

    Attributes:
        runs: Number of runs that each GPU has now, by its name.
    """

    def __init__(self, gpus: Sequence[str]) -> None:
        """Deal from these GPUs.

        Args:
            gpus: Their names, in their order.
        """
        self.runs = Counter(dict.fromkeys(gpus, 0))

    def take(self, planned: PlannedRun, processes: Set[int], output: Path, lock: int) -> "GpuPlace":
        """Deal the least used GPUs to a run, as many as it asks for.

        Raises:
            InputError: There are fewer.
        """
        number = gpus_of_run(planned, processes, len(self.runs))
        least = sorted(self.runs, key=self.runs.__getitem__)[:number]
        dealt = [name for name in self.runs if name in least]
        self.runs.update(dealt)
        return GpuPlace(output, lock, dealt, self.runs)


class GpuPlace(LocalPlace):
    """Place of a run that sees the GPUs dealt to it and no other."""

    def __init__(self, output: Path, lock: int, gpus: Sequence[str], runs: Counter[str]) -> None:
        """Nothing is started.

        Args:
            output: File to which the steps append their output.
            lock: Descriptor of the run's lock.
            gpus: Names of the GPUs; none for a run on the CPU.
            runs: Number of runs that each GPU has, this one included.
        """
        super().__init__(output, lock)
        self._gpus, self._runs = tuple(gpus), runs

    @override
    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start the command of a step, which sees its GPUs only."""
        super().start(command, {**environment, VISIBLE: ",".join(self._gpus)})

    @override
    def close(self) -> None:
        """Give the GPUs back."""
        self._runs.subtract(self._gpus)
