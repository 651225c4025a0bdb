"""Files of an experiment: the study file, to read and to run by hand, and the options with which it was begun."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from resnet_lab.config.safe_yaml import UnusableYamlError, parse_yaml
from resnet_lab.data.sources import names_a_set
from resnet_lab.errors import InputError, printable
from resnet_lab.files import expand_home, read_json, write_json, write_text
from resnet_lab.program import command_line
from resnet_lab.runs import LOGS
from resnet_lab.study.experiment_plan import DEPTH, WORTH, Shape, Size, costs, looks_of

_FOLDER = "experiments"


@dataclass(frozen=True)
class Asked:
    """Request of a user for an experiment.

    Attributes:
        root: ``data.root``, as an absolute path or the name of a built-in data set.
        minutes: ``--minutes``; None without a limit of time.
        pairs: ``--pairs``; None for the default.
        settings: Words of ``--GROUP.KEY VALUE`` by key.
    """

    root: str
    minutes: float | None = None
    pairs: int | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def options(self) -> list[str]:
        """The request as options of the command, without the data."""
        words = [] if self.minutes is None else ["--minutes", f"{self.minutes:g}"]
        words += [] if self.pairs is None else ["--pairs", str(self.pairs)]
        return words + [word for key, value in sorted(self.settings.items()) for word in (f"--{key}", value)]

    @property
    def values(self) -> dict[str, Any]:
        """The settings as YAML reads them, as ``group.key``."""
        return {key: _value(word) for key, word in self.settings.items()}


@dataclass(frozen=True)
class ExperimentFolder:
    """Folder of an experiment: its study file, its runs and its report.

    Attributes:
        path: The folder, which is the folder of the runs too.
        name: Name of the experiment.
    """

    path: Path
    name: str

    @property
    def study(self) -> Path:
        """The study file."""
        return self.path / f"{self.name}.yaml"

    @property
    def report(self) -> Path:
        """Folder of the report."""
        return self.path / "report"

    @property
    def _begun(self) -> Path:
        return self.path / "experiment.json"

    def fingerprint_of(self, asked: Asked, command: Sequence[str]) -> str | None:
        """Return the fingerprint of the photographs with which the experiment was begun; None for a new one.

        Args:
            asked: The request of today.
            command: The words of the command that all requests on these photographs share.

        Raises:
            InputError: The folder holds an experiment with other options or photographs, or something else.
        """
        if not self._begun.exists():
            if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
                raise InputError(
                    f"{printable(self.path)} holds other things than an experiment: name a new folder with --output."
                )
            return None
        content = read_json(self._begun)
        try:
            before, fingerprint = Asked(**content["asked"]), str(content["fingerprint"])
        except (KeyError, TypeError) as error:
            raise InputError(f"{printable(self._begun)} is damaged: name a new folder with --output.") from error
        here = printable(self.path)
        if not _are_one(before.root, asked.root):
            raise InputError(
                f"{here} holds an experiment on {printable(before.root)}, not on {printable(asked.root)}: name a new "
                "folder with --output."
            )
        if before.options != asked.options:
            raise InputError(
                f"{here} holds an experiment that was begun with {_said(before)}, and this command has "
                f"{_said(asked)}. To go on with it: {command_line(*command, *before.options)}. For another experiment "
                "name a new folder with --output."
            )
        return fingerprint if self.study.exists() else None  # killed before the plan was written

    def write(self, asked: Asked, text: str, fingerprint: str) -> None:
        """Write the request and then the study file: an experiment with a study file has begun.

        Raises:
            InputError: The folder cannot be written.
        """
        request = {**vars(asked), "settings": dict(asked.settings)}
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            write_json(self._begun, {"format": 1, "asked": request, "fingerprint": fingerprint})
            write_text(self.study, text)
        except OSError as error:
            raise InputError(
                f"{printable(self.path)} cannot be written ({error.strerror}); name another folder with --output."
            ) from error


def absolute(root: str) -> str:
    """Return ``data.root`` so that it means the same from any working folder; links in it are kept."""
    return root if names_a_set(root) else str(expand_home(root).absolute())


def experiment_folder(root: str, output: Path | None) -> ExperimentFolder:
    """Return the folder of the experiment on a data set, named after it unless the user names one.

    Args:
        root: ``data.root``, from :func:`absolute`.
        output: ``--output``.

    Raises:
        InputError: The folder would lie among the photographs.

    >>> experiment_folder("/home/me/my photos", None).study.as_posix()
    'lightning_logs/experiments/my-photos/my-photos.yaml'
    >>> experiment_folder("builtin:elpv", Path("elpv64")).name
    'elpv'
    """
    built_in = names_a_set(root)
    stem = root.partition(":")[2] if built_in else Path(root).resolve().stem
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", stem).strip("-.") or "photographs"
    path = output or Path(LOGS) / _FOLDER / name
    if not built_in and path.resolve().is_relative_to(Path(root).resolve()):
        raise InputError(
            f"The files of the experiment would lie among the photographs, in {printable(path)}: start in another "
            "folder, or name a folder elsewhere with --output."
        )
    return ExperimentFolder(path, name)


def study_text(asked: Asked, shape: Shape, wanted: Size, folder: ExperimentFolder) -> str:
    """Return the study file of an experiment.

    Args:
        asked: The request.
        shape: Networks and pairs.
        wanted: Size of the networks of the whole experiment.
        folder: Its folder.
    """
    content: dict[str, Any] = {
        "cells": [_cell(arm, shape.size.depth) for arm in ("plain", "resnet")],
        "seeds": list(range(1, shape.pairs + 1)),
        "looks": list(looks_of(shape.pairs)),
        "worth": WORTH,
    }
    settings = {"data.root": asked.root, "data.image_size": shape.size.pixels, **asked.values}
    for key, value in settings.items():
        group, _, name = key.partition(".")
        if key != "model.depth":
            content.setdefault(group, {})[name] = value
    again = command_line("experiment", asked.root, *asked.options, *_named(folder))
    lines = [
        f"Plain-{shape.size.depth} against ResNet-{shape.size.depth} on {printable(asked.root)}.",
        f"Written on {date.today():%Y-%m-%d}, before its runs, by: {again}",
        f"By hand:  {command_line('study', folder.study, '--logs', folder.path)}",
        f"          {command_line('compare', folder.study, '--logs', folder.path, '--output', folder.report)}",
        "Plan: the pairs are judged at each number of looks, and the study stops when it is decided. Together the "
        "looks",
        f"    give a false verdict in at most 5% of studies. A difference below {WORTH:g} points is not worth having.",
        *(f"Cost: {cost}." for cost in costs(shape, wanted)),
        "A changed plan is another experiment: copy this file elsewhere and change the copy.",
    ]
    comment = "".join(f"# {line}\n" for line in lines)
    return comment + yaml.safe_dump(content, sort_keys=False, default_flow_style=None, allow_unicode=True, width=120)


def _are_one(root: str, other: str) -> bool:
    """Return whether two values of ``data.root``, from :func:`absolute`, are the same photographs."""
    if root == other or names_a_set(root) or names_a_set(other):
        return root == other
    return Path(root).resolve() == Path(other).resolve()


def _named(folder: ExperimentFolder) -> list[str]:
    is_default = folder.path == Path(LOGS) / _FOLDER / folder.name
    return [] if is_default else ["--output", str(folder.path)]


def _cell(arm: str, depth: int) -> str | dict[str, Any]:
    config = f"{arm}{DEPTH}.yaml"
    return config if depth == DEPTH else {"config": config, "name": f"{arm}{depth}", "model": {"depth": depth}}


def _said(asked: Asked) -> str:
    return printable(" ".join(asked.options)) or "no options"


def _value(word: str) -> Any:
    try:
        return parse_yaml(word)
    except UnusableYamlError:
        return word
