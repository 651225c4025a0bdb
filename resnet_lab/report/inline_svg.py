"""A figure as part of a page: no file of its own, no name that another figure has, and the page's colours."""

import re

from resnet_lab.plots.style import CONTROL, GRID, INK, ON_COLOUR, TREATED

_COLOURS = {CONTROL: "--control", TREATED: "--treated", INK: "--ink", GRID: "--line", ON_COLOUR: "--on-arm"}


def inline_svg(svg: str, name: str, caption: str) -> str:
    """Return the ``svg`` element of an SVG document of matplotlib's, to be put into HTML.

    Its colours become the page's variables, so that they follow the page into the dark.

    Args:
        svg: The document.
        name: Makes its ids unique in the page.
        caption: Read out in place of the figure; escaped for HTML.
    """
    element = svg[svg.index("<svg") :]
    element = re.sub(r"<metadata>.*?</metadata>|<style .*?</style>", "", element, flags=re.DOTALL)
    element = re.sub(r'\b(id="|xlink:href="#|url\(#)', rf"\g<1>{name}-", element)
    for colour, variable in _COLOURS.items():
        element = element.replace(colour, f"var({variable})")
    box = re.search(r'viewBox="[^"]*"', element)
    assert box is not None
    head = f'<svg role="img" aria-label="{caption}" xmlns:xlink="http://www.w3.org/1999/xlink" {box[0]}>'
    return head + element[element.index(">") + 1 :].strip()
