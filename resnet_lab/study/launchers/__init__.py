"""Launchers of a study, one module per launcher.

The name of the module is the word after ``--launcher``. The module has ``LAUNCHER``, which is a
:class:`~resnet_lab.study.planned_study.Launcher`. A new module here is a new launcher; no list names it.
"""

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resnet_lab.study.planned_study import Launcher


def launcher_names() -> list[str]:
    """Return the names of all launchers, sorted, without importing them."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load_launcher(name: str) -> "Launcher":
    """Return a launcher by its name."""
    launcher: Launcher = import_module(f"{__name__}.{name}").LAUNCHER
    return launcher
