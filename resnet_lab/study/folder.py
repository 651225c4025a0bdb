"""Where a study keeps what is its own: beside the runs, and never taken for one."""

from dataclasses import dataclass
from pathlib import Path

from resnet_lab.study.plan import PlannedRun


@dataclass(frozen=True)
class StudyFolder:
    """Files of a study in the folder of its runs.

    Attributes:
        logs: The folder of all runs.
        name: Name of the study.
    """

    logs: Path
    name: str

    @property
    def path(self) -> Path:
        """The study's own folder."""
        return self.logs / "studies" / self.name

    def output(self, planned: PlannedRun) -> Path:
        """What a run printed, all its parts one after the other."""
        return self.path / f"{planned.key}.log"

    def lock(self, planned: PlannedRun) -> Path:
        """The lock on a run, which all studies over these runs share."""
        return self.logs / "studies" / ".locks" / planned.key
