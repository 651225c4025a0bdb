"""Choice of the checkpoints that are evaluated."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from resnet_lab.checkpoint.trained_checkpoint import TrainedCheckpoint
from resnet_lab.errors import InputError
from resnet_lab.runs import Run, run_of_checkpoint
from resnet_lab.runs.resolve import run_of_config, run_with_config


@dataclass(frozen=True)
class Choice:
    """The checkpoints that are evaluated, the headline first, and their run; None for a checkpoint outside a run."""

    run: Run | None
    checkpoints: dict[str, Path]

    @cached_property
    def trained(self) -> dict[str, TrainedCheckpoint]:
        """The content of the checkpoints. Each file is read once, at the first use.

        Raises:
            InputError: A file is not a checkpoint of this package.
        """
        return {which: TrainedCheckpoint.read(path) for which, path in self.checkpoints.items()}

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the data of the checkpoints' training."""
        if self.run is not None:
            return str(self.run.status().fingerprint)
        return next(iter(self.trained.values())).fingerprint

    @property
    def trainer(self) -> dict[str, Any]:
        """``trainer`` of the run's config; empty without a run."""
        return dict(self.run.config()["trainer"]) if self.run is not None and self.run.config_path.exists() else {}


def choose_checkpoints(requested: str | None, configs: Sequence[Path], logs: Path, name: str, *, both: bool) -> Choice:
    """Find the run and the checkpoints that are evaluated.

    A checkpoint file is of the run in whose folder it lies. Otherwise the configs mean the run
    (:func:`~resnet_lab.runs.resolve.run_of_config`).

    Args:
        requested: ``--ckpt_path``: a file, or ``best`` or ``last`` of the run; None for ``best``.
        configs: The configs that were given.
        logs: The folder of all runs.
        name: The resolved name.
        both: Whether None for ``requested`` stands for ``best`` and ``last``.

    Raises:
        InputError: There is no such checkpoint, or no finished run.
    """
    if requested and requested not in ("best", "last"):
        path = Path(requested)
        if not path.is_file():
            raise InputError(f"There is no checkpoint {path}.")
        run, named = run_of_checkpoint(path), run_with_config(configs)
        if run is not None and named is not None and named.path.resolve() != run.path:
            raise InputError(
                f"{path} belongs to the run {run.path}, but the run {named.path} is named too: name one of them."
            )
        return Choice(run, {path.stem: path})
    run = run_of_config(configs, logs, name)
    wanted = [requested] if requested else ["best", "last"] if both else ["best"]
    return Choice(run, {which: run.checkpoints[which] for which in wanted})
