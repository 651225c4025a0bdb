"""Log and lock files of a study."""

from dataclasses import dataclass
from pathlib import Path

from resnet_lab.study.plan import PlannedRun

_LAST_LINES = 12


@dataclass(frozen=True)
class StudyFolder:
    """Files of a study. They lie beside the runs and are never taken for a run.

    Attributes:
        logs: Folder of all runs.
        name: Name of the study.
    """

    logs: Path
    name: str

    @property
    def path(self) -> Path:
        """Folder of the study."""
        return self.logs / "studies" / self.name

    def output(self, planned: PlannedRun) -> Path:
        """Return the log file of a run, with the output of all its steps."""
        return self.path / f"{planned.key}.log"

    def last_lines(self, planned: PlannedRun) -> list[str]:
        """Return the last lines of the last command in the log file of a run."""
        output = self.output(planned)
        if not output.exists():
            return []
        lines = [line for line in output.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        command = max((number for number, line in enumerate(lines) if line.startswith("$ ")), default=-1)
        return lines[command + 1 :][-_LAST_LINES:]

    def lock(self, planned: PlannedRun) -> Path:
        """Return the lock file of a run, which all studies over these runs share."""
        return self.logs / "studies" / ".locks" / planned.key
