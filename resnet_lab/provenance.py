"""Provenance of a result: versions of the software, git commit, and the plan of its study."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("resnet-lab", "torch", "torchvision", "lightning", "torchmetrics", "numpy", "pillow")
PLAN_VARIABLE = "RESNET_LAB_PLAN"
"""Environment variable by which a study tells its runs their plan: digest, blank, name of the study."""


def plan_of_study() -> dict[str, str] | None:
    """Return name and digest of the plan by which a study started this process; None if no study did."""
    digest, _, study = os.environ.get(PLAN_VARIABLE, "").partition(" ")
    return {"study": study, "digest": digest} if digest else None


def describe_software() -> dict[str, str]:
    """Return the versions of Python and of the packages that the numbers depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}


def git_commit() -> str | None:
    """Return the commit of this package's checkout, ``-dirty`` if tracked files differ; None outside a checkout."""
    here = Path(__file__)

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(here.parent), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    try:
        git(
            "ls-files", "--error-unmatch", here.name
        )  # fails if the package is installed inside another project's checkout
        return git("rev-parse", "HEAD") + ("-dirty" if git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return None
