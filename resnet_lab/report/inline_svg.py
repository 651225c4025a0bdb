"""SVG of a plot inside an HTML page: no file of its own, ids that are unique in the page, colors of the page."""

import re

from resnet_lab.plots.style import CONTROL, GRID, INK, ON_COLOR, TREATED

_COLORS = {CONTROL: "--control", TREATED: "--treated", INK: "--ink", GRID: "--line", ON_COLOR: "--on-arm"}

_COORDINATE = re.compile(r'(?<=[ "(])-?\d+\.\d{3,}')


def inline_svg(svg: str, name: str, caption: str) -> str:
    """Return the ``svg`` element of an SVG document by matplotlib, for use in an HTML page.

    The colors become CSS variables of the page, so that the plot follows the page into dark mode. Coordinates are
    rounded to a tenth of a point.

    Args:
        svg: The document.
        name: Prefix that makes the ids unique in the page.
        caption: Text that screen readers read instead of the plot; escaped for HTML.
    """
    element = svg[svg.index("<svg") :]
    element = re.sub(r"<metadata>.*?</metadata>|<style .*?</style>|<!--.*?-->", "", element, flags=re.DOTALL)
    element = re.sub(r">\s+<", "><", element)
    element = re.sub(r"font-family: [^;]*, sans-serif", "font-family: sans-serif", element)  # the page has its own
    element = re.sub(r"<[^>]*>", lambda tag: _COORDINATE.sub(_rounded, tag[0]), element)  # texts keep their decimals
    element = re.sub(r'\b(id="|xlink:href="#|url\(#)', rf"\g<1>{name}-", element)
    for color, variable in _COLORS.items():
        element = element.replace(color, f"var({variable})")
    box = re.search(r'viewBox="[^"]*"', element)
    assert box is not None
    head = f'<svg role="img" aria-label="{caption}" xmlns:xlink="http://www.w3.org/1999/xlink" {box[0]}>'
    return head + element[element.index(">") + 1 :].strip()


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}"
