"""Runs and checkpoints of version 0.1, made by that version's own code, for the tests that still read them.

    git clone . ../version-0.1 && git -C ../version-0.1 checkout 8e1ac88
    OMP_NUM_THREADS=1 PYTHONPATH=../version-0.1 python tests/assets/make_version_0_1.py

writes ``runs`` (a finished run per arm, without checkpoints) and ``version_0_1.tar.xz`` (a finished run per arm and an
interrupted one, with checkpoints). In the archive a layer starts with one kernel for all its channels. The channels
then stay equal while the network trains, so checkpoints of 3 MB compress to a few kB; nothing else is changed.
"""

import multiprocessing
import os
import shutil
import signal
import sys
import tarfile
import tempfile
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import nn

import resnet_lab
from resnet_lab.cli import main
from resnet_lab.model.backbone import ResNet
from resnet_lab.model.classifier import Classifier

ASSETS = Path(__file__).absolute().parent
ARMS = ("plain34", "resnet34")
FIT = (
    "--data.root cells --logs logs --model.depth 20 --data.image_size 16 --data.batch_size 8 --data.num_workers 0 "
    "--trainer.precision 32-true --diagnostics.every_n_steps 2 --data.cache false"
)
NOT_KEPT = shutil.ignore_patterns("events.*", "hparams.yaml", "checkpoints", ".lock")


def make() -> None:
    """Make both assets in a temporary folder, and put them beside this file."""
    assert resnet_lab.__version__ == "0.1.0"
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["RESNET_LAB_CACHE"] = f"{folder}/cache"
        copy_cells(Path("cells"))
        for arm in ARMS:
            finished(arm, epochs=5)
        shutil.rmtree(ASSETS / "runs", ignore_errors=True)
        for arm in ARMS:
            shutil.copytree(f"logs/{arm}", ASSETS / "runs" / arm, ignore=NOT_KEPT)
        shutil.rmtree("logs")

        with_equal_channels()
        for arm in ARMS:
            finished(arm, epochs=2)
        # A process of its own: the command ends it by the signal.
        process = multiprocessing.get_context("spawn").Process(target=interrupted, args=("plain34", 2, 6))
        process.start()
        process.join()
        assert process.exitcode in (143, -signal.SIGTERM), process.exitcode
        with tarfile.open(ASSETS / "version_0_1.tar.xz", "w:xz", preset=9) as archive:
            archive.add("logs", filter=kept)


def copy_cells(root: Path) -> None:
    """Copy the first 20 cells of each class, as ``cell_folder`` of the tests does."""
    data = Path(find_spec("elpv_dataset").submodule_search_locations[0]) / "data"
    for line in (data / "labels.csv").read_text().splitlines():
        path, probability, _ = line.split()
        folder = root / ("defective" if float(probability) >= 0.5 else "functional")
        folder.mkdir(parents=True, exist_ok=True)
        if len(list(folder.iterdir())) < 20:
            shutil.copy(data / path, folder)


def finished(arm: str, epochs: int) -> None:
    """Fit, test and inspect a run."""
    assert main(f"fit --config {arm}.yaml {FIT} --trainer.max_epochs {epochs}".split()) == 0
    assert main(["test", "--config", f"logs/{arm}/version_0/config.yaml"]) == 0
    assert main(["inspect", f"logs/{arm}/version_0", "--output", "figures"]) == 0


def interrupted(arm: str, epochs: int, step: int) -> None:
    """Fit a run, and send SIGTERM while it makes a step."""
    with_equal_channels()
    steps, training_step = iter(range(1, step + 1)), Classifier.training_step

    def counted(self, *arguments):
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGTERM)
        return training_step(self, *arguments)

    Classifier.training_step = counted
    sys.exit(main(f"fit --config {arm}.yaml {FIT} --trainer.max_epochs {epochs}".split()))


def with_equal_channels() -> None:
    """Have every network start with one kernel per convolution, and in the last layer one value per class."""

    def initialise(self, *_):
        generator = torch.Generator().manual_seed(0)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                kernel = torch.randn(module.kernel_size, generator=generator) / module.in_channels
                module.weight.data.copy_(kernel.expand_as(module.weight))
        for row, value in zip(self.fc.weight.data, (0.01, -0.01), strict=True):
            row.fill_(value)
        nn.init.zeros_(self.fc.bias)

    ResNet._initialise = initialise


def kept(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Return an entry of the archive as everybody would make it; None for what no test reads."""
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    return None if NOT_KEPT("", [Path(entry.name).name]) - {"checkpoints"} else entry


if __name__ == "__main__":
    make()
