"""Which checkpoints an evaluation speaks of."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from resnet_lab import runs
from resnet_lab.checkpoint.trained_checkpoint import TrainedCheckpoint
from resnet_lab.config.find import shipped_configs
from resnet_lab.errors import InputError


@dataclass(frozen=True)
class Choice:
    """Which checkpoints an evaluation speaks of, the headline first, and the run they are of.

    A checkpoint outside a run folder is of no run.
    """

    run: runs.Run | None
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
        """Fingerprint of the data that the checkpoints were trained on."""
        if self.run is not None:
            return str(self.run.status()["fingerprint"])
        return next(iter(self.trained.values())).fingerprint

    @property
    def trainer(self) -> dict[str, Any]:
        """``trainer`` of the run's config; empty without one."""
        return dict(self.run.config()["trainer"]) if self.run is not None and self.run.config_path.exists() else {}


def choose_checkpoints(requested: str | None, configs: Sequence[Path], logs: Path, name: str, *, both: bool) -> Choice:
    """Find the run and the checkpoints that an evaluation speaks of.

    A checkpoint file comes with the run whose folder it lies in. Otherwise a ``config.yaml`` in a run folder means
    that run, and any other config the newest finished run of its name.

    Args:
        requested: ``--ckpt_path``: a file in a run folder, or ``best`` or ``last``; without it best.
        configs: The configs that were given.
        logs: The folder of all runs.
        name: The resolved name.
        both: Without ``requested``, both best and last.

    Raises:
        InputError: There is no such checkpoint, or no finished run.
    """
    if requested and requested not in ("best", "last"):
        path = Path(requested)
        if not path.is_file():
            raise InputError(f"There is no checkpoint {path}.")
        run, named = runs.run_of_checkpoint(path), _runs_of_configs(configs)
        if run is not None and named and named[0].path.resolve() != run.path:
            raise InputError(f"{path} is of the run {run.path}, but the config is that of {named[0].path}: give one.")
        return Choice(run, {path.stem: path})
    run = _run_of_config(configs, name) or runs.newest_finished(logs, name)
    if run is None:
        shown = [path.name if path.parent == shipped_configs() else str(path) for path in configs]
        command = "".join(f" --config {shlex.quote(path)}" for path in shown) or " --config plain34.yaml"
        if all(path.stem != name for path in configs):
            command += f" --name {name}"
        raise InputError(
            f"There is no finished run of {name} in {logs}, and untrained weights are not scored. "
            f"First run: resnet-lab fit{command}"
        )
    wanted = [requested] if requested else ["best", "last"] if both else ["best"]
    return Choice(run, {which: run.checkpoints[which] for which in wanted})


def _run_of_config(configs: Sequence[Path], name: str) -> runs.Run | None:
    """Return the run whose own config was given, if one was."""
    for run in _runs_of_configs(configs):
        status = run.status()
        if status["name"] != name:
            raise InputError(
                f"{run.config_path} is the config of a run of {status['name']}, but the name is {name}: give one of "
                "them."
            )
        if status["status"] != "finished":
            raise InputError(
                f"The run {run.path} is {status['status']}, not finished; to score it all the same, name a "
                "checkpoint of it with --ckpt_path."
            )
        return run
    return None


def _runs_of_configs(configs: Sequence[Path]) -> list[runs.Run]:
    """Return the run that is meant by configs out of run folders: none or one.

    Raises:
        InputError: Configs of several runs were given.
    """
    found = {}
    for path in configs:
        run = runs.Run(path.parent if path.parent.name else path.absolute().parent)
        if path.name == run.config_path.name and (run.path / "status.json").exists():
            found[run.path.resolve()] = run
    if len(found) > 1:
        raise InputError(f"The configs are of {len(found)} runs, {', '.join(map(str, found))}: give one of them.")
    return list(found.values())
