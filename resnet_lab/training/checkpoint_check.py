"""Refuse a checkpoint that is not what the config says, before it can be scored under a wrong name."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from resnet_lab.errors import InputError

_ARCHITECTURE = ("depth", "residual", "shortcut")


def check_checkpoint(path: Path, *, model: Mapping[str, Any], classes: Sequence[str], image_size: int) -> None:
    """Compare a checkpoint with the config it is to be used under.

    Stock LightningCLI (2.6) would lay the checkpoint's hyper-parameters over the config and the command line in
    silence, and so score a residual net under a plain net's name.

    Args:
        path: The checkpoint.
        model: The config's ``depth``, ``residual`` and ``shortcut``.
        classes: Class names of the data, in order.
        image_size: The config's image size.

    Raises:
        InputError: The file is missing, unreadable, not one of this package's, or differs; every difference is named.
    """
    if not path.is_file():
        raise InputError(f"There is no checkpoint {path}.")
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        found = {key: checkpoint["hyper_parameters"][key] for key in _ARCHITECTURE}
        data = checkpoint["ImageFolderDataModule"]
        found |= {"classes": list(data["classes"]), "image_size": data["image_size"]}
    except (LookupError, TypeError):
        raise InputError(f"{path} is not a checkpoint of resnet-lab: it does not say what it was trained on.") from None
    except Exception as error:  # torch.load raises half a dozen kinds on a damaged file
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path} cannot be read ({reason}): it is truncated or no checkpoint.") from error
    wanted = {key: model[key] for key in _ARCHITECTURE} | {"classes": list(classes), "image_size": image_size}
    if not (found["residual"] or wanted["residual"]):
        found["shortcut"] = wanted["shortcut"]  # without effect in a plain net
    differences = [f"{key} is {found[key]} there and {wanted[key]} here" for key in wanted if found[key] != wanted[key]]
    if differences:
        raise InputError(
            f"{path} does not fit the config: {'; '.join(differences)}. "
            "Give the config that the run was made with: config.yaml in its run folder."
        )
