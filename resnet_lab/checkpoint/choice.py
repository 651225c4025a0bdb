"""Choice of the checkpoints that are evaluated, and their check against the config."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resnet_lab.checkpoint.loading import ARCHITECTURE, PIXELS, load_checkpoint
from resnet_lab.errors import InputError
from resnet_lab.runs import Run, run_of_checkpoint
from resnet_lab.runs.resolve import run_of_config, run_with_config


@dataclass(frozen=True)
class Choice:
    """The checkpoints that are evaluated, the headline first, and their run; None for a checkpoint outside a run."""

    run: Run | None
    checkpoints: dict[str, Path]

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the data of the checkpoints' training."""
        if self.run is not None:
            return str(self.run.status()["fingerprint"])
        return str(load_checkpoint(next(iter(self.checkpoints.values())))["ImageFolderDataModule"]["fingerprint"])

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
            raise InputError(f"{path} is of the run {run.path}, but the run {named.path} is named too: name one.")
        return Choice(run, {path.stem: path})
    run = run_of_config(configs, logs, name)
    wanted = [requested] if requested else ["best", "last"] if both else ["best"]
    return Choice(run, {which: run.checkpoints[which] for which in wanted})


def check_checkpoint(path: Path, *, model: Mapping[str, Any], classes: Sequence[str], data: Mapping[str, Any]) -> None:
    """Compare a checkpoint with the config it is to be used under.

    Stock LightningCLI (2.6) would lay the checkpoint's hyper-parameters over the config and the command line in
    silence, and so score a residual net under a plain net's name.

    Args:
        path: The checkpoint.
        model: The config's ``depth``, ``residual`` and ``shortcut``.
        classes: Class names of the data, in order.
        data: The config's ``image_size``, ``normalize``, ``background`` and ``value_range``.

    Raises:
        InputError: The file is missing, unreadable, not one of this package's, or differs; every difference is named.
    """
    checkpoint = load_checkpoint(path)
    theirs = checkpoint["ImageFolderDataModule"]
    found = {key: checkpoint["hyper_parameters"][key] for key in ARCHITECTURE} | {"classes": list(theirs["classes"])}
    wanted = {key: model[key] for key in ARCHITECTURE} | {"classes": list(classes)}
    for key in ("image_size", *PIXELS):
        found[key], wanted[key] = theirs[key], data[key]
    if not (found["residual"] or wanted["residual"]):
        found["shortcut"] = wanted["shortcut"]  # without effect in a plain net
    differences = [f"{key} is {found[key]} there and {wanted[key]} here" for key in wanted if found[key] != wanted[key]]
    if differences:
        raise InputError(
            f"{path} does not fit the config: {'; '.join(differences)}. "
            "Give the config that the run was made with: config.yaml in its run folder."
        )
