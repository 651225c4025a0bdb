"""Where configs are found by their bare name."""

from pathlib import Path

from resnet_lab.errors import InputError
from resnet_lab.suggestions import nearest

_IN_WHEEL = Path(__file__).parent / "configs"
_IN_CHECKOUT = Path(__file__).parents[1] / "configs"


def shipped_configs() -> Path:
    """Return the folder of the configs that come with the package, installed or in a checkout."""
    return _IN_WHEEL if _IN_WHEEL.is_dir() else _IN_CHECKOUT


def find_config(name: str) -> Path:
    """Find a config: as a path; a bare name also in ``configs/``, then among the package's own.

    Raises:
        InputError: There is no such file.
    """
    path = Path(name).expanduser()
    places = [path.parent]
    if path.name == name:
        places += [Path("configs"), shipped_configs()]
    for place in places:
        if (place / path.name).is_file():
            return place / path.name
    known = sorted({config.name for place in (*places, shipped_configs()) for config in place.glob("*.yaml")})
    near = nearest(path.name, known)
    raise InputError(
        f"There is no config {name}{f'; did you mean {near}?' if near else '.'} "
        f"Looked in {', '.join(str(place.absolute()) for place in places)}; there is {', '.join(known)}."
    )
