"""Layer names of a network that say where a layer stands; needs no torch."""

_SHORTCUT = "downsample"
"""Attribute of a block that holds its shortcut. The name is torchvision's, so that weights can be exchanged."""


def on_main_path(layer: str) -> bool:
    """Return whether the depth of a network counts a layer; it does not count a projection on a shortcut.

    >>> on_main_path("layer2.0.conv1"), on_main_path("layer2.0.downsample.0")
    (True, False)
    """
    return _SHORTCUT not in layer.split(".")
