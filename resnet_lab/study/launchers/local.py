"""Launcher on this machine: the study is run to its end, on the GPUs if there are any."""

from collections.abc import Mapping

from resnet_lab.study.places.gpu import GpuPlaces
from resnet_lab.study.places.local import LocalPlaces
from resnet_lab.study.planned_study import Launcher, PlannedStudy
from resnet_lab.study.run_study import run_study


class LocalLauncher:
    """Runs a study to its end and prints the outcome."""

    needs: Mapping[str, str] = {}
    place = None

    def launch(self, study: PlannedStudy) -> int:
        """Run all that is left to do. The exit code is that of ``run_study``."""
        return run_study(study, GpuPlaces(study.gpus) if study.gpus else LocalPlaces())


LAUNCHER: Launcher = LocalLauncher()
