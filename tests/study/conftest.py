"""A study of the shipped arms, over a program that fits nothing."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from resnet_lab.config.find import shipped_configs
from resnet_lab.study.on_disk import Progress
from resnet_lab.study.plan import PlannedRun, Study, planned_runs, read_study
from resnet_lab.study.resolved_configs import resolve_configs
from resnet_lab.study.run_rows import RunRow, State


@pytest.fixture(autouse=True)
def _quick(quick_polls: None) -> None:
    """No study of these tests waits longer than it must."""


@pytest.fixture(scope="session")
def fake() -> tuple[str, ...]:
    """The program."""
    return sys.executable, "-S", "-E", str(Path(__file__).with_name("fake_lab.py"))


@pytest.fixture
def calls(tmp_path, monkeypatch) -> Callable[[], list[str]]:
    """What the program was called for so far, in order."""
    path = tmp_path / "calls.txt"
    monkeypatch.setenv("FAKE_CALLS", str(path))
    return lambda: path.read_text().splitlines() if path.exists() else []


@pytest.fixture(scope="session")
def residual(tmp_path_factory) -> Study:
    """The study of both arms, with the seeds 0 and 1."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("plan"))  # from the checkout, configs would be found by relative paths
        return read_study(shipped_configs() / "studies" / "residual.yaml", seeds=[0, 1])


@pytest.fixture(scope="session")
def plan(residual, fake) -> list[PlannedRun]:
    """Both arms with the seeds 0 and 1."""
    return planned_runs(residual, resolve_configs(residual, fake))


@pytest.fixture
def row(plan) -> Callable[..., RunRow]:
    """Make the row of a run of 10 epochs."""

    def make(index: int, state: State, epoch: int = 0, seconds: float | None = None) -> RunRow:
        accuracy = 0.5 + epoch / 100 if epoch else None
        return RunRow(plan[index], state, Progress(epoch, 10 if epoch else None, accuracy, seconds))

    return make
