"""Small real image folders, and the command line run in this process."""

import csv
import os
import shutil
import signal
from collections import defaultdict
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

pytest_plugins = [
    "fixtures.run_folders",
    "fixtures.started_runs",
    "fixtures.ladder_runs",
    "fixtures.fits",
    "fixtures.networks",
    "fixtures.exports",
]
os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is there: nets this small only wait for a second thread


def _cells() -> dict[str, list[Path]]:
    """The ELPV photographs, read straight from the package, by class; an independent reading of labels.csv."""
    spec = find_spec("elpv_dataset")
    assert spec is not None
    assert spec.submodule_search_locations
    data = Path(spec.submodule_search_locations[0]) / "data"
    cells = defaultdict(list)
    for line in (data / "labels.csv").read_text().splitlines():
        path, probability, _ = line.split()
        cells["defective" if float(probability) >= 0.5 else "functional"].append(data / path)
    return cells


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run all plain tests in one process per core, up to four, each with 1.5 GB; any other choice in this process.

    Slow tests start processes of their own, and a few named tests end before a second process has imported torch.
    """
    everything = config.args == config.getini("testpaths") and config.option.markexpr == "not slow"
    return min(4, os.cpu_count() or 1) if everything and not config.option.keyword else 0


@pytest.fixture(scope="session")
def cells() -> dict[str, list[Path]]:
    return _cells()


@pytest.fixture(scope="session")
def cell_folder(cells: dict[str, list[Path]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree ROOT/CLASS/*.png of 40 real cells, 20 a class; not to be written to."""
    root = tmp_path_factory.mktemp("cells")
    for label, paths in cells.items():
        (root / label).mkdir()
        for path in paths[:20]:
            shutil.copy(path, root / label)
    return root


@pytest.fixture(scope="session")
def fitted_logs(cell_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Logs with a finished run an arm, of depth 20 at 16 pixels, with checkpoints; not to be written to."""
    from resnet_lab.cli import main

    logs = tmp_path_factory.mktemp("fitted") / "lightning_logs"
    for name in ("plain34", "resnet34"):
        arguments = (
            f"fit --config {name}.yaml --name {name} --data.root {cell_folder} --logs {logs} --model.depth 20 "
            "--data.image_size 16 --data.batch_size 14 --data.num_workers 0 --trainer.max_epochs 1 "
            "--trainer.logger false"
        )
        assert main(arguments.split()) == 0
    return logs


@pytest.fixture(autouse=True, scope="session")
def _own_cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or fills the user's cache folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_LAB_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
        yield


@pytest.fixture(autouse=True, scope="session")
def _no_pictures() -> Iterator[None]:
    """No run draws pictures, which take a second, unless a test switches them on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESNET_LAB_FIGURES", "false")
        yield


_SIGNALS = {
    number: handler
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGCHLD, signal.SIGHUP)
    if (handler := signal.getsignal(number)) is not None
}


@pytest.fixture(autouse=True)
def _signals_as_at_the_start() -> Iterator[None]:
    """A command that ends ignores SIGTERM from then on; processes that a later test starts would inherit that."""
    yield
    for number, handler in _SIGNALS.items():
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)


@pytest.fixture(autouse=True)
def _own_working_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test works in the checkout."""
    monkeypatch.chdir(tmp_path_factory.mktemp("work"))


@pytest.fixture
def quick_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    """A study looks at its processes every 20 ms. Else it would wait half a second per step of a fake run."""
    from resnet_lab.study.runner import Runner

    defaults = Runner.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "pause", 0.02)


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
