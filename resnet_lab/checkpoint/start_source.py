"""Source of trained weights that a fit starts from: the file that ``model.init_from`` means, found before torch."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from resnet_lab.config.historic_defaults import LATER
from resnet_lab.config.ranges import IMAGENET_DEPTHS
from resnet_lab.errors import InputError, printable
from resnet_lab.files import expand_home
from resnet_lab.program import command_line
from resnet_lab.runs import Run, run_of_checkpoint
from resnet_lab.runs.resolve import runs_to_compare
from resnet_lab.runs.start import INIT_FROM, other_network
from resnet_lab.runs.state import refuse_unfinished

TORCHVISION = "torchvision"
SUFFIXES = (".ckpt", ".pt", ".pth", ".safetensors")
_INITIAL_VALUES = ("init", "norm_bias", "zero_init_residual")
"""Keys of ``model`` that say how weights are drawn."""
TWINS = "the study fine-tune.yaml trains both arms twice"
_DEFAULTS = {"depth": 34, "residual": True, "shortcut": "A"}


@dataclass(frozen=True)
class StartSource:
    """Source of trained weights.

    Attributes:
        kind: ``run``, ``file`` or ``torchvision``.
        word: Value of ``model.init_from``.
        file: The file; None for torchvision's weights, whose place torchvision says.
        run: The run that the weights are of; None if they are of none.
    """

    kind: Literal["run", "file", "torchvision"]
    word: str
    file: Path | None = None
    run: Run | None = None


def find_source(word: str, logs: Path, seed: int, model: Mapping[str, Any]) -> StartSource:
    """Find what ``model.init_from`` means.

    A run folder means its best checkpoint. A name means the newest finished run of that name with the seed of this fit,
    so that one study file names the sources of all seeds.

    Args:
        word: ``torchvision``, a file, a run folder, or the name of a run.
        logs: The folder of all runs.
        seed: ``seed_everything`` of the fit.
        model: Settings of ``model`` that the fit has; a key that is absent has its default.

    Raises:
        InputError: There is no such source, its run is not finished or of another network, its file is damaged, or the
            network cannot start from it.
    """
    own = {**_DEFAULTS, **model}
    drawn = [key for key in _INITIAL_VALUES if key in own and own[key] != LATER[f"model.{key}"]]
    if drawn:
        raise InputError(f"model.{drawn[0]} says how weights are drawn, and {INIT_FROM} replaces them: leave one out.")
    if word == TORCHVISION:
        _refuse_torchvision(own)
        return StartSource("torchvision", word)
    path = expand_home(word)
    if path.suffix in SUFFIXES or path.is_file():
        return _of_file(word, path, own)
    run = _run(word, logs, seed)
    _refuse_other_network(run, own)
    file = run.checkpoints["best"]
    if not file.is_file():
        raise InputError(
            f"{run.path} has no checkpoints/best.ckpt to start from (a run that is kept in git has none): train it "
            f"again ({command_line('fit', '--config', run.config_path)})."
        )
    return StartSource("run", word, file, run)


def _refuse_torchvision(model: Mapping[str, Any]) -> None:
    if not model["residual"]:
        raise InputError(
            f"{INIT_FROM} is torchvision, which has weights of residual networks only, and model.residual is false: "
            f"start from a run or a file ({TWINS})."
        )
    if model["shortcut"] != "B":
        raise InputError(
            f"{INIT_FROM} is torchvision, whose networks have the shortcut B, and model.shortcut is "
            f"{model['shortcut']}: give --model.shortcut B."
        )
    if model["depth"] not in IMAGENET_DEPTHS:
        depths = ", ".join(map(str, IMAGENET_DEPTHS))
        raise InputError(
            f"{INIT_FROM} is torchvision, which has no weights of depth {model['depth']}: choose one of {depths}."
        )


def _of_file(word: str, path: Path, model: Mapping[str, Any]) -> StartSource:
    if path.suffix not in SUFFIXES:
        raise InputError(f"{INIT_FROM} is the file {printable(word)}; weights are read from {', '.join(SUFFIXES)}.")
    if not path.is_file():
        raise InputError(f"{INIT_FROM} is {printable(word)}, and there is no such file.")
    run = run_of_checkpoint(path)
    if run is not None and run.config_path.is_file():
        refuse_unfinished(run)
        _refuse_other_network(run, model)
    else:
        run = None
    if _is_damaged(path):
        raise InputError(f"{printable(word)} cannot be read: it is truncated, or no file of weights.")
    return StartSource("file" if run is None else "run", word, path, run)


def _is_damaged(path: Path) -> bool:
    """Return whether a file certainly holds no weights; files of torch from before 2020 are no zip archives."""
    if path.suffix == ".ckpt":
        return not zipfile.is_zipfile(path)
    size = path.stat().st_size
    with path.open("rb") as file:
        header = int.from_bytes(file.read(8), "little")
    return size < 8 or (path.suffix == ".safetensors" and header > size - 8)


def _run(word: str, logs: Path, seed: int) -> Run:
    """Return the run that a word means: a run folder, or of a name the newest finished run of this seed."""
    results, _ = runs_to_compare([word], logs)
    if len(names := list(dict.fromkeys(printable(run.path.parent) for run in results))) > 1:
        raise InputError(f"{printable(word)} is a folder of runs: name one of {', '.join(names)}.")
    is_folder = any((path / "status.json").exists() for path in (Path(word), logs / word))
    found = results if is_folder else [run for run in results if run.status().seed == seed]
    if not found:
        seeds = ", ".join(str(number) for number in sorted(run.status().seed for run in results))
        raise InputError(
            f"{printable(word)} has no finished run of seed {seed} to start from, only of seed {seeds}: train it with "
            f"--seed_everything {seed}, or name a run folder, such as {results[-1].path}."
        )
    refuse_unfinished(found[0])
    return found[0]


def _refuse_other_network(run: Run, model: Mapping[str, Any]) -> None:
    there = {**_DEFAULTS, **run.config()["model"]}
    if other := other_network(there, model):
        arms = f" Each arm starts from a run of its own arm; {TWINS}." if there["residual"] != model["residual"] else ""
        raise InputError(f"{run.path} is of another network: {'; '.join(other)}.{arms}")
