"""Maps of attention, laid over the photographs that they are about."""

import numpy as np
import numpy.typing as npt
from PIL import Image

_COLOR = np.array([255.0, 72.0, 0.0])
_OPACITY = 0.75  # where the map has its largest value


def overlay(pixels: npt.NDArray[np.uint8], heat: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """Return a photograph with a map as a layer of orange, the more opaque the larger the value.

    Args:
        pixels: The crop that the network saw ``(H, W, 3)``.
        heat: The map ``(h, w)``, from 0 to 1. It is enlarged to the crop with linear interpolation.
    """
    height, width = pixels.shape[:2]
    layer = Image.fromarray(heat.astype(np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    opacity = _OPACITY * np.clip(np.asarray(layer, float), 0, 1)[..., None]
    blended: npt.NDArray[np.uint8] = (pixels * (1 - opacity) + _COLOR * opacity).round().astype(np.uint8)
    return blended
