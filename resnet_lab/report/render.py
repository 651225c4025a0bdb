"""Rendering of a report as Markdown and as one HTML file, and the files that it is written to."""

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from resnet_lab.comparison.one_arm import AnyResults
from resnet_lab.comparison.results_json import as_json
from resnet_lab.files import write_bytes, write_json, write_text
from resnet_lab.plots.style import as_png, as_svg
from resnet_lab.report.document import Block, Card, Document, Plot
from resnet_lab.report.inline_svg import inline_svg
from resnet_lab.report.local_numbers import typeset


def markdown(document: Document) -> str:
    """Return a report as Markdown; it shows the plots that :func:`write` puts beside it."""
    text = _environment(html=False).get_template("report.md.j2").render(document=document)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def block_markdown(block: Block) -> str:
    """Return one block of a report as Markdown."""
    return str(_macros().shown(block)).strip()


def card_markdown(card: Card) -> str:
    """Return a verdict card as one line of Markdown."""
    return str(_macros().card(card)).strip()


def html(document: Document) -> str:
    """Return a report as one HTML file that needs no other file and no network."""
    return _environment(html=True).get_template("report.html.j2").render(document=document)


def write(results: AnyResults, document: Document, folder: Path) -> None:
    """Write the report in both forms, its plots, ``comparison.json``, and the files for a hand-in.

    Pictures of an earlier report are removed.

    Raises:
        OSError: The folder cannot be written to.
    """
    document = typeset(document)
    for earlier in (folder / "pictures").glob("*.jpg"):
        earlier.unlink()
    for plot in document.plots:
        write_text(folder / "figures" / f"{plot.name}.svg", plot.svg)
        write_bytes(folder / "figures" / f"{plot.name}.png", as_png(plot.figure))
    for image in document.photographs:
        if image.picture is not None:
            write_bytes(folder / picture_path(image.path), image.picture)
        for _, picture in image.maps:
            write_bytes(folder / map_path(image.path, picture), picture)
    write_json(folder / "comparison.json", as_json(results))
    for name, text in document.hand_in.items():
        write_text(folder / name, text)
    write_text(folder / "report.md", markdown(document))
    write_text(folder / "report.html", html(document))


def picture_path(image: str) -> str:
    """Return the path of the picture of a test image, relative to the Markdown file.

    >>> picture_path("defective/cell 1.png")
    'pictures/defective_cell_1.png.jpg'
    """
    return f"pictures/{re.sub(r'[^A-Za-z0-9.-]', '_', image)}.jpg"


def map_path(image: str, picture: bytes) -> str:
    """Return the path of a picture with a map of attention, relative to the Markdown file.

    >>> map_path("defective/cell 1.png", b"JPEG")
    'pictures/defective_cell_1.png-f4dc1c96.jpg'
    """
    return picture_path(f"{image}-{hashlib.sha256(picture).hexdigest()[:8]}")


def _environment(*, html: bool) -> Environment:
    environment = Environment(
        loader=PackageLoader("resnet_lab.report"), autoescape=html, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"md": escaped, "svg": _svg, "data_uri": _data_uri, "picture_path": picture_path}
    environment.filters["map_path"] = map_path
    return environment


def _macros() -> Any:
    """Return the macros that render the parts of a report as Markdown."""
    return _environment(html=False).get_template("blocks.md.j2").module


def escaped(text: str) -> str:
    """Escape the characters that Markdown does not read as text."""
    text = re.sub(r"([\\`*\[\]|$~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))", r"\\\1", text)
    return text.replace("<", "&lt;").replace("\n", " ")


def _svg(plot: Plot) -> Markup:
    """Return a plot for the page: with a narrow figure both, of which the style sheet shows one; a wide one scrolls."""
    caption = escape(plot.caption)
    shown = inline_svg(plot.svg, plot.name, caption)
    if plot.narrow is None:
        return Markup(f'<div class="wide">{shown}</div>' if plot.wide else shown)
    narrow = inline_svg(as_svg(plot.narrow), f"{plot.name}-narrow", caption)
    return Markup(f'<div class="broad">{shown}</div><div class="narrow">{narrow}</div>')


def _data_uri(picture: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"
