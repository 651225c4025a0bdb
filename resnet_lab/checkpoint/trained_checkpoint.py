"""Comparison of a checkpoint with the config that it is used under."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from resnet_lab.checkpoint.loading import ARCHITECTURE, PIXELS, load_checkpoint
from resnet_lab.errors import InputError


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
