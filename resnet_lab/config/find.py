"""Search for configs and studies by path or bare name."""

import re
from pathlib import Path

from resnet_lab.errors import InputError
from resnet_lab.files import expand_home
from resnet_lab.suggestions import nearest

_IN_WHEEL = Path(__file__).parents[1] / "configs"
_IN_CHECKOUT = Path(__file__).parents[2] / "configs"
OTHER_DEPTHS = frozenset({18, 50, 101, 152, *range(8, 1203, 6)})
"""Depths of a network besides 34. They have no configs of their own."""
STUDIES = Path("studies")
"""Folder of the studies, in a folder of configs."""


def shipped_configs() -> Path:
    """Return the folder of the configs that come with the package, installed or in a checkout."""
    return _IN_WHEEL if _IN_WHEEL.is_dir() else _IN_CHECKOUT


def find_config(name: str) -> Path:
    """Find a config by its path; a bare name also in ``configs/``, then among the package's own configs.

    Raises:
        InputError: There is no such file.
    """
    path = expand_home(name)
    return _find(path, "config", Path(), bare=path.name == name)


def find_study(name: str) -> Path:
    """Find a study by its path; ``residual.yaml`` and ``studies/residual.yaml`` also in the folders of configs.

    Raises:
        InputError: There is no such file.
    """
    path = expand_home(name)
    return _find(path, "study", STUDIES, bare=path in (Path(path.name), STUDIES / path.name))


def _find(path: Path, kind: str, folder: Path, *, bare: bool) -> Path:
    """Find a file by its path, and a bare name also in ``folder`` of each folder of configs."""
    places = [path.parent]
    if bare:
        places += [Path("configs") / folder, shipped_configs() / folder]
    for place in places:
        if (place / path.name).is_file():
            return place / path.name
    known = sorted({file.name for place in (*places, shipped_configs() / folder) for file in place.glob("[!.]*.yaml")})
    by_stem = {Path(name).stem: name for name in known}  # with the ending, which is the same, every name is similar
    arm = re.fullmatch(r"(plain|resnet)[-_]?(\d+)", path.stem)
    if kind == "config" and arm and int(arm[2]) in OTHER_DEPTHS:
        base, depth = f"{arm[1]}34.yaml", f"--model.depth {arm[2]}"
        cell = f"{{config: {base}, name: {arm[1]}{arm[2]}, model: {{depth: {arm[2]}}}}}"
        raise InputError(
            f"There is no config {path}, and none is needed: give --config {base} {depth} (in a study: {cell})."
        )
    near = by_stem.get(nearest(path.stem, by_stem) or "")
    raise InputError(
        f"There is no {kind} {path}{f'; did you mean {near}?' if near else '.'} "
        f"Looked in {', '.join(dict.fromkeys(str(place.absolute()) for place in places))}; there is {', '.join(known)}."
    )
