"""Document of a report: a list of blocks, from which both Markdown and HTML are rendered."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Literal

from matplotlib.figure import Figure

from resnet_lab.plots.style import as_svg


@dataclass(frozen=True)
class Heading:
    """A heading; the heading of a section, at level 2, has an anchor for links."""

    kind: ClassVar = "heading"
    text: str
    level: int = 2
    anchor: str = ""


@dataclass(frozen=True)
class Text:
    """A paragraph; a remark is shown less prominently."""

    kind: ClassVar = "text"
    text: str
    weight: Literal["plain", "remark"] = "plain"


@dataclass(frozen=True)
class Row:
    """A row of a table; the first cell names the row."""

    cells: tuple[str, ...]
    main: bool = True
    """True for the row of an arm, false for the row of one of its runs."""


@dataclass(frozen=True)
class Table:
    """A table."""

    kind: ClassVar = "table"
    head: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Plot:
    """A plot, the name of its files, and its caption.

    A wide plot has a line of the page for itself. On a phone it scrolls, unless it has a narrow figure for that screen.
    """

    name: str
    figure: Figure
    caption: str
    wide: bool = False
    narrow: Figure | None = None

    @cached_property
    def svg(self) -> str:
        """The plot as an SVG document, drawn once."""
        return as_svg(self.figure)


@dataclass(frozen=True)
class Plots:
    """Plots side by side, as many as fit the width of the page."""

    kind: ClassVar = "plots"
    plots: tuple[Plot, ...]


@dataclass(frozen=True)
class Verdict:
    """A verdict: what was asked, the key of the verdict, the verdict with its values, and the paragraph on it."""

    claim: str
    key: str
    answer: str
    text: str


@dataclass(frozen=True)
class Verdicts:
    """The verdicts on several claims."""

    kind: ClassVar = "verdicts"
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True)
class ClaimCard:
    """A claim on a card: its verdict, one sentence, at most one plot, and details that unfold on a click."""

    claim: str
    key: str
    name: str
    text: str
    plot: Plot | None = None
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClaimCards:
    """Cards of several claims, side by side."""

    kind: ClassVar = "claim_cards"
    summary: str
    cards: tuple[ClaimCard, ...]


@dataclass(frozen=True)
class Points:
    """A bulleted list of paragraphs."""

    kind: ClassVar = "points"
    points: tuple[str, ...]


@dataclass(frozen=True)
class Code:
    """Code to copy; long code can be folded under a summary."""

    kind: ClassVar = "code"
    code: str
    language: str
    summary: str = ""


@dataclass(frozen=True)
class Photograph:
    """A test image.

    Attributes:
        path: Path of the image.
        notes: Texts on it.
        picture: A small JPEG of it; None if it is not shown.
        maps: Small JPEGs of the image with a map of attention, each with the name of its arm.
    """

    path: str
    notes: tuple[str, ...]
    picture: bytes | None = None
    maps: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True)
class Photographs:
    """Test images side by side."""

    kind: ClassVar = "photographs"
    photographs: tuple[Photograph, ...]


@dataclass(frozen=True)
class Shares:
    """Shares of a whole as one bar: the name and the percentage of each part, and a sentence on all of them."""

    kind: ClassVar = "shares"
    parts: tuple[tuple[str, float], ...]
    text: str


@dataclass(frozen=True)
class Fold:
    """Blocks that unfold on a click on their summary.

    Paper cannot unfold. What the verdicts rest on is printed. The rest would make of the 7 pages of a study of four
    depths 44, so only its summary is printed, unless the reader has opened it; the page says so
    (:attr:`Document.printed`).
    """

    kind: ClassVar = "fold"
    summary: str
    blocks: tuple["Block", ...]
    printed: bool = False
    """Whether the blocks are printed although the reader has not opened the fold."""


Block = Heading | Text | Table | Plots | Verdicts | ClaimCards | Points | Code | Photographs | Shares | Fold


@dataclass(frozen=True)
class Card:
    """The primary verdict of a contrast, or the accuracy of one arm alone, shown at the top of the report.

    The first card of a report stands beside its plot.
    """

    key: str
    verdict: str
    claim: str
    number: str
    unit: str
    intervals: tuple[str, ...]
    sentence: str = ""
    """The verdict as a sentence."""
    plot: Plot | None = None
    points: tuple[str, ...] = ()
    """Further findings, one sentence each."""

    @property
    def heading(self) -> str:
        """The words before the number."""
        return f"{self.claim}: {self.verdict}." if self.verdict else f"{self.claim}:"


@dataclass(frozen=True)
class Notice:
    """A notice at the top of the report: a sentence, and points or shell commands below it."""

    text: str
    points: tuple[str, ...] = ()
    serious: bool = False
    commands: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """A whole report."""

    language: str
    title: str
    subtitle: str
    cards: tuple[Card, ...]
    notices: tuple[Notice, ...]
    blocks: tuple[Block, ...]
    opening: tuple[Notice, ...] = ()
    """Notices above the cards."""
    below: tuple[Notice, ...] = ()
    """Notices below the cards."""
    hand_in: Mapping[str, str] = field(default_factory=dict)
    """Text of each further file beside the report, by its name."""
    notes: str = ""
    """The summary under which the notices that are not serious unfold."""
    printed: str = ""
    """What a printed page says of its folds."""

    @property
    def before_sections(self) -> int:
        """Number of blocks before the first section: they belong to the answer."""
        sections = (i for i, block in enumerate(self.blocks) if isinstance(block, Heading) and block.anchor)
        return next(sections, len(self.blocks))

    @property
    def plots(self) -> list[Plot]:
        """All plots, those inside folds and on cards too."""
        on_cards = [card.plot for card in self.cards if card.plot is not None]
        for block in unfolded(self.blocks):
            if isinstance(block, Plots):
                on_cards += block.plots
            elif isinstance(block, ClaimCards):
                on_cards += [card.plot for card in block.cards if card.plot is not None]
        return on_cards

    @property
    def photographs(self) -> list[Photograph]:
        """All test images that are listed."""
        return [
            image for block in unfolded(self.blocks) if isinstance(block, Photographs) for image in block.photographs
        ]


def unfolded(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield blocks in their order, and after each fold the blocks inside it."""
    for block in blocks:
        yield block
        if isinstance(block, Fold):
            yield from unfolded(block.blocks)
