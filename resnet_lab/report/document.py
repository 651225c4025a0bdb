"""A report before it is Markdown or HTML: a list of blocks, the same for both."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

from matplotlib.figure import Figure

from resnet_lab.plots.style import as_svg


@dataclass(frozen=True)
class Heading:
    """A heading; a section's, of level 2, has an anchor to go to."""

    kind: ClassVar = "heading"
    text: str
    level: int = 2
    anchor: str = ""


@dataclass(frozen=True)
class Text:
    """A paragraph; a remark steps back."""

    kind: ClassVar = "text"
    text: str
    weight: Literal["plain", "remark"] = "plain"


@dataclass(frozen=True)
class Row:
    """A row of a table; the first cell says what the others are of."""

    cells: tuple[str, ...]
    main: bool = True
    """Whether it stands for an arm; else for one of its runs."""


@dataclass(frozen=True)
class Table:
    """A table."""

    kind: ClassVar = "table"
    head: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Plate:
    """A figure, the name of its files, and what it shows."""

    name: str
    figure: Figure
    caption: str

    @cached_property
    def svg(self) -> str:
        """The figure as an SVG document, drawn once."""
        return as_svg(self.figure)


@dataclass(frozen=True)
class Plates:
    """Figures side by side, as far as the page is wide."""

    kind: ClassVar = "plates"
    plates: tuple[Plate, ...]


@dataclass(frozen=True)
class Verdict:
    """A claim: its name, the verdict by key and by name, and the sentences on it."""

    claim: str
    key: str
    name: str
    text: str


@dataclass(frozen=True)
class Verdicts:
    """Claims, one by one."""

    kind: ClassVar = "verdicts"
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True)
class Points:
    """Paragraphs of one kind, one a point."""

    kind: ClassVar = "points"
    points: tuple[str, ...]


@dataclass(frozen=True)
class Code:
    """Something to copy; long ones can be folded under a summary."""

    kind: ClassVar = "code"
    code: str
    language: str
    summary: str = ""


@dataclass(frozen=True)
class Image:
    """A photograph: its path, what is said of it, and a small JPEG of it, if it may be shown."""

    path: str
    says: tuple[str, ...]
    picture: bytes | None = None


@dataclass(frozen=True)
class Images:
    """Photographs side by side."""

    kind: ClassVar = "images"
    images: tuple[Image, ...]


Block = Heading | Text | Table | Plates | Verdicts | Points | Code | Images


@dataclass(frozen=True)
class Card:
    """The primary verdict of a contrast, to be read first."""

    key: str
    verdict: str
    claim: str
    number: str
    unit: str
    interval: str


@dataclass(frozen=True)
class Notice:
    """What a reader has to know first: a sentence, and points below it."""

    text: str
    points: tuple[str, ...] = ()
    serious: bool = False


@dataclass(frozen=True)
class Document:
    """A whole report."""

    language: str
    title: str
    subtitle: str
    cards: tuple[Card, ...]
    notices: tuple[Notice, ...]
    blocks: tuple[Block, ...]

    @property
    def plates(self) -> list[Plate]:
        """All figures."""
        return [plate for block in self.blocks if isinstance(block, Plates) for plate in block.plates]

    @property
    def images(self) -> list[Image]:
        """All photographs."""
        return [image for block in self.blocks if isinstance(block, Images) for image in block.images]
