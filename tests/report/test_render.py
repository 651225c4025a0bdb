"""Rendered reports: whole, without network, and the same content as Markdown and as HTML."""

import re
from html.parser import HTMLParser

import pytest
from matplotlib.figure import Figure

from resnet_lab.report.compose import compose
from resnet_lab.report.document import (
    ClaimCards,
    Document,
    Fold,
    Heading,
    Photograph,
    Photographs,
    Plot,
    Plots,
    Table,
    unfolded,
)
from resnet_lab.report.pictures import SmallPicture
from resnet_lab.report.render import block_markdown, card_markdown, html, map_path, markdown, picture_path, write
from resnet_lab.report.words import LANGUAGES, load_words

VOID = {"meta", "img", "br", "hr", "link", "input"}
languages = pytest.mark.parametrize("language", LANGUAGES)


class Page(HTMLParser):
    """Collects the text of a page and everything it would fetch; fails where tags are not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.words: list[str] = []
        self.fetched: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        values = dict(attributes)
        self.fetched += [values[key] for key in ("src", "href", "srcset", "xlink:href") if key in values]
        self.ids += [values["id"]] if "id" in values else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture
def undrawn(monkeypatch):
    """Figures are drawn by the tests that look at them."""
    monkeypatch.setattr("resnet_lab.report.document.as_svg", lambda figure: '<svg viewBox="0 0 1 1"></svg>')
    monkeypatch.setattr("resnet_lab.report.render.as_svg", lambda figure: '<svg viewBox="0 0 1 1"></svg>')
    monkeypatch.setattr("resnet_lab.report.render.as_png", lambda figure: b"")


without_drawing = pytest.mark.usefixtures("undrawn")


def reports(results, language="en"):
    document = compose(results, load_words(language), pictures=False)
    return document, markdown(document), html(document)


@languages
def test_the_page_is_well_formed_and_needs_nothing_else(three_seeds, language):
    _, _, page = reports(three_seeds, language)
    read = Page(page)
    assert all(link.startswith(("#", "data:")) for link in read.fetched)
    assert not re.search(r"url\((?!#)|@import", page)
    assert not {"script", "link", "iframe", "object"} & read.tags
    assert f'<html lang="{language}">' in page
    assert len(read.ids) == len(set(read.ids))
    assert {link[1:] for link in read.fetched if link.startswith("#")} <= set(read.ids)
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
    assert {"prefers-color-scheme: dark", "@media print"} <= set(
        re.findall(r"prefers-color-scheme: dark|@media print", page)
    )


@without_drawing
def test_a_plot_for_a_phone_has_a_figure_of_its_own_and_another_wide_one_scrolls():
    figures = [Plot(name, Figure(), name, wide=name != "small") for name in ("small", "scrolled")]
    plots = Plots((*figures, Plot("ladder", Figure(), "caption", wide=True, narrow=Figure())))
    page = html(Document("en", "title", "", (), (), (plots,)))
    assert page.count('class="broad"') == page.count('class="narrow"') == 1
    assert page.count('<figure class="wide-plot"><div class="wide"><svg') == 1
    assert '<figure><svg role="img" aria-label="small"' in page


@without_drawing
@languages
def test_on_paper_the_page_says_what_is_folded_and_prints_what_a_verdict_rests_on(three_seeds, language):
    document, text, page = reports(three_seeds, language)
    folds = [block for block in unfolded(document.blocks) if isinstance(block, Fold)]
    printed = [fold.summary for fold in folds if fold.printed]
    texts = load_words(language).report
    assert printed == [texts["answer"]["surer"], texts["why"]["numbers"], texts["why"]["how"]]
    for fold in folds:
        opened = f'<details class="fold{" printed" if fold.printed else ""}"><summary>{fold.summary}</summary>'
        assert opened in page
    assert f'<p class="print-only remark">{texts["printed"]}</p>' in page
    assert texts["printed"] not in text  # Markdown is not the printed page
    assert "details.printed::details-content { display: block; content-visibility: visible; }" in page


@without_drawing
@languages
def test_both_forms_say_the_same_in_the_order_of_the_questions(three_seeds, language):
    document, text, page = reports(three_seeds, language)
    read = Page(page).text
    blocks = list(unfolded(document.blocks))
    headings = [block.text for block in blocks if isinstance(block, Heading)]
    assert [heading[0] for heading in headings if heading[0].isdigit()] == list("1234")
    for heading in headings:
        assert re.search(rf"^#+ {re.escape(heading)}$", text, re.MULTILINE)
        assert heading in read
    for table in (block for block in blocks if isinstance(block, Table)):
        for row in table.rows:
            for cell in row.cells[1:]:
                assert f" {cell} |" in text
                assert " ".join(cell.split()) in read
    for card in (card for block in blocks if isinstance(block, ClaimCards) for card in block.cards):
        for said in (card.claim, card.name, card.text, *card.details):
            assert said in text
            assert said in read
    for fold in (block for block in blocks if isinstance(block, Fold)):
        assert f"<summary>{fold.summary}</summary>" in text
        assert f"<summary>{fold.summary}</summary>" in page
    assert text.count("<details>") == text.count("</details>")


@without_drawing
@languages
def test_above_the_folds_a_reader_needs_a_minute_or_two(three_seeds, language):
    """At 250 words per minute; an earlier report of the same runs had 3,856 words, and all of them were shown."""
    _, text, _ = reports(three_seeds, language)
    shown = re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL)
    assert "<details>" not in shown
    assert len(shown.split()) < 3856 / 3


@without_drawing
@languages
@pytest.mark.parametrize("kind", ["one_seed", "three_seeds", "inspected"])
def test_no_sentence_above_the_folds_stands_there_twice(request, language, kind):
    document, text, _ = reports(request.getfixturevalue(kind), language)
    shown = re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL)
    shown = re.sub(r"^(\||!\[).*$", "", shown, flags=re.MULTILINE)
    sentences = [one.strip() for one in re.split(r"(?<=[.?]) |\n", shown) if len(one.split()) > 4]
    assert len(sentences) > 10
    assert {one for one in sentences if sentences.count(one) > 1} == set()
    assert document.plots


@without_drawing
@languages
@pytest.mark.parametrize("kind", ["one_seed", "three_seeds", "two_depths", "depth_study", "inspected", "one_arm"])
def test_no_text_is_left_unfilled(request, language, kind):
    _, text, page = reports(request.getfixturevalue(kind), language)
    prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    assert not re.search(r"\{\w*\}|None\b|\bnan\b", prose)
    assert not re.search(r"\bnan\b", Page(page).text)


@without_drawing
@languages
def test_one_arm_says_below_its_number_what_it_cannot_say_and_has_no_verdict(one_arm, language):
    document, text, page = reports(one_arm, language)
    [notice] = document.below
    assert text.index(notice.text) > text.index("\n> ")
    assert page.index('<div class="notice">') > page.index('<div class="card treated">')
    for command in notice.commands:
        assert command in text
        assert " ".join(command.split()) in Page(page).text
    words = load_words(language)
    verdicts = {words.verdict(key) for key in ("supported", "contradicted", "undecided", "not_measured")}
    assert not any(verdict in Page(page).text for verdict in verdicts)
    assert f"\n> {card_markdown(document.cards[0])}\n" in text


@without_drawing
def test_tables_are_markdown_tables(three_seeds):
    _, text, _ = reports(three_seeds)
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(tables) > 8
    for table in tables:
        head, rule, *rows = table.rstrip("\n").split("\n")
        columns = head.count(" | ")
        assert set(rule) <= set("| -")
        assert rule.count("---") == columns + 1
        assert rows
        assert {row.rstrip(" |").count(" | ") for row in rows} <= {columns, *range(columns)}
    assert "\n\n\n" not in text


@without_drawing
def test_names_of_classes_are_text_and_nothing_else(make_run, compare):
    classes = ("<script>alert(1)</script>", "a|b *c* _d_ `e`", "$x$ [y](z)")
    results = compare([make_run(arm, classes=classes) for arm in (False, True)])
    _, text, page = reports(results)
    read = Page(page)
    assert "script" not in read.tags
    assert all(name in read.text for name in classes)
    assert r"| **a\|b \*c\* \_d\_ \`e\`** |" in text
    assert r"**\$x\$ \[y\](z)**" in text
    assert "<script>" not in text


@without_drawing
def test_what_was_forced_stands_at_the_top_plainly(make_run, compare):
    runs = [make_run(False), make_run(True, status={"threads": 8})]
    document, text, page = reports(compare(runs, force=True))
    assert document.notices[0].serious
    assert text.index("**The runs differ in more than the residual connection") < text.index("## 1.")
    assert "- threads: 2 (plain34/version_0), 8 (resnet34/version_0)" in text
    assert page.index('<div class="notice serious">') < page.index("<nav>")


def test_it_is_written_whole_and_twice_the_same(three_seeds, tmp_path):
    for name in ("first", "second"):
        write(three_seeds, compose(three_seeds, load_words("en"), pictures=False), tmp_path / name)
    files = [
        sorted(p.relative_to(tmp_path / name) for p in (tmp_path / name).rglob("*.*")) for name in ("first", "second")
    ]
    assert files[0] == files[1]
    assert {path.suffix for path in files[0]} == {".csv", ".html", ".json", ".md", ".png", ".svg", ".tex", ".txt"}
    for path in files[0]:
        assert (tmp_path / "first" / path).read_bytes() == (tmp_path / "second" / path).read_bytes(), path
    text = (tmp_path / "first" / "report.md").read_text()
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", text)
    assert len(pictures) == len(set(pictures)) == 11
    assert all((tmp_path / "first" / picture).exists() for picture in pictures)


@without_drawing
def test_pictures_are_in_both_forms_and_gone_when_they_are_not_wanted(three_seeds, tmp_path, monkeypatch):
    jpeg = b"\xff\xd8 made up"
    taken = lambda run, paths, heats: dict.fromkeys(paths, SmallPicture(jpeg))  # noqa: E731
    monkeypatch.setattr("resnet_lab.report.sections.images.small_pictures", taken)
    document = compose(three_seeds, load_words("en"), pictures=True)
    write(three_seeds, document, tmp_path)
    path = document.photographs[0].path
    assert (tmp_path / picture_path(path)).read_bytes() == jpeg
    assert f"![{path}]({picture_path(path)})" in (tmp_path / "report.md").read_text()
    assert 'src="data:image/jpeg;base64,/9gg' in (tmp_path / "report.html").read_text()
    write(three_seeds, compose(three_seeds, load_words("en"), pictures=False), tmp_path)
    assert not list(tmp_path.rglob("*.jpg"))
    assert "pictures/" not in (tmp_path / "report.md").read_text()
    assert "data:image/jpeg" not in (tmp_path / "report.html").read_text()


def test_maps_of_one_image_are_pictures_of_their_own():
    maps = (("Plain-34", b"one"), ("ResNet-34", b"other"))
    block = Photographs((Photograph("a/1.png", ("is a",), b"whole", maps), Photograph("a/2.png", (), b"whole")))
    text = block_markdown(block)
    assert [map_path("a/1.png", jpeg) in text for _, jpeg in maps] == [True, True]
    assert map_path("a/1.png", b"one") != map_path("a/1.png", b"other")
    assert f"![ResNet-34]({map_path('a/1.png', b'other')})" in text
    document = Document("en", "a", "b", (), (), (block,))
    page = html(document)
    Page(page)  # its tags are closed in order
    assert page.count('class="maps"') == 1
    assert 'src="data:image/jpeg;base64,b25l">Plain-34</span>' in page


def test_maps_are_written_beside_the_report(three_seeds, tmp_path, undrawn):
    maps = (("Plain-34", b"one"),)
    document = Document("en", "a", "b", (), (), (Photographs((Photograph("a/1.png", (), b"whole", maps),)),))
    write(three_seeds, document, tmp_path)
    assert sorted(path.read_bytes() for path in (tmp_path / "pictures").iterdir()) == [b"one", b"whole"]
    for shown in re.findall(r"\((pictures/[^)]*)\)", (tmp_path / "report.md").read_text()):
        assert (tmp_path / shown).exists()


@without_drawing
def test_one_block_and_one_card_are_rendered_as_in_the_report(three_seeds):
    document, text, _ = reports(three_seeds)
    table = next(block for block in document.blocks if isinstance(block, Table))
    assert f"\n\n{block_markdown(table)}\n\n" in text
    assert f"\n> {card_markdown(document.cards[0])}\n" in text
